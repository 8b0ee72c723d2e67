"""Spreads with their heating values, tolling by its best schedule, rights to ship."""

import datetime as dt
from itertools import groupby
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattbook.assets.contracts import (
    API2_COAL,
    GAS_MMBTU,
    GAS_MWH,
    GAS_THERM,
    Conversion,
    Fuel,
    Tolling,
    TransportRight,
    kirk,
    normal_spread_option,
    on_periods,
    right_intrinsic,
    right_value,
    settle_right,
    spread_table,
    value_tolling,
)
from wattbook.errors import InputError
from wattbook.market.curves import CurveGrid, curve_grid

AS_OF = dt.date(2026, 12, 31)


def hours(first: dt.date, count: int = 1, step: str = "hour") -> CurveGrid:
    return curve_grid("DE-LU", first, first + dt.timedelta(days=count), step)


def test_a_clean_spark_spread_states_its_heating_values() -> None:
    plant = Conversion(GAS_MWH, 0.4913, "HHV")
    assert plant.fuel_per_mwh == pytest.approx(1 / 0.4913)
    # 56.1 kg/GJ of the lower heating value are 0.181764 t a MWh of the higher.
    assert plant.emission_t_mwh == pytest.approx(0.0561 * 3.6 * 0.9 / 0.4913)
    spread = plant.clean_spread(90.0, 30.0, co2_price=80.0)
    assert float(spread) == pytest.approx(90 - 30 / 0.4913 - 80 * 0.181764 / 0.4913)
    same = Conversion(GAS_MWH, 0.4913 / 0.9, "LHV")
    assert same.fuel_per_mwh == pytest.approx(plant.fuel_per_mwh)
    assert same.emission_t_mwh == pytest.approx(plant.emission_t_mwh)


def test_units_of_one_fuel_give_one_spread() -> None:
    mwh = Conversion(GAS_MWH, 0.5, "HHV")
    therms = Conversion(GAS_THERM, 0.5, "HHV")
    mmbtu = Conversion.of_heat_rate(mwh.heat_rate)
    assert mmbtu.fuel is GAS_MMBTU
    price = 30.0
    for other, factor in ((therms, 0.0293071070172), (mmbtu, 0.293071070172)):
        assert float(other.spread(80.0, price * factor)) == pytest.approx(20.0)
    # A heat rate of 7 and gas at 3 dollars: 21 dollars of fuel.
    assert float(Conversion.of_heat_rate(7.0).spread(40.0, 3.0)) == pytest.approx(19.0)


def test_a_dark_spread_takes_tonnes_and_a_currency() -> None:
    plant = Conversion(API2_COAL, 0.38, "LHV", operation_cost=2.0)
    assert API2_COAL.unit_mwh == pytest.approx(6.978)
    spread = plant.clean_spread(90.0, 110.0, co2_price=80.0, fx=0.9)
    fuel, co2 = 110 * 0.9 / (0.38 * 6.978), 80 * 94.6e-3 * 3.6 / 0.38
    assert float(spread) == pytest.approx(90 - 2 - fuel - co2)


def test_gas_days_lie_under_hours_of_power() -> None:
    power = hours(dt.date(2027, 3, 28), 2)
    gas = curve_grid("TTF", dt.date(2027, 3, 27), dt.date(2027, 3, 30), "day")
    price = on_periods(gas, np.array([20.0, 30.0, 40.0]), power)
    # The gas day starts at six, by the clock that skips an hour that night.
    assert price.tolist() == [20.0] * 5 + [30.0] * 24 + [40.0] * 18
    table = spread_table(power, Conversion(GAS_MWH, 0.5, "HHV"), np.full(47, 100.0), price)
    assert table["spread"].to_list() == [60.0] * 5 + [40.0] * 24 + [20.0] * 18
    assert table["clean_spread"].to_list() == table["spread"].to_list()
    with pytest.raises(
        InputError, match="has no price for all of the period from 2027-03-30T04:00"
    ):
        on_periods(gas, np.ones(3), hours(dt.date(2027, 3, 29), 2))


TOLL = Tolling(
    "plant",
    Conversion(GAS_MWH, 0.5, "HHV", operation_cost=1.0),
    100.0,
    power_min_mw=40.0,
    efficiency_loss=0.2,
    start_cost=3_000.0,
    start_fuel=50.0,
    up_min_hours=3.0,
    down_min_hours=2.0,
    toll_per_mw_month=310.0,
    hours_on=-10.0,
)


def enumerated(terms: Tolling, price: Any, fuel: float, co2: float) -> float:
    """Return the best value over every sequence of on and off, power free in each hour."""
    need, emitted = terms.conversion.fuel_per_mwh, terms.conversion.fuel.emission_t_unit
    cost = fuel + co2 * emitted
    best = 0.0
    for pattern in range(2 ** len(price)):
        on = [bool(pattern >> hour & 1) for hour in range(len(price))]
        runs = [(len(list(group)), is_on) for is_on, group in groupby(on)]
        # The run before the first is ten hours off, and the last may go on.
        inner = runs[:-1] if on[0] else runs[1:-1]
        if any(length < (3 if is_on else 2) for length, is_on in inner):
            continue
        value = 0.0
        before = False
        for hour, is_on in enumerate(on):
            if is_on:
                margins = []
                for power, loss in ((100.0, 0.0), (40.0, 0.2)):
                    margins.append(power * (price[hour] - 1.0) - power * need / (1 - loss) * cost)
                value += max(margins)
                if not before:
                    value -= 3_000.0 + 50.0 * cost
            before = is_on
        best = max(best, value)
    return best


@pytest.mark.long
@given(st.lists(st.integers(20, 160), min_size=10, max_size=10), st.integers(15, 40))
def test_a_toll_is_worth_its_best_schedule(prices: list[int], fuel: int) -> None:
    grid = hours(dt.date(2027, 1, 4))
    price = np.array(prices + [0] * 14, np.float64)
    found = value_tolling(TOLL, grid, price, float(fuel), 70.0)
    toll = 310.0 * 100.0 / 31
    assert found.months["toll"].sum() == pytest.approx(toll)
    assert found.value == pytest.approx(found.schedule.value - toll)
    assert found.schedule.value == pytest.approx(enumerated(TOLL, price[:12], fuel, 70.0))


def test_quarter_hours_cost_a_quarter_of_an_hour() -> None:
    price = np.array([40.0] * 6 + [130.0] * 6 + [30.0] * 6 + [90.0] * 6)
    by_hour = value_tolling(TOLL, hours(dt.date(2027, 1, 4)), price, 25.0, 70.0)
    finer = hours(dt.date(2027, 1, 4), step="quarter_hour")
    by_quarter = value_tolling(TOLL, finer, np.repeat(price, 4), 25.0, 70.0)
    assert by_quarter.value == pytest.approx(by_hour.value)
    assert by_quarter.months["starts"].to_list() == by_hour.months["starts"].to_list()
    with pytest.raises(InputError, match="give hours or quarter-hours, not days"):
        value_tolling(
            TOLL, curve_grid("DE-LU", dt.date(2027, 3, 27), dt.date(2027, 3, 29), "day"),
            np.zeros(2), 1.0,
        )  # fmt: skip


def test_an_exchange_option_is_that_of_a_quadrature() -> None:
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    weights = weights / weights.sum()
    for there, here, cost, rho in ((50.0, 45.0, 0.0, 0.7), (45.0, 40.0, 2.0, 0.9)):
        first, second, years = 0.5, 0.35, 0.75
        one = nodes[:, None]
        two = rho * one + np.sqrt(1 - rho**2) * nodes[None, :]
        ahead = there * np.exp(first * np.sqrt(years) * one - first**2 * years / 2)
        behind = here * np.exp(second * np.sqrt(years) * two - second**2 * years / 2)
        paid = weights[:, None] * weights[None, :] * np.maximum(ahead - behind - cost, 0.0)
        worth = float(kirk(there, here, cost, years, volatilities=(first, second), correlation=rho))
        # Margrabe is exact, a quadrature of a kink is not; Kirk is near.
        assert worth == pytest.approx(paid.sum(), rel=0.01 if cost else 0.004)

    def either(there: float, here: float) -> list[float]:
        return [
            float(kirk(there, here, 0.0, 1.0, volatilities=(0.4, 0.3), correlation=0.5)),
            float(normal_spread_option(there - here, 0.0, 1.0, volatility=9.0)),
        ]

    # The right to ship one way less the right to ship the other way is the spread.
    for ahead_of, behind_of in zip(either(50.0, 45.0), either(45.0, 50.0), strict=True):
        assert ahead_of - behind_of == pytest.approx(5.0)
    assert float(kirk(50.0, 45.0, 2.0, 0.0, volatilities=(0.4, 0.3), correlation=0.0)) == 3.0
    assert float(normal_spread_option(-5.0, 0.0, 0.0, volatility=9.0)) == 0.0


KINDS: tuple[Any, ...] = ("physical", "option", "obligation")
RIGHTS = {kind: TransportRight("DE to FR", kind, 10.0, price=1.0) for kind in KINDS}


def test_rights_are_paid_the_spread_as_their_kind_says() -> None:
    grid = hours(dt.date(2027, 3, 28))
    here = np.array([50.0, 30.0, -10.0] + [40.0] * 20)
    there = np.array([60.0, 20.0, -30.0] + [40.0] * 20)
    paid = {
        kind: settle_right(right, grid, here, there)["amount"].to_list()[:3]
        for kind, right in RIGHTS.items()
    }
    assert paid["option"] == paid["physical"] == [90.0, -10.0, -10.0]
    assert paid["obligation"] == [90.0, -110.0, -210.0]
    nominated = np.array([4.0, 10.0] + [0.0] * 21)
    table = settle_right(RIGHTS["physical"], grid, here, there, nominated)
    # Shipped against the spread: a loss that was chosen.
    assert table["shipping_amount"].to_list()[:2] == [40.0, -100.0]
    assert table["sold_amount"].to_list()[:2] == [60.0, 0.0]
    assert table["capacity_cost"].sum() == 230.0
    gas = TransportRight("gas", "physical", 10.0, tariff=0.5, loss=0.02, resale_share=0.0)
    shipped = settle_right(gas, grid, np.full(23, 29.4), np.full(23, 32.0), np.full(23, 10.0))
    assert shipped["amount"].to_list() == pytest.approx([10 * (32.0 - 30.0 - 0.5)] * 23)
    assert settle_right(gas, grid, here, there)["amount"].sum() == 0.0


def test_a_right_is_a_strip_of_options() -> None:
    grid = hours(dt.date(2027, 7, 1), 2)
    here, there = np.full(48, 40.0), np.full(48, 42.0)
    right = TransportRight("gas", "physical", 5.0, tariff=3.0)
    found = right_value(
        right, grid, here, there, as_of=AS_OF, volatilities=(0.3, 0.4), correlation=0.8
    )
    assert found.intrinsic == 0.0
    assert found.time_value == found.value > 0.0
    each = [
        float(kirk(42.0, 40.0, 3.0, days / 365, volatilities=(0.4, 0.3), correlation=0.8))
        for days in (181, 182)
    ]
    assert found.value == pytest.approx(24 * 5 * sum(each))
    normal = right_value(right, grid, here - 60, there - 60, as_of=AS_OF, spread_volatility=8.0)
    assert normal.value > 0.0
    swap = right_value(RIGHTS["obligation"], grid, there, here, as_of=AS_OF, spread_volatility=8.0)
    assert (swap.value, swap.capacity_cost) == (-48 * 10 * 2.0, 480.0)
    assert right_intrinsic(RIGHTS["option"], grid, there, here).sum() == 0.0
    with pytest.raises(InputError, match="use normal_spread_option"):
        right_value(right, grid, here - 60, there, as_of=AS_OF, volatilities=(0.3, 0.4))
    with pytest.raises(InputError, match="give volatilities of both prices, or one of"):
        right_value(right, grid, here, there, as_of=AS_OF)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Conversion(GAS_MWH, 1.01, "HHV"), "efficiency 1.01 on HHV; give a share"),
        (lambda: Conversion(GAS_MWH, 0.5, "NCV"), "efficiency on 'NCV'; use HHV or LHV"),  # type: ignore[arg-type]
        (lambda: Conversion.of_heat_rate(3.0), "heat rate 3.0 MMBtu/MWh; give 3.412 or more"),
        (lambda: Fuel("x", "t", 0.0, "LHV", 1.0, 0.1), "unit_mwh 0.0"),
        (lambda: Fuel("x", "t", 1.0, "LHV", 1.1, 0.1), "lower_share 1.1"),
        (lambda: Fuel("x", "t", 1.0, "LHV", 1.0, -0.1), "emission_t_mwh -0.1"),
        (lambda: Tolling("t", TOLL.conversion, 10.0, 20.0), "power from 20.0 to 10.0 MW"),
        (lambda: Tolling("t", TOLL.conversion, 10.0, efficiency_loss=1.0), "efficiency_loss 1.0"),
        (lambda: Tolling("t", TOLL.conversion, 10.0, start_cost=-1.0), "is below 0; give 0"),
        (lambda: TransportRight("r", "swap", 1.0), "kind 'swap'; use one of physical"),  # type: ignore[arg-type]
        (lambda: TransportRight("r", "option", 0.0), "0.0 MW; give a capacity above 0"),
        (
            lambda: TransportRight("r", "option", 1.0, tariff=1.0),
            "a financial option ships nothing",
        ),
        (lambda: TransportRight("r", "physical", 1.0, loss=1.0), "loss 1.0; give a share"),
    ],
)
def test_bad_terms_are_named(make: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        make()


def test_nominations_stay_within_the_capacity() -> None:
    grid = hours(dt.date(2027, 1, 4))
    flat = np.full(24, 40.0)
    with pytest.raises(InputError, match=r"11.0 MW are nominated in period 0 of 10.0 MW"):
        settle_right(RIGHTS["physical"], grid, flat, flat, np.full(24, 11.0))
    with pytest.raises(InputError, match="is financial; nothing can be nominated"):
        settle_right(RIGHTS["option"], grid, flat, flat, np.full(24, 1.0))
