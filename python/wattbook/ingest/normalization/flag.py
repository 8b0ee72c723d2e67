"""What is told of a normalized row beside its value."""

from enum import IntFlag

from wattbook import _core

__all__ = ["Flag"]


class Flag(IntFlag):
    """Marks of a normalized row, one bit each in the column ``flags``.

    Examples
    --------
    >>> Flag(20)
    <Flag.CONVERTED|CORRECTED: 20>
    """

    REVISED = 1
    """A later publication of a delivery period that was there before."""
    SUPERSEDED = 2
    """Published before the one that counts and received after it: for as-known queries only."""
    CONVERTED = 4
    """Its unit was converted."""
    EXCHANGED = 8
    """Its currency was converted."""
    CORRECTED = 16
    """An automatic correction changed its value; `Normalized.corrections` says from what."""
    MISSING = 32
    """The source itself has no value."""
    STALE = 64
    """It came later than its rule allows."""
    UNCHANGED = 128
    """The value has not changed for longer than its rule allows."""
    JUMP = 256
    """Far from what went before, by robust statistics."""
    OUT_OF_RANGE = 512
    """Outside its range."""
    OFF_TICK = 1024
    """Off the tick."""
    OFF_GRID = 2048
    """The delivery period is not on its market's grid."""
    OUT_OF_SEQUENCE = 4096
    """Time went back within its series."""
    DISAGREES = 8192
    """Another source says something else."""
    UNBALANCED = 16384
    """It does not add up with its parts or its counterpart."""
    STALE_RATE = 32768
    """Converted at a rate that is older than allowed."""
    FILLED = 65536
    """Made up by a stated method because nothing was observed. Never settled or matched on."""
    DUPLICATE = 131072
    """A repetition of a row that was there before."""
    UNKNOWN_UNIT = 262144
    """Its unit is unknown and stays as published; no rule says what its dataset is kept in."""


if {name: flag.value for name, flag in Flag.__members__.items()} != dict(_core.Normalizer.flags()):
    message = "wattbook._core has other flags than this package; build it again"
    raise ImportError(message)
