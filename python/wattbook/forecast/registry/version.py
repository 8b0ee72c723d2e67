"""A version of a model, and how it is named."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from wattbook.errors import ForecastError

__all__ = ["NAME", "Version", "parse_version"]

NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
"""What a model may be called: it is the name of a folder."""


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a model.

    Parameters
    ----------
    name : str
        Of the model.
    number : int
        From 1.
    kind : str
        Such as ``seasonal``.
    horizon : int
        Delivery periods ahead.
    features : str
        Hash of the definitions of its inputs.
    trained_from, trained_until : int
        Span of the prices it learnt from, ns UTC, half-open.
    sha256 : str
        Of the model file.
    metrics : dict of str to float
        How good it was when it was fitted.
    """

    name: str
    number: int
    kind: str
    horizon: int
    features: str
    trained_from: int
    trained_until: int
    sha256: str
    metrics: dict[str, float]

    @property
    def identity(self) -> str:
        """Return the name that orders carry: ``NAME@NUMBER``."""
        return f"{self.name}@{self.number}"


def parse_version(text: str) -> tuple[str, int | None]:
    """Return name and number of ``NAME@3``, or the name and None of ``NAME``.

    Raises
    ------
    ForecastError
        If it is neither.

    Examples
    --------
    >>> parse_version("vic1@3"), parse_version("vic1")
    (('vic1', 3), ('vic1', None))
    """
    name, at, number = text.partition("@")
    if NAME.fullmatch(name) is None or (at and not (number.isdecimal() and int(number) > 0)):
        message = (
            f"{text!r} names no model; use lower-case letters, digits, dots and dashes, and a "
            "version as in vic1@3"
        )
        raise ForecastError(message)
    return name, int(number) if at else None
