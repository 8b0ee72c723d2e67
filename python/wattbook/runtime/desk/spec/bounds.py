"""Bounds of numbers in a desk file."""

from decimal import Decimal
from typing import Annotated, NamedTuple

__all__ = ["Bounds", "NotNegative", "Positive", "Share"]


class Bounds(NamedTuple):
    """In which range a number must lie; None leaves a side open."""

    above: int | None = None
    least: int | None = None
    most: int | None = None


Positive = Annotated[Decimal, Bounds(above=0)]
NotNegative = Annotated[Decimal, Bounds(least=0)]
Share = Annotated[Decimal, Bounds(least=0, most=1)]
