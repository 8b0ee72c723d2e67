"""How much of the limits of scopes is used at an instant, as the run's engine held it then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from wattbook._core import JournalFollower
from wattbook.runtime.refusals import limits_named
from wattbook.runtime.risk.limits import run_limits, scope_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wattbook.domain import Order
    from wattbook.runtime.folder import RunFolder
    from wattbook.runtime.watch.picture import Row

__all__ = ["GateAnswer", "ScopeLimits"]

LimitRow: TypeAlias = tuple[int, int | None, int, int, int, int]
PPM: Final = 1_000_000
SEVERITIES: Final = ("", "soft", "hard")


@dataclass(frozen=True, slots=True)
class GateAnswer:
    """What the gate would say to an order.

    Parameters
    ----------
    refused : str or None
        Why it would refuse; None if it would take the order.
    is_held : bool
        Whether the order would wait for a second person.
    is_counted : bool
        Whether `limits` count the order: not where something else than they refuses it.
    limits : list of dict
        Use of the limits of scopes, as of `ScopeLimits.rows`.
    """

    refused: str | None
    is_held: bool
    is_counted: bool
    limits: list[Row]


class ScopeLimits:
    """Follows the journal of a run; an instant before the last one begins it anew.

    Parameters
    ----------
    folder : RunFolder
        Of the run. One without limits of scopes is not followed.
    currency : str
        Of the desk.
    """

    def __init__(self, folder: RunFolder, currency: str) -> None:
        self._limits = run_limits(folder.path)
        self._follower = JournalFollower(folder.journal, desk_currency=currency)

    def rows(self, now: int) -> list[Row]:
        """Return the use of each limit at `now` (ns UTC), in the order of the desk file."""
        return list(self.by_number(now).values())

    def by_number(self, now: int) -> dict[int, Row]:
        """Return the use of each limit at `now` (ns UTC), by its number.

        Values and levels are in the measure's own unit: the desk's currency, or volume units.

        Raises
        ------
        JournalError
            If a record of the journal is corrupt.
        """
        if not self._limits:
            return {}
        return self._named(self._follower.limit_use(now))

    def what_if(self, now: int, order: Order) -> GateAnswer:
        """Return what the gate would have said to `order` at `now` (ns UTC).

        Everything that stood at that instant counts: orders, positions, limits and their raises,
        collars, kill switches and gate closures. The run itself stays as it is.

        Raises
        ------
        JournalError
            If a record of the journal is corrupt.
        """
        refused, is_held, is_counted, rows = self._follower.what_if(now, order)
        if refused is not None:
            refused = limits_named(refused, [limit.name for limit in self._limits])
        return GateAnswer(refused, is_held, is_counted, list(self._named(rows).values()))

    def _named(self, rows: Iterable[LimitRow]) -> dict[int, Row]:
        found = {row[0]: row[1:] for row in rows}
        made: dict[int, Row] = {}
        for number, limit in enumerate(self._limits, start=1):
            if number not in found:
                continue
            value, soft, hard, highest, severity = found[number]
            made[number] = {
                "limit": limit.name,
                "scope": scope_words(limit),
                "measure": limit.measure,
                "value": None if value is None else value / PPM,
                "soft": soft / PPM,
                "hard": hard / PPM,
                "highest": highest / PPM,
                "share": value / hard if value is not None and hard > 0 else None,
                "severity": SEVERITIES[severity],
                "owner": limit.owner,
            }
        return made
