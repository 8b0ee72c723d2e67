"""A dispatch of energy and services: prices that a person can reckon."""

from __future__ import annotations

from typing import Any

import pytest

from wattbook.assets.plants.nem import (
    Bands,
    Interconnector,
    NemUnit,
    Requirement,
    ServiceOffer,
    dispatch_nem,
)
from wattbook.assets.reserves import Trapezium
from wattbook.errors import InputError


def unit(
    name: str, price: float, available: float = 100.0, *, region: str = "A", **changes: Any
) -> NemUnit:
    return NemUnit(name, region, Bands((price,), (available,)), available, **changes)


def offer(
    price: float,
    most: float = 20.0,
    corners: tuple[float, float, float, float] = (0.0, 0.0, 80.0, 100.0),
) -> ServiceOffer:
    return ServiceOffer(Bands((price,), (most,)), Trapezium(*corners, most))


def test_the_dearest_band_that_is_needed_sets_the_price() -> None:
    found = dispatch_nem([unit("cheap", 20.0), unit("dear", 50.0)], {"A": 130.0})
    assert found.energy == pytest.approx({"cheap": 100.0, "dear": 30.0})
    assert found.energy_prices["A"] == pytest.approx(50.0)
    assert found.cost == pytest.approx(100 * 20 + 30 * 50)


def test_a_service_is_paid_what_its_unit_leaves_out_of_energy() -> None:
    cheap = unit("cheap", 20.0, services={"RAISE6SEC": offer(2.0)})
    need = Requirement("RAISE6SEC", ("A",), 10.0)
    found = dispatch_nem([cheap, unit("dear", 50.0)], {"A": 130.0}, [need])
    # Each MW of the service takes a MW of energy, which the other unit makes for 30 more.
    assert found.energy == pytest.approx({"cheap": 90.0, "dear": 40.0})
    assert found.service_prices[0] == pytest.approx(2.0 + 30.0)
    assert found.services["cheap", "RAISE6SEC"] == pytest.approx(10.0)


def test_regulation_and_contingency_share_the_room_of_a_unit() -> None:
    services = {"RAISE6SEC": offer(0.0), "RAISEREG": offer(0.0)}
    needs = [Requirement("RAISE6SEC", ("A",), 10.0), Requirement("RAISEREG", ("A",), 5.0)]
    units = [unit("cheap", 20.0, services=services), unit("dear", 50.0)]
    found = dispatch_nem(units, {"A": 130.0}, needs)
    assert found.energy["cheap"] == pytest.approx(85.0)
    assert found.service_prices == pytest.approx((30.0, 30.0))


def test_regulation_needs_the_ramp_as_well() -> None:
    services = {"RAISEREG": offer(0.0, corners=(0.0, 0.0, 100.0, 100.0))}
    slow = unit("slow", 20.0, initial=50.0, ramp_up=4.0, services=services)
    found = dispatch_nem(
        [slow, unit("dear", 50.0)], {"A": 100.0}, [Requirement("RAISEREG", ("A",), 5.0)]
    )
    assert found.energy["slow"] == pytest.approx(65.0)


def test_a_unit_that_stands_outside_its_trapezium_is_not_enabled() -> None:
    services = {"RAISE6SEC": offer(0.0, corners=(0.0, 0.0, 60.0, 80.0))}
    units = [
        unit("high", 20.0, initial=95.0, services=services),
        unit("low", 50.0, initial=30.0, services=services),
    ]
    found = dispatch_nem(units, {"A": 120.0}, [Requirement("RAISE6SEC", ("A",), 5.0)])
    assert found.stranded == (("high", "RAISE6SEC"),)
    assert found.services == pytest.approx({("low", "RAISE6SEC"): 5.0})


def battery(**changes: Any) -> NemUnit:
    terms: dict[str, Any] = {
        "load": Bands((10.0, 30.0), (20.0, 20.0)),
        "load_available": 40.0,
        "initial": -10.0,
    }
    return unit("battery", 90.0, 40.0, **(terms | changes))


def test_a_battery_charges_at_its_price_and_regulates_on_its_load() -> None:
    lowers = ServiceOffer(Bands((1.0,), (15.0,)), Trapezium(0.0, 0.0, 25.0, 40.0, 15.0))
    both = [battery(load_services={"LOWERREG": lowers}), unit("cheap", 20.0)]
    needs = [Requirement("LOWERREG", ("A",), 15.0)]
    found = dispatch_nem(both, {"A": 50.0}, needs)
    # At 20 it takes what it would pay 30 for; fifteen more are free for the service.
    assert found.energy == pytest.approx({"battery": -20.0, "cheap": 70.0})
    assert found.services == pytest.approx({("battery", "LOWERREG"): 15.0})
    dear = dispatch_nem([battery(), unit("dear", 50.0)], {"A": 50.0})
    assert dear.energy["battery"] == pytest.approx(0.0)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"load": Bands((10.0, 95.0), (20.0, 20.0))}, "bought at 95 and sold at 90"),
        ({"load": None, "load_services": {"LOWERREG": offer(0.0)}}, "a load side that is not"),
        ({"load_services": {"RAISE6SEC": offer(0.0)}}, "only regulation has sides"),
    ],
)
def test_a_battery_that_breaks_a_rule_of_its_sides_is_refused(
    changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        dispatch_nem([battery(**changes)], {"A": 10.0})


def test_a_full_interconnector_parts_the_prices() -> None:
    units = [unit("cheap", 20.0, 300.0), unit("dear", 90.0, region="B")]
    line = Interconnector("A-B", "A", "B", -50.0, 60.0)
    found = dispatch_nem(units, {"A": 100.0, "B": 80.0}, (), [line])
    assert found.flows["A-B"] == pytest.approx(60.0)
    assert found.energy_prices == pytest.approx({"A": 20.0, "B": 90.0})


def test_losses_stand_between_the_prices() -> None:
    units = [unit("cheap", 20.0, 300.0), unit("dear", 90.0, region="B")]
    line = Interconnector("A-B", "A", "B", -90.0, 90.0, loss=0.1)
    found = dispatch_nem(units, {"A": 100.0, "B": 45.0}, (), [line])
    assert found.flows["A-B"] == pytest.approx(50.0)
    assert found.energy_prices["B"] == pytest.approx(20.0 / 0.9)


@pytest.mark.parametrize(
    ("units", "needs", "message"),
    [
        ([unit("a", 20.0)], [], "demand of A"),
        ([unit("a", 20.0, 200.0)], [Requirement("RAISE6SEC", ("A",), 1.0)], "requirement of RAISE"),
        ([unit("a", 20.0, services={"RAISE2SEC": offer(0.0)})], [], "'RAISE2SEC'"),
        ([unit("a", 20.0, 200.0)], [Requirement("raise_6s", ("A",), 1.0)], "'raise_6s'"),
        ([unit("a", 20.0, region="C")], [], "region 'C'"),
        ([NemUnit("a", "A", Bands((2.0, 1.0), (5.0, 5.0)), 10.0)], [], "give them rising"),
        ([NemUnit("a", "A", Bands((1.0,) * 11, (1.0,) * 11), 11.0)], [], "one to 10"),
    ],
)
def test_what_cannot_be_dispatched_is_named(
    units: list[NemUnit], needs: list[Requirement], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        dispatch_nem(units, {"A": 130.0}, needs)
