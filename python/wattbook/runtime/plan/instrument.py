"""Venues and instruments as a plan numbers them, before the engine knows them."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from wattbook.errors import InputError
from wattbook.forecast.facts import ModelFacts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattbook.execution import Simulation
    from wattbook.forecast import Forecast

__all__ = ["ForecastRows", "InstrumentPlan", "Numbers", "VenuePlan", "millionths"]


def millionths(value: Decimal | float) -> int:
    """Return `value` in 1e-6, exact for decimals and to the nearest for floats.

    Raises
    ------
    InputError
        If a decimal is finer than 1e-6.

    Examples
    --------
    >>> millionths(Decimal("-37.63")), millionths(0.1)
    (-37630000, 100000)
    """
    if isinstance(value, Decimal):
        scaled = value * 1_000_000
        if scaled != scaled.to_integral_value():
            message = f"{value} has more than 6 decimals; round it"
            raise InputError(message)
        return int(scaled)
    return round(value * 1e6)


@dataclass(frozen=True, slots=True)
class VenuePlan:
    """A venue.

    Parameters
    ----------
    venue : int
        Its number.
    name : str
        Its name; a book that was made up says so.
    market_model : str
        ``continuous_book``, ``pool``, ``two_settlement``: how it makes prices.
    time_zone : str
        IANA zone of its delivery calendar.
    is_synthetic : bool
        Whether its prices are made up around recorded ones.
    """

    venue: int
    name: str
    market_model: str
    time_zone: str
    is_synthetic: bool


@dataclass(frozen=True, slots=True)
class InstrumentPlan:
    """An instrument. Prices and volumes are in 1e-6 of their unit, times in ns UTC.

    Parameters
    ----------
    instrument, venue : int
        Numbers of the instrument and its venue.
    symbol, location : str
        Names of the contract and of where it is delivered.
    form, tenor, commodity, delivery_kind : str
        As in the domain: ``auction``, ``five_minutes``, ``power``, ``physical``.
    delivery_start, delivery_end, gate_closure : int
        ns UTC.
    delivery_seconds : int
        Seconds with delivery; 3,600 for volumes that are no power.
    currency, price_unit, volume_unit : str
        ISO 4217 code and units.
    tick, lot, min_price, max_price : int
        In 1e-6.
    """

    instrument: int
    venue: int
    symbol: str
    location: str
    form: str
    tenor: str
    commodity: str
    delivery_kind: str
    delivery_start: int
    delivery_end: int
    gate_closure: int
    delivery_seconds: int
    currency: str
    price_unit: str
    volume_unit: str
    tick: int
    lot: int
    min_price: int
    max_price: int


@dataclass(frozen=True, slots=True)
class ForecastRows:
    """Forecasts as strategies are told of them, in order of publication.

    Parameters
    ----------
    published : ndarray of int64
        ns UTC.
    instrument : ndarray of uint32
        About which instrument.
    price : ndarray of int64
        Expected price, 1e-6.
    confidence_ppm : ndarray of uint32
        How sure, in 1e-6.
    valid_until : ndarray of int64
        ns UTC.
    model : ndarray of int64
        Place in `models`; -1 where no model made the forecast.
    models : tuple of ModelFacts
        Models that made them.
    half_lives : tuple of int
        Of each model's signals, ns; 0 for none.
    """

    published: NDArray[np.int64]
    instrument: NDArray[np.uint32]
    price: NDArray[np.int64]
    confidence_ppm: NDArray[np.uint32]
    valid_until: NDArray[np.int64]
    model: NDArray[np.int64]
    models: tuple[ModelFacts, ...]
    half_lives: tuple[int, ...]

    @classmethod
    def none(cls) -> ForecastRows:
        """Return no forecasts."""
        whole, small = np.empty(0, np.int64), np.empty(0, np.uint32)
        return cls(whole, small, whole, small, whole, whole, (), ())

    @classmethod
    def of(
        cls, forecast: Forecast, instrument: NDArray[np.integer], valid_until: NDArray[np.int64]
    ) -> ForecastRows:
        """Return the forecasts that have a price, about `instrument` until `valid_until`."""
        known = np.isfinite(forecast.price)
        models = (ModelFacts(forecast.model, forecast.features),) if forecast.features else ()
        return cls(
            forecast.known_at[known],
            instrument[known].astype(np.uint32),
            # On the tick of every market here, so that an offer at a forecast price is one.
            np.rint(forecast.price[known] * 1e2).astype(np.int64) * 10_000,
            np.rint(forecast.confidence[known] * 1e6).astype(np.uint32),
            valid_until[known],
            np.full(int(known.sum()), len(models) - 1, dtype=np.int64),
            models,
            (forecast.half_life_ns,) * len(models),
        )

    @classmethod
    def joined(cls, parts: Sequence[ForecastRows]) -> ForecastRows:
        """Return all rows in order of publication."""
        lives = {
            each: life
            for part in parts
            for each, life in zip(part.models, part.half_lives, strict=True)
        }
        models = tuple(lives)
        places = [
            np.array([*map(models.index, part.models), -1], dtype=np.int64)[part.model]
            for part in parts
        ]
        published = np.concatenate([part.published for part in parts])
        order = np.argsort(published, kind="stable")
        return cls(
            published[order],
            np.concatenate([part.instrument for part in parts])[order],
            np.concatenate([part.price for part in parts])[order],
            np.concatenate([part.confidence_ppm for part in parts])[order],
            np.concatenate([part.valid_until for part in parts])[order],
            np.concatenate(places)[order],
            models,
            tuple(lives.values()),
        )

    def add_to(self, made: Simulation) -> None:
        """Tell a simulation's strategies of them when they are published."""
        made.add_forecasts(
            instrument=self.instrument,
            ts=self.published,
            valid_until=self.valid_until,
            price=self.price,
            confidence_ppm=self.confidence_ppm,
            model=self.model,
            models=[
                (each.digests(), life)
                for each, life in zip(self.models, self.half_lives, strict=True)
            ],
        )


@dataclass(slots=True)
class Numbers:
    """Hands out venue and instrument numbers, dense, in order of definition."""

    venues: list[VenuePlan] = field(default_factory=list)
    instruments: list[InstrumentPlan] = field(default_factory=list)

    def next_venue(self) -> int:
        """Return the number of the venue to be added next."""
        return len(self.venues)

    def next_instrument(self) -> int:
        """Return the number of the instrument to be added next."""
        return len(self.instruments)
