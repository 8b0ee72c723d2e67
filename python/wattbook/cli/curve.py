"""``wattbook curve QUOTES``: a forward curve from quotes, with how each of them is met."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from wattbook.cli.console import Console, Table, print_json
from wattbook.cli.options import local_day, not_negative
from wattbook.errors import ContradictionError, InputError

if TYPE_CHECKING:
    from wattbook.market.curves import ForwardCurve, SetAside, Shape

__all__ = ["add_arguments", "execute"]

SHOWN = 10
STEPS = ("quarter_hour", "half_hour", "hour", "day")
EPILOG = """\
QUOTES is a CSV file with the columns product (Cal-27 Base, Jan-27 Peak, 2026-12-01), then price
or bid and ask, and optionally age_hours. docs/curves.md tells the rest.

exit status: 0 good; 1 the quotes contradict each other, or rows were set aside; 2 the input is
wrong
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.epilog = EPILOG
    add = parser.add_argument
    add("quotes", metavar="QUOTES", type=Path, help="CSV or Parquet file of quotes")
    add("--zone", metavar="PLACE", required=True, help="bidding zone or hub, such as DE-LU or TTF")
    add("--out", metavar="DIR", type=Path, help="where to leave Parquet files and the plot")
    add("--plot", action="store_true", help="write DIR/curve.html as well")
    add("--as-of", metavar="DATE", type=local_day, help="day of the quotes; default: today")
    add("--from", dest="first", metavar="DATE", type=local_day, help="first delivery day")
    add("--until", dest="last", metavar="DATE", type=local_day, help="last delivery day")
    add("--step", choices=STEPS, help="default: quarter-hours of power, days of gas")
    add("--past", metavar="FILE", type=Path, help="past prices that a shape is fitted from")
    add(
        "--past-columns",
        metavar="NAMES",
        default="delivery_start,price,temperature_c",
        help="its columns: delivery start (UTC), price, temperature (optional)",
    )
    add(
        "--shape",
        choices=("additive", "multiplicative"),
        default="additive",
        help="past prices as differences or as factors; default: %(default)s",
    )
    add("--weather-normal", action="store_true", help="take unusual temperatures out first")
    add(
        "--tick",
        metavar="PRICE",
        type=not_negative,
        default=0.0,
        help="what prices are rounded to: each means half a tick around it; default: exact",
    )
    add("--age-max", metavar="HOURS", type=not_negative, help="leave older quotes out")
    add("--unit", default="EUR/MWh", help="of the prices, for the eye; default: %(default)s")
    add("--keep", metavar="DIR", type=Path, help="save into this history of curves")
    add("--json", action="store_true", help="print one JSON object instead")
    add("--plain", action="store_true", help="plain lines, also on a terminal")


def execute(chosen: argparse.Namespace) -> int:
    """Make a curve; return 1 if its quotes contradict each other or rows were set aside."""
    from wattbook.market.curves import build_curve, read_quotes  # noqa: PLC0415 - keeps `--help` light
    from wattbook.market.curves.history import CurveHistory  # noqa: PLC0415

    if chosen.plot and chosen.out is None:
        raise InputError("--plot has no folder to write to; add --out DIR")
    console = Console(plain=chosen.plain or None)
    quotes, aside = read_quotes(chosen.quotes, chosen.zone)
    for one in aside[:SHOWN]:
        sys.stderr.write(f"set aside: {chosen.quotes}, {one.place}: {one.reason}\n")
    if len(aside) > SHOWN:
        sys.stderr.write(f"and {len(aside) - SHOWN} more lines\n")
    shape = fitted(chosen)
    try:
        curve = build_curve(
            chosen.zone,
            quotes,
            as_of=chosen.as_of or dt.datetime.now(dt.UTC).date(),
            first=chosen.first,
            after=chosen.last + dt.timedelta(days=1) if chosen.last else None,
            step=chosen.step,
            shape=shape,
            tick=chosen.tick,
            age_hours_max=chosen.age_max,
        )
    except ContradictionError as fault:
        sys.stderr.write("wattbook curve: no curve averages to all quotes\n")
        for conflict in fault.conflicts:
            sys.stderr.write(f"  {conflict}\n")
        sys.stderr.write("widen or leave out one of each, or give the --tick they are rounded to\n")
        return 1
    if chosen.out is not None:
        write(chosen, curve, aside)
    if chosen.keep is not None:
        CurveHistory(chosen.keep).save(curve, time.time_ns())
    if chosen.json:
        print_json(summary(curve, aside))
    else:
        show(console, curve, aside, chosen.unit)
    return 1 if aside else 0


def fitted(chosen: argparse.Namespace) -> Shape | None:
    """Return the shape of the past prices; None without any."""
    from wattbook.market.curves import ShapeKind, fit_shape, weather_normal  # noqa: PLC0415
    from wattbook.market.curves.past_prices import read_past_prices  # noqa: PLC0415

    if chosen.past is None:
        if chosen.weather_normal:
            raise InputError("--weather-normal has no past prices; add --past FILE")
        return None
    past = read_past_prices(chosen.past, chosen.zone, chosen.past_columns.split(","))
    if past.dropped:
        sys.stderr.write(f"{chosen.past}: {past.dropped} rows without time or price left out\n")
    price = past.price
    if chosen.weather_normal:
        if past.temperature_c is None:
            raise InputError(
                f"{chosen.past} has no column of temperatures; name it third in --past-columns"
            )
        price = weather_normal(past.delivery_start, price, past.temperature_c).price
    return fit_shape(chosen.zone, past.delivery_start, price, past.step, ShapeKind(chosen.shape))


def write(chosen: argparse.Namespace, curve: ForwardCurve, aside: list[SetAside]) -> None:
    """Write prices, months, quotes, a summary and, if asked for, the plot.

    Raises
    ------
    InputError
        If the folder cannot be written.
    """
    import wattbook  # noqa: PLC0415 - the version is in the compiled module
    from wattbook.market.curves import averages  # noqa: PLC0415
    from wattbook.runtime.report.curve_page import curve_page  # noqa: PLC0415

    page = curve_page(curve, aside, chosen.unit, wattbook.__version__) if chosen.plot else None
    out = chosen.out
    try:
        out.mkdir(parents=True, exist_ok=True)
        curve.table().write_parquet(out / "prices.parquet", compression="zstd")
        curve.fits().write_parquet(out / "quotes.parquet", compression="zstd")
        months = averages(curve.grid, curve.price, "month")
        months.write_parquet(out / "months.parquet", compression="zstd")
        text = json.dumps(summary(curve, aside), indent=2)
        (out / "curve.json").write_text(text + "\n", encoding="utf-8")
        if page is not None:
            (out / "curve.html").write_text(page, encoding="utf-8")
    except OSError as fault:
        raise InputError(
            f"{out} cannot be written ({fault.strerror or fault}); give another folder with --out"
        ) from fault


def instant(nanos: int) -> str:
    """Return an instant for a person, UTC."""
    return dt.datetime.fromtimestamp(nanos // 10**9, dt.UTC).strftime("%Y-%m-%dT%H:%MZ")


def summary(curve: ForwardCurve, aside: list[SetAside]) -> dict[str, object]:
    """Return what a curve is, as JSON can say it."""
    from wattbook.market.curves import BASES  # noqa: PLC0415 - keeps `--help` light
    from wattbook.market.curves.curve import METHOD  # noqa: PLC0415

    start, end = curve.quoted
    basis = curve.basis
    return {
        "place": curve.place,
        "as_of": curve.as_of.isoformat(),
        "version": curve.version,
        "method": METHOD,
        "shape": f"{curve.shape.source}, {curve.shape.kind.value}",
        "step": curve.grid.step,
        "delivery_start": instant(int(curve.grid.start[0])),
        "delivery_end": instant(int(curve.grid.start[-1])),
        "quoted_start": instant(start),
        "quoted_end": instant(end),
        "periods": {name: int((basis == place).sum()) for place, name in enumerate(BASES)},
        "quotes": len(curve.quotes),
        "outside_max": float(curve.fits()["outside"].drop_nulls().to_numpy().max()),
        "stale": [str(quote.product) for quote in curve.stale],
        "set_aside": [f"{one.place}: {one.reason}" for one in aside],
    }


def cell(value: float | None, digits: int) -> str:
    """Return a number of a table; a dash where there is none."""
    return (
        "–" if value is None or value in {float("inf"), -float("inf")} else f"{value:,.{digits}f}"
    )


def show(console: Console, curve: ForwardCurve, aside: list[SetAside], unit: str) -> None:
    """Print how each quote is met, and where the curve is extrapolated."""
    table = Table(
        f"{curve.place}, as of {curve.as_of}: quotes and the curve's averages, {unit}",
        ["quote<", "bid", "ask", "curve", "outside", "met<"],
    )
    for row in curve.fits().iter_rows(named=True):
        outside = "–" if row["outside"] is None else f"{row['outside']:.0e}"
        table.rows.append(
            [
                row["product"],
                cell(row["bid"], 3),
                cell(row["ask"], 3),
                cell(row["average"], 4),
                outside,
                row["met"],
            ]
        )
    console.table(table)
    told = summary(curve, aside)
    console.line(
        f"{len(curve.price):,} periods ({curve.grid.step}), {told['delivery_start']} to "
        f"{told['delivery_end']}; shape: {told['shape']}"
    )
    unquoted = int((curve.basis != 0).sum())
    level = "; outside, the level of the first and last quoted day goes on" if unquoted else ""
    console.line(
        f"quoted {told['quoted_start']} to {told['quoted_end']}, {unquoted:,} periods without a "
        f"quote{level}"
    )
    console.line(f"version {curve.version}")
