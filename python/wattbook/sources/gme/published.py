"""Files as GME publishes them."""

from __future__ import annotations

from wattbook.sources import sheets
from wattbook.sources.clock import period
from wattbook.sources.csv import line_aside, rows
from wattbook.sources.json import number
from wattbook.sources.payload import Parsed, Payload, Quarantined
from wattbook.sources.tabular import observations, tables_only

__all__ = ["parse_blocks", "parse_pun"]

ZONE = "Europe/Rome"


def parse_blocks(payload: Payload) -> Parsed:
    """Return block offers as table ``offer``: ``period``, ``price_eur_mwh``, ``volume_kwh``.

    The file tells the period of the day but not the day, and no unit. Volumes above zero sell,
    below zero buy; they are taken for kWh, because one offer of 367,500 MWh in an hour would be
    ten times the load of Italy.
    """
    found = rows(payload.content, {"Intervallo": "whole", "p": "number", "q": "number"})
    frame = found.frame.rename({"Intervallo": "period", "p": "price_eur_mwh", "q": "volume_kwh"})
    is_period = frame["period"].is_between(1, 100)
    quarantined = list(found.quarantined)
    for row in frame.filter(~is_period).iter_rows(named=True):
        reason = f"period {row['period']} is none of a day"
        quarantined.append(line_aside(payload.content, row["line"], row["offset"], reason))
    offers = frame.filter(is_period).drop("offset")
    return tables_only({"offer": offers}, quarantined)


def parse_pun(payload: Payload) -> Parsed:
    """Return the prices of a workbook with the columns ``Date``, ``Hour`` and ``€/MWh``.

    Numbers may have a decimal comma. The 25th hour is that of the day that has it.
    """
    made: list[tuple[object, ...]] = []
    quarantined: list[Quarantined] = []
    heads: list[str] = []
    for line in sheets.rows(payload):
        if isinstance(line, Quarantined):
            quarantined.append(line)
        elif not heads:
            heads = line.cells
        else:
            try:
                made.append(price(line, heads))
            except (IndexError, ValueError) as fault:
                reason = f"no row of date, hour and price: {fault}"
                where = f"row {line.place + 1}"
                quarantined.append(Quarantined(where, line.offset, reason, line.raw))
    names = ("delivery_start", "delivery_end", "value", "place")
    columns = dict(zip(names, zip(*made, strict=True), strict=False))
    constants = {"dataset": "day_ahead_price", "location": "PUN", "unit": "EUR/MWh"}
    return Parsed(observations({**columns, **constants}, len(made)), {}, tuple(quarantined))


def price(line: sheets.Line, heads: list[str]) -> tuple[object, ...]:
    """Return begin, end, price and place of a row.

    Raises
    ------
    IndexError, ValueError
        If a column or a cell is missing, or is not what it should be.
    """
    date, hour, value = (line.cells[heads.index(name)] for name in ("Date", "Hour", "€/MWh"))
    found = number(value.replace(",", "."))
    return (*period(sheets.day(date).date(), int(hour), ZONE), found, line.place - 1)
