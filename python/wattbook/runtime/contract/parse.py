"""Reads a contract file; every refusal names file, line, key, value and fix."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from wattbook.assets.contracts import (
    AvailabilityGuarantee,
    Baseload,
    Collar,
    EscalatingPrice,
    FixedPrice,
    IndexedPrice,
    MarketPrice,
    NegativePriceClause,
    PayAsProduced,
    Ppa,
    Shaped,
    YearBounds,
)
from wattbook.assets.contracts.ppa_price import PpaPrice
from wattbook.assets.contracts.ppa_volume import PpaVolume
from wattbook.market.curves import CurveGrid, curve_grid
from wattbook.runtime.contract.holdings import Certificates, Futures, holdings_of
from wattbook.runtime.contract.reading import columns_of, fitted
from wattbook.runtime.contract.spec import (
    AvailabilitySpec,
    BoundsSpec,
    CollarSpec,
    ContractHead,
    CurvesSpec,
    DataSpec,
    MovesSpec,
    NegativePricesSpec,
    PriceSpec,
    SettlementSpec,
    SpotSpec,
    TakenSpec,
    TakeOrPaySpec,
    TollingSpec,
    TransportSpec,
    ValueSpec,
    VolumeSpec,
)
from wattbook.runtime.desk.reader import Reader, text_of, toml_of

__all__ = ["AnyContract", "ContractFile", "CurveContract", "load_contract", "parse_contract"]

SECTIONS: dict[str, type] = {
    "contract": ContractHead,
    "price": PriceSpec,
    "volume": VolumeSpec,
    "settlement": SettlementSpec,
    "collar": CollarSpec,
    "negative_prices": NegativePricesSpec,
    "bounds": BoundsSpec,
    "availability": AvailabilitySpec,
    "data": DataSpec,
    "value": ValueSpec,
}
CURVE_SECTIONS: dict[str, type] = {
    "tolling": TollingSpec,
    "transport": TransportSpec,
    "take_or_pay": TakeOrPaySpec,
}
HOLDING_KINDS = ("certificates", "futures")
KINDS = ("ppa", *CURVE_SECTIONS, *HOLDING_KINDS)
NEEDED = ("contract", "price", "volume", "data")


@dataclass(frozen=True, slots=True)
class ContractFile:
    """A contract and what its file says besides.

    Parameters
    ----------
    head : ContractHead
    ppa : Ppa
    data : DataSpec
    value : ValueSpec or None
    folder : Path
        Of the file; other files are relative to it.
    """

    head: ContractHead
    ppa: Ppa
    data: DataSpec
    value: ValueSpec | None
    folder: Path

    def grid(self) -> CurveGrid:
        """Return the delivery periods of the contract."""
        return curve_grid(self.head.place, self.head.start, self.head.end, self.head.step)


@dataclass(frozen=True, slots=True)
class CurveContract:
    """A contract that is valued on forward curves alone: tolling, transport, take or pay.

    Parameters
    ----------
    head : ContractHead
    terms : TollingSpec, TransportSpec or TakeOrPaySpec
    curves : CurvesSpec
    folder : Path
        Of the file; other files are relative to it.
    spot : SpotSpec, optional
        To settle a right to ship against.
    moves : MovesSpec, optional
        How prices move, for tolling and take or pay.
    taken : TakenSpec, optional
        To settle take or pay.
    """

    head: ContractHead
    terms: TollingSpec | TransportSpec | TakeOrPaySpec
    curves: CurvesSpec
    folder: Path
    spot: SpotSpec | None = None
    moves: MovesSpec | None = None
    taken: TakenSpec | None = None

    def grid(self) -> CurveGrid:
        """Return the delivery periods of the contract."""
        return curve_grid(self.head.place, self.head.start, self.head.end, self.head.step)


AnyContract: TypeAlias = ContractFile | CurveContract | Certificates | Futures
"""What a contract file can be."""


def load_contract(path: Path) -> AnyContract:
    """Return the contract of the file at `path`.

    Raises
    ------
    DeskError
        If it cannot be read, or anything in it does not fit; names line, key, value and fix.
    """
    return parse_contract(text_of(path, "a contract file"), path)


def parse_contract(text: str, path: Path) -> AnyContract:
    r"""Return the contract that `text` describes.

    Raises
    ------
    DeskError
        As `load_contract`.

    Examples
    --------
    >>> parse_contract('[contract]\nnam = "wind"', Path("ppa.toml"))
    Traceback (most recent call last):
    wattbook.errors.DeskError: ppa.toml, line 2, contract.nam: 'nam' is no key here; did you ...
    """
    top, reader = toml_of(text, path)
    if not isinstance(top.get("contract"), dict):
        raise reader.refuse((), "section [contract] is missing; add it with name, place and days")
    kind = top["contract"].get("kind", "ppa")
    reader.choice(("contract", "kind"), kind, KINDS, "kind of contract")
    if kind in HOLDING_KINDS:
        return holdings_of(reader, top, path.parent)
    head: ContractHead = reader.table(("contract",), top["contract"], ContractHead)
    sections: dict[str, type] = SECTIONS
    needed: tuple[str, ...] = NEEDED
    if head.kind != "ppa":
        own = CURVE_SECTIONS[head.kind]
        sections = {"contract": ContractHead, head.kind: own, "curves": CurvesSpec}
        needed = tuple(sections)
        if head.kind == "transport":
            sections = {**sections, "spot": SpotSpec}
        else:
            sections = {**sections, "moves": MovesSpec}
        if head.kind == "take_or_pay":
            sections = {**sections, "taken": TakenSpec}
    for name in top:
        reader.choice((name,), name, sections, f"section of a contract of kind {head.kind!r}")
    said: dict[str, Any] = {
        name: reader.value((name,), top[name], kind)
        for name, kind in sections.items()
        if name in top
    }
    for name in needed:
        if name not in said:
            raise reader.refuse((), f"section [{name}] is missing; add it")
    reader.currency(("contract", "currency"), head.currency)
    if not head.start < head.end:
        raise reader.refuse(
            ("contract", "end"), f"{head.end} is not after the start {head.start}; give a later day"
        )
    if head.kind != "ppa":
        return on_curves(reader, said, path.parent)
    made = fitted(reader, ("contract",), lambda: terms(reader, said, path.parent))
    found = ContractFile(head, made, said["data"], said.get("value"), path.parent)
    fitted(reader, ("contract", "place"), found.grid)
    return found


def on_curves(reader: Reader, said: dict[str, Any], folder: Path) -> CurveContract:
    """Return a contract that is valued on curves; each price is a file or a number."""
    head: ContractHead = said["contract"]
    curves: CurvesSpec = said["curves"]
    given = {
        "price": (curves.price_file, curves.price),
        "other_price": (curves.other_file, curves.other_price),
    }
    if head.kind == "take_or_pay" and given.pop("other_price") != (None, None):
        raise reader.refuse(("curves",), "take or pay has one price; leave the other out")
    idle = {"tolling": "discount_rate", "transport": "co2_price", "take_or_pay": "co2_price"}
    unread = idle[head.kind]
    if getattr(curves, unread):
        message = f"kind {head.kind!r} is valued without {unread}; leave it out"
        raise reader.refuse(("curves", unread), message)
    for name, (file, number) in given.items():
        if (file is None) == (number is None):
            ending = name.removesuffix("_price")
            raise reader.refuse(("curves",), f"give either {name} or {ending}_file")
    made = CurveContract(head, said[head.kind], curves, folder, said.get("spot"), said.get("moves"),
                         said.get("taken"))  # fmt: skip
    fitted(reader, ("contract", "place"), made.grid)
    return made


def terms(reader: Reader, said: dict[str, Any], folder: Path) -> Ppa:
    """Return the agreement of the sections."""
    head: ContractHead = said["contract"]
    settlement: SettlementSpec = said.get("settlement", SettlementSpec())
    collar: CollarSpec = said.get("collar", CollarSpec())
    bounds: BoundsSpec = said.get("bounds", BoundsSpec())
    clause: NegativePricesSpec | None = said.get("negative_prices")
    available: AvailabilitySpec | None = said.get("availability")
    if available is not None and said["data"].file is not None and said["data"].lost is None:
        message = "a guaranteed availability needs lost, a column of [data]; name it"
        raise reader.refuse(("data",), message)
    return Ppa(
        name=head.name,
        start=head.start,
        price=price_of(reader, said["price"], head, folder),
        volume=volume_of(reader, said["volume"], folder),
        settlement=settlement.kind,
        reference=settlement.reference,
        collar=fitted(
            reader,
            ("collar",),
            lambda: Collar(
                -math.inf if collar.floor is None else float(collar.floor),
                math.inf if collar.cap is None else float(collar.cap),
                collar.over,
            ),
        ),
        negative_prices=None
        if clause is None
        else NegativePriceClause(
            float(clause.hours), clause.counts, float(clause.below), clause.by_hour
        ),
        availability=None
        if available is None
        else fitted(
            reader,
            ("availability",),
            lambda: AvailabilityGuarantee(
                float(available.share),
                available.over,
                None if available.price is None else float(available.price),
            ),
        ),
        bounds=fitted(
            reader,
            ("bounds",),
            lambda: YearBounds(
                float(bounds.least_mwh),
                math.inf if bounds.most_mwh is None else float(bounds.most_mwh),
                float(bounds.excess_share),
                None if bounds.shortfall_price is None else float(bounds.shortfall_price),
            ),
        ),
    )


def price_of(reader: Reader, spec: PriceSpec, head: ContractHead, folder: Path) -> PpaPrice:
    """Return the price of ``[price]``."""
    check_keys(
        reader,
        "price",
        spec,
        {
            "fixed": (("price",), ()),
            "escalating": (("price", "rate"), ()),
            "indexed": (("price", "base", "index_file"), ("share",)),
            "market": ((), ("fee", "share")),
        },
    )
    share = 1.0 if spec.share is None else float(spec.share)
    if spec.kind == "market":
        return MarketPrice(float(spec.fee or 0), share)
    price = float(spec.price or 0)
    if spec.kind == "fixed":
        return FixedPrice(price)
    if spec.kind == "escalating":
        return fitted_price(
            reader, "rate", lambda: EscalatingPrice(price, float(spec.rate or 0), head.start)
        )
    rows = columns_of(
        reader, ("price", "index_file"), folder / str(spec.index_file), "month", "value"
    )
    index = tuple((month.replace(day=1), float(value)) for month, value in rows)
    return fitted_price(
        reader, "base", lambda: IndexedPrice(price, float(spec.base or 0), index, share)
    )


def fitted_price(reader: Reader, key: str, make: Callable[[], PpaPrice]) -> PpaPrice:
    """Return a price; a refusal names its key."""
    made: PpaPrice = fitted(reader, ("price", key), make)
    return made


def volume_of(reader: Reader, spec: VolumeSpec, folder: Path) -> PpaVolume:
    """Return the volume of ``[volume]``."""
    check_keys(
        reader,
        "volume",
        spec,
        {
            "as_produced": ((), ("share", "cap_mw")),
            "baseload": (("power_mw",), ()),
            "shaped": (("profile_file",), ()),
        },
    )
    key = ("volume", spec.kind)
    if spec.kind == "as_produced":
        share = 1.0 if spec.share is None else float(spec.share)
        cap = math.inf if spec.cap_mw is None else float(spec.cap_mw)
        made: PpaVolume = fitted(reader, key, lambda: PayAsProduced(share, cap))
        return made
    if spec.kind == "baseload":
        return Baseload(float(spec.power_mw or 0))
    file = folder / str(spec.profile_file)
    rows = columns_of(reader, ("volume", "profile_file"), file, "month", "power_mw")
    by_month: dict[int, list[float]] = {}
    for month, power in rows:
        by_month.setdefault(int(month), []).append(float(power))
    profile = tuple(tuple(by_month.get(month, ())) for month in range(1, 13))
    shaped: PpaVolume = fitted(reader, ("volume", "profile_file"), lambda: Shaped(profile))
    return shaped


def check_keys(
    reader: Reader,
    section: str,
    spec: PriceSpec | VolumeSpec,
    kinds: dict[str, tuple[tuple[str, ...], tuple[str, ...]]],
) -> None:
    """Refuse a key that its kind lacks or does not know.

    Raises
    ------
    DeskError
        Naming it.
    """
    needed, optional = kinds[spec.kind]
    given = {name for name in spec.__dataclass_fields__ if getattr(spec, name) is not None}
    for name in needed:
        if name not in given:
            raise reader.refuse((section,), f"kind {spec.kind!r} needs {name!r}; add it")
    for name in sorted(given - {"kind", *needed, *optional}):
        raise reader.refuse(
            (section, name), f"kind {spec.kind!r} has no {name!r}; leave it out or use another kind"
        )
