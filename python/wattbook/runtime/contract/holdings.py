"""Reads files of certificates and futures; every refusal names file, line, key, value and fix."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from wattbook.assets.contracts import FUELS, Disposal, FuturesPosition, Lot, fuel_emissions_t
from wattbook.domain.calendars import DeliveryProduct
from wattbook.domain.numbers import Price, Volume
from wattbook.errors import InputError
from wattbook.runtime.contract.holdings_spec import (
    CertificatesSpec,
    DisposalSpec,
    EmissionSpec,
    ExpirySpec,
    FuturesSpec,
    HoldingsHead,
    LotSpec,
    PositionSpec,
)
from wattbook.runtime.contract.reading import columns_of, fitted
from wattbook.runtime.desk.reader import Reader

__all__ = ["Certificates", "Expiry", "Futures", "holdings_of"]

SECTIONS: dict[str, dict[str, Any]] = {
    "certificates": {
        "certificates": CertificatesSpec,
        "lot": tuple[LotSpec, ...],
        "disposal": tuple[DisposalSpec, ...],
        "emission": tuple[EmissionSpec, ...],
    },
    "futures": {
        "futures": FuturesSpec,
        "position": tuple[PositionSpec, ...],
        "expiry": tuple[ExpirySpec, ...],
    },
}


@dataclass(frozen=True, slots=True)
class Certificates:
    """Certificates of a file.

    Parameters
    ----------
    head : HoldingsHead
    spec : CertificatesSpec
    lots, disposals : tuple of Lot and Disposal
    emissions_t : dict of year to float, t
    """

    head: HoldingsHead
    spec: CertificatesSpec
    lots: tuple[Lot, ...]
    disposals: tuple[Disposal, ...]
    emissions_t: dict[int, float]


@dataclass(frozen=True, slots=True)
class Expiry:
    """A contract that ended, its final price, and the prices of that day by product."""

    product: str
    final_price: Price
    prices: dict[str, Price]


@dataclass(frozen=True, slots=True)
class Futures:
    """Positions in futures of a file.

    Parameters
    ----------
    head : HoldingsHead
    spec : FuturesSpec
    positions : tuple of FuturesPosition
    expiries : tuple of Expiry
        In the order in which contracts ended.
    folder : Path
        Of the file; other files are relative to it.
    """

    head: HoldingsHead
    spec: FuturesSpec
    positions: tuple[FuturesPosition, ...]
    expiries: tuple[Expiry, ...]
    folder: Path


def holdings_of(reader: Reader, top: dict[str, Any], folder: Path) -> Certificates | Futures:
    """Return the certificates or futures of a file.

    Raises
    ------
    DeskError
        If anything does not fit; names line, key, value and fix.
    """
    head: HoldingsHead = reader.table(("contract",), top["contract"], HoldingsHead)
    reader.currency(("contract", "currency"), head.currency)
    sections = SECTIONS[head.kind]
    for name in top:
        what = f"section of a contract of kind {head.kind!r}"
        reader.choice((name,), name, ("contract", *sections), what)
    rows = "lot" if head.kind == "certificates" else "position"
    for name, form in ((head.kind, f"[{head.kind}]"), (rows, f"[[{rows}]]")):
        if not top.get(name):
            raise reader.refuse((), f"section {form} is missing; add it")
    said = {
        name: reader.value((name,), top[name], kind)
        for name, kind in sections.items()
        if name in top
    }
    if head.kind == "certificates":
        return certificates_of(reader, head, said)
    return futures_of(reader, head, said, folder)


def certificates_of(reader: Reader, head: HoldingsHead, said: dict[str, Any]) -> Certificates:
    """Return the lots, disposals and emissions of a file."""
    spec: CertificatesSpec = said["certificates"]
    lots = tuple(lot_of(reader, place, one) for place, one in enumerate(said["lot"]))
    disposals = tuple(
        disposal_of(reader, place, one) for place, one in enumerate(said.get("disposal", ()))
    )
    emissions: dict[int, float] = {}
    for place, one in enumerate(said.get("emission", ())):
        emissions[one.year] = emissions.get(one.year, 0.0) + tonnes(reader, place, one)
    if emissions and spec.allowance_price is None:
        message = "emissions need allowance_price, at which what is short is bought; add it"
        raise reader.refuse(("certificates",), message)
    return Certificates(head, spec, lots, disposals, emissions)


def lot_of(reader: Reader, place: int, one: LotSpec) -> Lot:
    """Return certificates that came in."""
    made: Lot = fitted(
        reader,
        ("lot", place),
        lambda: Lot(one.name, one.kind, one.day, one.quantity, one.cost, one.vintage),
    )
    return made


def disposal_of(reader: Reader, place: int, one: DisposalSpec) -> Disposal:
    """Return certificates that went out."""
    made: Disposal = fitted(
        reader,
        ("disposal", place),
        lambda: Disposal(
            one.kind, one.day, one.act, one.quantity, one.proceeds, one.vintage, one.emission_year
        ),
    )
    return made


def tonnes(reader: Reader, place: int, one: EmissionSpec) -> float:
    """Return the emissions of a row, t."""
    is_fuel = one.fuel is not None and one.units is not None
    if (one.t is None) == (not is_fuel) or (one.fuel is None) != (one.units is None):
        raise reader.refuse(("emission", place), "give either t, or fuel with units")
    if one.t is not None:
        return float(one.t)
    return fuel_emissions_t(FUELS[str(one.fuel)], float(one.units or 0))


def futures_of(reader: Reader, head: HoldingsHead, said: dict[str, Any], folder: Path) -> Futures:
    """Return the positions of a file, and the prices of contracts that ended."""
    spec: FuturesSpec = said["futures"]
    positions = tuple(position_of(reader, place, one) for place, one in enumerate(said["position"]))
    expiries = tuple(
        expiry_of(reader, place, one, folder) for place, one in enumerate(said.get("expiry", ()))
    )
    return Futures(head, spec, positions, expiries, folder)


def position_of(reader: Reader, place: int, one: PositionSpec) -> FuturesPosition:
    """Return a position."""
    key = ("position", place)
    product = fitted(reader, (*key, "product"), lambda: DeliveryProduct(one.product))
    if not one.volume_mw:
        raise reader.refuse((*key, "volume_mw"), "0 MW is no position; leave it out")
    return FuturesPosition(product, Volume(one.volume_mw), Price(one.price))


def expiry_of(reader: Reader, place: int, one: ExpirySpec, folder: Path) -> Expiry:
    """Return a contract that ended, with the prices of its day."""
    key = ("expiry", place, "prices_file")
    named = fitted(reader, ("expiry", place, "product"), lambda: DeliveryProduct(one.product))
    product = str(named)
    file = folder / one.prices_file
    prices: dict[str, Price] = {}
    for name, price in columns_of(reader, key, file, "product", "price"):
        try:
            prices[str(DeliveryProduct(str(name)))] = Price(Decimal(str(price)))
        except (InputError, ArithmeticError) as fault:
            raise reader.refuse(key, f"{file}, {name}: price {price!r} ({fault})") from fault
    if product not in prices:
        message = f"{file} has no price of {product}; add its final settlement price"
        raise reader.refuse(key, message)
    return Expiry(product, prices[product], prices)
