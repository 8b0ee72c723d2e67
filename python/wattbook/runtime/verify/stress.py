"""Stress scenarios of a data folder, recomputed from its price files.

The file states for each scenario the levels on the last observation on or before its two dates and
the move between them, and for each series its extremes. A relative move is null where a level is
not above zero.
"""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wattbook.errors import VerifyError
from wattbook.runtime.verify.result import Checked, Tally
from wattbook.sources.recorded.futures import settlements
from wattbook.sources.recorded.raw import columns

__all__ = ["verify_stress"]

Daily = tuple[NDArray[np.datetime64], NDArray[np.float64]]

SPOTS = {
    "WTISpot": ("futures/wti_spot_daily_to_2023.parquet", "price"),
    "BrentSpot": ("futures/brent_spot_daily_to_2023.parquet", "price"),
    "HenryHubSpot": ("futures/henry_hub_spot_daily_to_2023.parquet", "price"),
    "DE_gas_VTP": ("futures/de_gas_vtp_index_daily_2015_2022.parquet", "price_eur_mwh"),
    "EUA_auction": ("futures/eua_primary_auctions_2012_2023.parquet", "price_eur_tco2"),
}
COUNTRIES = {"DE_power_DA_daily": "DEU", "ES_power_DA_daily": "ESP"}
POWER = "power/europe_daily_dayahead_2015_2023.parquet"
# The file rounds levels and moves to 4 decimals.
ROUNDING = 5.1e-5


def daily(data: Path, name: str) -> Daily:
    """Return days and values of a series, rising; several auctions of a day are averaged.

    Raises
    ------
    VerifyError
        If no price file is known for `name`.
    """
    if name in SPOTS:
        file, column = SPOTS[name]
        found = columns(data, file, ("date", column))
        day, value = found["date"].astype("datetime64[D]"), found[column].astype(np.float64)
    elif name in COUNTRIES:
        found = columns(data, POWER, ("iso3", "date", "price_eur_mwh"))
        of_country = found["iso3"].astype(str) == COUNTRIES[name]
        day = found["date"][of_country].astype("datetime64[D]")
        value = found["price_eur_mwh"][of_country].astype(np.float64)
    elif name[:2] in ("CL", "NG", "HO", "RB"):
        day, value = settlements(data, name)
    else:
        message = f"no price file is known for series {name!r}; check the spelling in the file"
        raise VerifyError(message)
    known = np.isfinite(value)
    days, place, count = np.unique(day[known], return_inverse=True, return_counts=True)
    return days, np.bincount(place, weights=value[known]) / count


def level(series: Daily, date: str) -> float | None:
    """Return the last value on or before `date`, or None if there is none."""
    place = int(np.searchsorted(series[0], np.datetime64(date), side="right"))
    return float(series[1][place - 1]) if place else None


def check_move(
    tally: Tally, place: str, move: dict[str, Any], series: Daily, span: list[str]
) -> None:
    """Compare one scenario's levels and moves of one series."""
    start, end = (level(series, date) for date in span)
    got = {"start": start, "end": end}
    if start is not None and end is not None:
        got["abs_move"] = end - start
        # A relative move across or from zero means nothing.
        got["rel_move"] = end / start - 1.0 if start > 0.0 and end > 0.0 else None
    for key, expected in move.items():
        tally.close(f"{place}.{key}", expected, got.get(key), ROUNDING)


def check_extremes(tally: Tally, place: str, stated: dict[str, Any], series: Daily) -> None:
    """Compare the extremes of one series, date and value each."""
    day, value = series
    change = np.diff(value)
    found = {
        "worst_1d_down": (day[1:], change, np.argmin),
        "worst_1d_up": (day[1:], change, np.argmax),
        "max": (day, value, np.argmax),
        "min": (day, value, np.argmin),
    }
    for key, (date, expected) in stated.items():
        if key not in found:
            tally.check(f"{place}.{key}", expected, "an extreme that is not known")
            continue
        days, values, pick = found[key]
        at = int(pick(values))
        tally.check(f"{place}.{key} date", date, str(days[at]))
        tally.close(f"{place}.{key}", float(expected), float(values[at]), ROUNDING)


def verify_stress(path: Path) -> Checked:
    """Return the outcome for a scenario file whose data folder is the one above its own.

    Raises
    ------
    VerifyError
        If the file is no scenario file.
    """
    try:
        stated = json.loads(path.read_text(encoding="utf-8"))
        scenarios, extremes = stated["scenarios"], stated["extremes"]
        for scenario in scenarios.values():
            for key in ("from", "to"):
                dt.date.fromisoformat(scenario[key])
    except OSError as fault:
        message = (
            f"{path} cannot be read ({fault.strerror}); give stress/historical_scenarios.json in a "
            "data folder"
        )
        raise VerifyError(message) from fault
    except (ValueError, KeyError, TypeError, AttributeError) as fault:
        message = f"{path} is no scenario file ({fault!r}); it needs scenarios and extremes"
        raise VerifyError(message) from fault
    data = path.resolve().parent.parent
    names = {name for scenario in scenarios.values() for name in scenario["moves"]} | set(extremes)
    series = {name: daily(data, name) for name in sorted(names)}
    tally = Tally()
    for title, scenario in scenarios.items():
        span = [scenario["from"], scenario["to"]]
        for name, move in scenario["moves"].items():
            check_move(tally, f"scenarios.{title}.{name}", move, series[name], span)
    for name, extreme in extremes.items():
        check_extremes(tally, f"extremes.{name}", extreme, series[name])
    return tally.checked("stress", str(path))
