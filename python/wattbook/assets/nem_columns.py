"""Rules of BIDPEROFFER_D beside volumes: version, ramp rates, where a trapezium may stand."""

from __future__ import annotations

import math
from collections.abc import Iterator

__all__ = ["CORNERS", "broken_columns"]

CORNERS = ("ENABLEMENTMIN", "LOWBREAKPOINT", "HIGHBREAKPOINT", "ENABLEMENTMAX")
RAMPS = ("ROCUP", "ROCDOWN")
AMOUNTS = ("FIXEDLOAD", "PASAAVAILABILITY", "MR_CAPACITY", "ENERGYLIMIT", "RECALL_PERIOD")


def broken_columns(
    bid_type: str, version: int, columns: dict[str, tuple[str, ...]]
) -> Iterator[tuple[int, str]]:
    """Yield interval (from 1) and rule of every value that breaks one; an empty one breaks none.

    Parameters
    ----------
    bid_type : str
        ``ENERGY`` or a service.
    version : int
        VERSIONNO of the row of the day.
    columns : dict of str to tuple of str
        Columns as they were read, one text an interval.

    References
    ----------
    AEMO, MMS Data Model Report, BIDPEROFFER_D: ROCUP and ROCDOWN are ramp rates of energy in MW a
    minute, the four corners are of ancillary services only. A period is of the version of its day's
    row, or of an earlier one where it had begun at a rebid. The recorded tables of April 2026 keep
    all of it.
    """
    for name, texts in columns.items():
        for period, text in enumerate(texts, start=1):
            rule = broken(name, text.strip(), bid_type, version)
            if rule:
                yield period, rule


def broken(name: str, text: str, bid_type: str, version: int) -> str:
    """Return the rule that a value breaks; empty where there is none."""
    is_energy, found = bid_type == "ENERGY", f"{name} is {text!r}"
    rule = ""
    if not text:
        return rule
    if name == "VERSIONNO" and text not in map(str, range(1, version + 1)):
        rule = (
            f"{found}, the row of its day has {version}; give the same, or one before for an "
            "interval that had begun at a rebid"
        )
    elif name in CORNERS and is_energy:
        rule = f"{found} in an energy offer; leave it empty, a trapezium is of FCAS only"
    elif name in RAMPS and not is_energy:
        rule = f"{found} in an offer of {bid_type}; leave it empty, it is of energy only"
    elif name in RAMPS and not (is_amount(text) and float(text).is_integer()):
        rule = f"{found}; give a whole number of MW a minute, zero or more"
    elif name in AMOUNTS and not is_amount(text):
        rule = f"{found}; give a number, zero or more"
    return rule


def is_amount(text: str) -> bool:
    """Return whether a text is a finite number, zero or more."""
    try:
        return 0 <= float(text) < math.inf
    except ValueError:
        return False
