"""Whatever the terms: rows add up to invoices, collars hold, and both sides share what is there."""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattbook.assets.contracts import (
    Baseload,
    Collar,
    FixedPrice,
    MarketPrice,
    NegativePriceClause,
    PayAsProduced,
    Ppa,
    YearBounds,
    buyer_cash,
    fair_level,
    lines,
    scenario_values,
    settle_ppa,
)
from wattbook.market.curves import CurveGrid, curve_grid

CENT = Decimal("0.01")
PRICES: Any = st.one_of(
    st.floats(-20.0, 150.0).map(lambda one: FixedPrice(round(one, 4))),
    st.floats(0.0, 9.0).map(lambda one: MarketPrice(round(one, 4))),
)
VOLUMES: Any = st.one_of(
    st.floats(0.05, 1.0).map(lambda one: PayAsProduced(one, cap_mw=3.0)),
    st.floats(0.1, 5.0).map(Baseload),
)
COLLARS = st.tuples(
    st.floats(-10.0, 60.0), st.floats(0.0, 60.0), st.sampled_from(["period", "month"])
).map(lambda made: Collar(made[0], made[0] + made[1], made[2]))  # type: ignore[arg-type]
COUNTS: Any = st.sampled_from(["whole", "after"])
CLAUSES = st.one_of(
    st.none(),
    st.builds(
        NegativePriceClause,
        st.sampled_from([0.0, 0.5, 1.0, 4.0]),
        st.sampled_from(["whole", "after"]),
    ),
)


def outcome(seed: int, step: str) -> tuple[CurveGrid, Any, Any]:
    """Return four days over the end of a month and a change of the clock."""
    grid = curve_grid("DE-LU", dt.date(2027, 10, 29), dt.date(2027, 11, 2), step)
    chance = np.random.default_rng(seed)
    spot = np.round(chance.normal(30.0, 50.0, len(grid)), 2)
    production = chance.uniform(-0.1, 4.0, len(grid)) * grid.hours
    return grid, spot, production


@settings(max_examples=60)
@given(
    PRICES, VOLUMES, COLLARS, CLAUSES,
    st.sampled_from(["physical", "difference"]),
    st.sampled_from(["quarter_hour", "half_hour", "hour"]),
    st.integers(0, 10**6),
)  # fmt: skip
def test_rows_add_up_to_invoices_and_collars_hold(
    price: Any, volume: Any, collar: Collar, clause: Any, settlement: Any, step: str, seed: int
) -> None:
    grid, spot, production = outcome(seed, step)
    ppa = Ppa(
        "any", dt.date(2027, 10, 29), price, volume, settlement,
        collar=collar, negative_prices=clause,
    )  # fmt: skip
    settled = settle_ppa(ppa, grid, spot, production)
    invoices, rows = settled.invoices(), settled.table
    assert invoices["hours"].to_list() == [73.0, 24.0]
    assert settled.amount == invoices["amount"].sum() == rows["amount"].sum()
    for exact, due in zip(invoices["amount_exact"], invoices["amount"], strict=True):
        assert due == exact.quantize(CENT, ROUND_HALF_EVEN)
    apart = (rows["amount_exact"] - rows["amount"]).abs().max()
    assert isinstance(apart, Decimal)
    assert apart < CENT
    found = lines(ppa, grid, spot, production)
    assert float(settled.amount) == pytest.approx(found.payment.sum(), abs=0.02)
    assert (found.volume >= 0.0).all()
    near = 1e-9
    if collar.over == "period":
        assert found.price.min() >= collar.floor - near
        assert found.price.max() <= collar.cap + near
    else:
        for month in (slice(None, 73 * len(grid) // 97), slice(73 * len(grid) // 97, None)):
            taken = found.volume[month].sum()
            if taken > 0.0:
                mean = float(found.price[month] @ found.volume[month] / taken)
                assert collar.floor - near <= mean <= collar.cap + near
    assert (found.payment[found.is_suspended] == 0.0).all()


@settings(max_examples=40)
@given(PRICES, VOLUMES, CLAUSES, st.integers(0, 10**6))
def test_buyer_and_seller_share_what_the_plant_earns(
    price: Any, volume: Any, clause: Any, seed: int
) -> None:
    grid, spot, production = outcome(seed, "hour")
    both = {
        settlement: Ppa(
            "any", dt.date(2027, 10, 29), price, volume, settlement, negative_prices=clause
        )
        for settlement in ("physical", "difference")
    }
    for ppa in both.values():
        buyer = scenario_values(ppa, grid, spot, production)
        seller = scenario_values(ppa, grid, spot, production, side="seller")
        assert float(buyer[0] + seller[0]) == pytest.approx(float(spot @ production))
    if clause is None:
        # Delivered or not, at the price of each period the gain is one.
        cash = [buyer_cash(ppa, grid, spot, production) for ppa in both.values()]
        assert cash[0] == pytest.approx(cash[1])
    level = fair_level(both["physical"], grid, spot, production)
    at_fair = buyer_cash(both["physical"].at_level(level), grid, spot, production)
    assert float(at_fair.sum()) == pytest.approx(0.0, abs=1e-5)


@settings(max_examples=30)
@given(st.floats(0.0, 900.0), st.floats(0.0, 900.0), st.integers(0, 10**6))
def test_bounds_part_the_volume_and_never_lose_it(least: float, more: float, seed: int) -> None:
    grid, spot, production = outcome(seed, "hour")
    ppa = Ppa(
        "bounds", dt.date(2027, 10, 29), FixedPrice(40.0), PayAsProduced(),
        bounds=YearBounds(least, least + more, excess_share=0.5),
    )  # fmt: skip
    found = lines(ppa, grid, spot, production)
    free = lines(Ppa("free", ppa.start, ppa.price, ppa.volume), grid, spot, production)
    assert found.volume + found.excess == pytest.approx(free.volume)
    assert found.volume.sum() <= least + more + 1e-9
    assert found.shortfall.sum() == 0.0
