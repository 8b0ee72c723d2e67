"""How a battery is really run."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Literal, TypeAlias

from wattbook.market.reserve_auction import CapacityClearing, CapacityOffer, clear_capacity
from wattbook.runtime.desk.spec.bounds import Bounds, NotNegative, Positive

__all__ = [
    "DispatchAuctionSpec",
    "DispatchCallSpec",
    "DispatchColocatedSpec",
    "DispatchFaultSpec",
    "DispatchReserveSpec",
    "DispatchSpec",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchFaultSpec:
    """``[[strategy.dispatch.fault]]``: what goes wrong with a battery during the day.

    Parameters
    ----------
    kind : {"trip", "stale", "refuse", "alter", "silent"}
        Inverters trip; measurements stand still; setpoints are refused or taken over at half their
        value; the device does not answer.
    at : datetime.time
        From when on, on the clock of the market.
    until : datetime.time, optional
        Until when; the end of the day if left out.
    inverters : int, optional
        How many trip.
    """

    kind: Literal["trip", "stale", "refuse", "alter", "silent"]
    at: dt.time
    until: dt.time | None = None
    inverters: Annotated[int, Bounds(least=1, most=1_000)] = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchCallSpec:
    """``[[strategy.dispatch.reserve.call]]``: energy that the operator calls of a reserve.

    Parameters
    ----------
    at, until : datetime.time
        From when until when, on the clock of the market.
    power : Decimal
        Of the reserve's power, MW: above zero more delivery, below zero less.
    """

    at: dt.time
    until: dt.time
    power: Decimal


BlockPrices: TypeAlias = tuple[
    NotNegative, NotNegative, NotNegative, NotNegative, NotNegative, NotNegative
]


BlockDemand: TypeAlias = tuple[Positive, Positive, Positive, Positive, Positive, Positive]


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchAuctionSpec:
    """``[strategy.dispatch.reserve.auction]``: the auction that takes the reserve, block by block.

    Parameters
    ----------
    demand : tuple of Decimal, MW
        Of each of the day's six blocks of four hours.
    offers : tuple of [price, MW]
        Of everybody else, the same in each block; they can be divided, and go first at our price.
    """

    demand: BlockDemand
    offers: tuple[tuple[NotNegative, Positive], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchReserveSpec:
    """``[[strategy.dispatch.reserve]]``: power that is held back for a reserve, and what it earns.

    Parameters
    ----------
    product : str
        As the settlement names it.
    direction : {"up", "down", "both"}
        More discharge, more charge, or either as called, such as FCR: held back both ways, paid
        once.
    power : Decimal
        Sold, MW; energy is traded on what is left.
    price : Decimal
        Of the capacity, a MW and hour; with `block_prices` or `auction`, what is asked for at
        least.
    block_prices : tuple of Decimal, optional
        What the auction of each block of four hours pays, six a day: the reserve is sold in those
        that pay what is asked for.
    auction : DispatchAuctionSpec, optional
        Which clears those prices, our offer among the others; it is taken whole or not at all.
    penalty : Decimal, optional
        For each MW and hour that was not available, beyond the payment that is lost.
    minutes : int, optional
        For how long the cells must bear the reserve: energy is kept back for it. Limited reservoirs
        of FCR are asked for 15 to 30 minutes, Regulation (EU) 2017/1485, article 156.
    margin : Decimal, optional
        Power held on top, as a share of `power`, to restore the charge; of FCR a quarter if left
        out, of others none.
    energy_price : Decimal, optional
        Of the energy that is called and delivered, a MWh.
    call : tuple of DispatchCallSpec, optional
        When how much of it is called.
    """

    product: str
    direction: Literal["up", "down", "both"]
    power: Positive
    price: NotNegative
    penalty: NotNegative = Decimal(0)
    minutes: Annotated[int, Bounds(least=1, most=240)] = 15
    block_prices: BlockPrices | None = None
    auction: DispatchAuctionSpec | None = None
    margin: NotNegative | None = None
    energy_price: Decimal = Decimal(0)
    call: tuple[DispatchCallSpec, ...] = ()

    @property
    def clearings(self) -> tuple[CapacityClearing, ...]:
        """What each block's auction took, our offer the last; none without an auction."""
        if self.auction is None:
            return ()
        others = [CapacityOffer(price, power) for price, power in self.auction.offers]
        offers = [*others, CapacityOffer(self.price, self.power, is_divisible=False)]
        return tuple(clear_capacity(demand, offers) for demand in self.auction.demand)

    @property
    def blocks(self) -> tuple[Decimal | None, ...] | None:
        """What each of the day's six blocks pays, None where it takes nothing of ours.

        Without blocks the reserve is sold all day at its `price`: None.
        """
        if self.auction is not None:
            return tuple(one.price if one.awarded[-1] else None for one in self.clearings)
        if self.block_prices is None:
            return None
        return tuple(price if price >= self.price else None for price in self.block_prices)

    @property
    def held_power(self) -> Decimal:
        """Power that is held back, what restores the charge included, MW."""
        margin = self.margin
        if margin is None:
            margin = Decimal("0.25") if self.product == "FCR" else Decimal(0)
        return self.power * (1 + margin)


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchColocatedSpec:
    """``[strategy.dispatch.colocated]``: wind or solar that goes first through the same connection.

    Parameters
    ----------
    forecast : tuple of Decimal, MW
        Of each hour of the clock, from 0 to 23: what the battery plans beside.
    made : tuple of Decimal, MW, optional
        What it makes; the forecast if left out.
    """

    forecast: tuple[NotNegative, ...]
    made: tuple[NotNegative, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchSpec:
    """``[strategy.dispatch]``: a battery is really run, behind a protocol of devices.

    Parameters
    ----------
    protocol : {"modbus", "mqtt", "direct"}, optional
        What carries setpoints and telemetry: Modbus/TCP, an MQTT broker, or nothing.
    broker : str, optional
        Address and port of the MQTT broker.
    inverters : int, optional
        How many share the battery's power.
    ramp : Decimal, optional
        Most that a setpoint changes in a minute, MW.
    grid_export, grid_import : Decimal, optional
        Limits of the grid connection, MW; the battery's power if left out.
    step_seconds : int, optional
        Time between two steps of the loop; delivery periods are whole multiples of it.
    stale_seconds : int, optional
        Telemetry without a new sample for so long has stopped.
    repair_minutes : int, optional
        How long a trip is expected to last.
    published_after_minutes : int, optional
        How long after its draft an outage message is published. Until then only what the outage
        makes impossible to deliver is traded.
    unit, unit_eic, zone_eic, participant, participant_code : str, optional
        Of outage messages: name and EIC of the unit, EIC of its zone, name and ACER code of the
        market participant.
    reoptimize : bool, optional
        Whether it trades on to programmes that earn more, in the intraday auctions and on the
        continuous market. A trip ends it; after the repair it goes on, on the continuous market.
    replan_gain : Decimal, optional
        What a new plan must earn more than, after fees and at bid and ask, beyond covering what
        cannot be run, in the market's currency.
    fault : tuple of DispatchFaultSpec, optional
        What goes wrong.
    reserve : tuple of DispatchReserveSpec, optional
        What is held back for reserves.
    colocated : DispatchColocatedSpec, optional
        Wind or solar behind the same connection.
    """

    protocol: Literal["modbus", "mqtt", "direct"] = "modbus"
    broker: str = "127.0.0.1:1883"
    inverters: Annotated[int, Bounds(least=1, most=1_000)] = 2
    ramp: Positive = Decimal(20)
    grid_export: NotNegative | None = None
    grid_import: NotNegative | None = None
    step_seconds: Annotated[int, Bounds(least=1, most=900)] = 60
    stale_seconds: Annotated[int, Bounds(least=1, most=3_600)] = 180
    repair_minutes: Annotated[int, Bounds(least=1, most=43_200)] = 180
    published_after_minutes: Annotated[int, Bounds(least=0, most=1_440)] = 10
    unit: str = "Battery"
    unit_eic: str = "11W-WATTBOOK---X"
    zone_eic: str = "10Y1001A1001A82H"
    participant: str = "Desk"
    participant_code: str = "A00000000.DE"
    reoptimize: bool = False
    replan_gain: NotNegative = Decimal(0)
    fault: tuple[DispatchFaultSpec, ...] = ()
    reserve: tuple[DispatchReserveSpec, ...] = ()
    colocated: DispatchColocatedSpec | None = None
