"""Virtual bids on a spread: a desk file's lines as a strategy, and what the market bills for it."""

from collections.abc import Iterable, Mapping
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from wattbook.errors import DeskError
from wattbook.runtime.desk.spec import VirtualSpreadSpec
from wattbook.runtime.figures import Ledger
from wattbook.runtime.figures.money import convert
from wattbook.runtime.plan import PowerPlan, VirtualPlan, millionths
from wattbook.strategy.virtual_spread import SpreadHour, VirtualSpreadTrader, hour_views

__all__ = ["virtual_charges", "virtual_spread_trader"]


def local_hours(starts: NDArray[np.int64], time_zone: str) -> NDArray[np.int64]:
    """Return the hour of the local clock at which each delivery begins.

    Examples
    --------
    >>> local_hours(np.array([0]), "America/New_York").tolist()
    [19]
    """
    at = starts.astype("datetime64[ns]").astype("datetime64[s]").astype(object)
    zone, utc = ZoneInfo(time_zone), ZoneInfo("UTC")
    hours = [one.replace(tzinfo=utc).astimezone(zone).hour for one in at]
    return np.array(hours, np.int64)


def virtuals_of(spec: VirtualSpreadSpec, part: PowerPlan) -> VirtualPlan:
    """Return the virtual hours of a market.

    Raises
    ------
    DeskError
        If they were not planned.
    """
    if part.virtuals is None:
        message = f"strategy {spec.name!r}: {part.spec.name!r} has no virtual hours; name another"
        raise DeskError(message)
    return part.virtuals


def virtual_spread_trader(
    spec: VirtualSpreadSpec, power: Mapping[str, PowerPlan]
) -> VirtualSpreadTrader:
    """Return the strategy of a ``kind = "virtual_spread"``.

    Raises
    ------
    DeskError
        If a market of it has no virtual hours.
    """
    part = power[spec.market]
    own = virtuals_of(spec, part)
    starts, spread = own.known.delivery_start, own.known.price
    charges = float(part.spec.virtual_charge)
    others: dict[int, int] = {}
    if spec.against is not None:
        other_part = power[spec.against]
        other = virtuals_of(spec, other_part)
        starts, at, other_at = np.intersect1d(
            starts, other.known.delivery_start, return_indices=True
        )
        spread = spread[at] - other.known.price[other_at]
        numbers = other.instrument_of(other.periods.delivery_start)
        others = dict(zip(other.periods.delivery_start.tolist(), numbers.tolist(), strict=True))
        charges += float(other_part.spec.virtual_charge)
    zone, periods = part.source.time_zone, own.periods
    wanted = local_hours(periods.delivery_start, zone).tolist()
    views = hour_views(local_hours(starts, zone), spread, wanted, float(spec.memory))
    rows = zip(
        periods.delivery_start.tolist(),
        own.instrument_of(periods.delivery_start).tolist(),
        periods.offer_at.tolist(),
        periods.gate.tolist(),
        views,
        strict=True,
    )
    return VirtualSpreadTrader(
        hours=[
            SpreadHour(
                instrument=instrument,
                against=others.get(start),
                offer_at=offer_at,
                valid_until=gate,
                view=view,
            )
            for start, instrument, offer_at, gate, view in rows
            # Of a path both places are traded in an hour, or none.
            if spec.against is None or start in others
        ],
        volume=float(spec.volume),
        entry=float(spec.entry),
        charges=charges,
    )


def virtual_charges(ledger: Ledger, power: Iterable[PowerPlan]) -> dict[str, int]:
    """Return what the markets bill each strategy for virtual awards, 1 / 3.6e15 of the currency.

    `virtual_charge` of the market for each MWh awarded, bought or sold; it is billed after the day,
    so the engine does not know it. A strategy that is billed nothing is left out.
    """
    rates = {
        int(number): millionths(part.spec.virtual_charge)
        for part in power
        if part.virtuals is not None and part.spec.virtual_charge
        for number in part.virtuals.instrument_of(part.virtuals.periods.delivery_start)
    }
    awarded: dict[tuple[int, int], int] = {}
    settled = ledger.table("settled")
    if not rates or not settled.height:
        return {}
    columns = settled.select("strategy", "instrument", "kind", "volume")
    for strategy, number, kind, volume in columns.iter_rows():
        if kind == "day_ahead" and number in rates:
            # Each row has all that was awarded so far.
            awarded[strategy, number] = abs(volume)
    totals: dict[str, int] = {}
    for (strategy, number), volume in awarded.items():
        instrument = ledger.instruments[number]
        units = rates[number] * volume * instrument.delivery_seconds
        name = ledger.names.strategy(strategy)
        totals[name] = totals.get(name, 0) + convert(units, ledger.rates[instrument.currency])
    return totals
