"""What a verification found."""

from dataclasses import dataclass, field

__all__ = ["Checked", "Difference", "Tally"]

JsonValue = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure that is not what it should be.

    Parameters
    ----------
    place : str
        Where in the file or run.
    expected, got : str, int, float, bool or None
        What stands there, and what was computed.
    """

    place: str
    expected: JsonValue
    got: JsonValue

    def sentence(self) -> str:
        """Return the difference in one line.

        Examples
        --------
        >>> Difference("extremes.CL01.min", -37.63, -37.5).sentence()
        'extremes.CL01.min: expected -37.63, got -37.5'
        """
        return f"{self.place}: expected {self.expected}, got {self.got}"


@dataclass(frozen=True, slots=True)
class Checked:
    """The outcome of one verification.

    Parameters
    ----------
    kind, path : str
        What was verified.
    passed : int
        Figures that agree.
    differences : tuple of Difference
        Those that do not, in order.
    """

    kind: str
    path: str
    passed: int
    differences: tuple[Difference, ...]

    @property
    def failed(self) -> int:
        """Number of figures that do not agree."""
        return len(self.differences)

    @property
    def is_good(self) -> bool:
        """Whether something was checked and all of it agrees."""
        return self.passed > 0 and not self.differences


@dataclass(slots=True)
class Tally:
    """Counts agreements and keeps differences while a verification runs."""

    passed: int = 0
    differences: list[Difference] = field(default_factory=list)

    def check(self, place: str, expected: JsonValue, got: JsonValue) -> None:
        """Count `got` as passed if it equals `expected`."""
        if expected == got:
            self.passed += 1
        else:
            self.differences.append(Difference(place, expected, got))

    def close(
        self, place: str, expected: float | None, got: float | None, tolerance: float
    ) -> None:
        """Count `got` as passed if it lies within `tolerance` of `expected`, or both are None."""
        if expected is None or got is None:
            self.check(place, expected, got)
        elif abs(expected - got) <= tolerance:
            self.passed += 1
        else:
            self.differences.append(Difference(place, expected, got))

    def checked(self, kind: str, path: str) -> Checked:
        """Return the outcome."""
        return Checked(kind, path, self.passed, tuple(self.differences))
