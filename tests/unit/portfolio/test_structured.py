"""Why the worth of structured trades changed: lines of a close, Greeks."""

from __future__ import annotations

import datetime as dt
import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.portfolio.structured_deals import (
    DAY,
    EUR,
    NO_DEALS,
    call,
    prices,
    table,
)

from wattbook.portfolio.book import (
    GREEKS,
    CloseInputs,
    StructuredInputs,
    close_book,
    structured_values,
)
from wattbook.portfolio.book.structured_greeks import option_pnl
from wattbook.pricing import Model, european


@given(data=st.data())
@settings(max_examples=25)
def test_any_change_of_structured_deals_is_explained(data: st.DataObject) -> None:
    months = [dt.date(2027, 1 + at, 1) for at in range(4)]

    def market() -> pl.DataFrame:
        told = st.lists(st.floats(5.0, 90.0), min_size=4, max_size=4)
        unit = data.draw(st.sampled_from(["megawatt_hour", "gigajoule"]))
        return prices(
            *(("TTF", month, one, "USD", unit)
              for month, one in zip(months, data.draw(told), strict=True))
        )  # fmt: skip

    def deal(name: str, version: int, traded: dt.date) -> pl.DataFrame:
        flows = [
            call(
                data.draw(st.floats(5.0, 90.0)), month=month, exercise=data.draw(st.integers(0, 2)),
                expiry=month, quantity=data.draw(st.floats(1.0, 500.0)),
            )
            for month in months
        ]  # fmt: skip
        # Flows of one exercise expire together.
        flows = [
            call(-one.amount / 100.0, month=one.month, exercise=one.exercise, expiry=months[-1],
                 quantity=one.quantity)
            for one in flows
        ]  # fmt: skip
        return table(*flows, deal=name, version=version, traded=traded)

    before_day, day = (
        dt.date(2027, 1, 4),
        dt.date(2027, 1, 4) + dt.timedelta(days=data.draw(st.integers(1, 120))),
    )
    stands = deal("S-1", 1, before_day)
    amended = deal("S-1", 2, before_day)
    old = pl.concat([stands, deal("S-2", 1, before_day)])
    parts = [amended if data.draw(st.booleans()) else stands]
    if data.draw(st.booleans()):
        parts.append(deal("S-3", 1, data.draw(st.sampled_from([before_day, day]))))
    before = CloseInputs(before_day, NO_DEALS, {}, EUR, StructuredInputs(old, market()))
    now = CloseInputs(
        day, NO_DEALS, {}, {"EUR": 1.0, "USD": data.draw(st.floats(0.5, 1.5))},
        StructuredInputs(pl.concat(parts), market()),
    )  # fmt: skip
    found = close_book(now, before)
    scale = 1.0 + max(
        abs(float(one)) for one in [*found.structured["value"], *found.value.values()]
    )
    assert all(abs(one) <= 1e-9 * scale for one in found.unexplained.values())
    assert found.digest == close_book(now, before).digest
    lines = {line: amount for _, line, amount in found.pnl.iter_rows()}
    assert lines["withdrawn"] != 0.0 or np.isclose(
        structured_values(before.structured, now.structured, day, now.fx)[4:].sum(), 0.0
    )


@pytest.mark.parametrize("normal", [None, 12.0])
def test_greeks_explain_options_to_the_third_order(normal: float | None) -> None:
    april = dt.date(2027, 4, 1)
    volatility = None if normal else 0.5
    flows = pl.concat([table(call(30.0, sign=-1.0)), table(call(33.0, averages=True), deal="S-2")])

    def market(price: float, more: float) -> StructuredInputs:
        told = (volatility and volatility + more, normal and normal + 20.0 * more)
        return StructuredInputs(flows, prices(("TTF", april, price, "EUR", "megawatt_hour", *told)))

    before, left = market(32.0, 0.0), []
    for size in (1.0, 0.5):
        now = market(32.0 + 4.0 * size, 0.05 * size)
        found = option_pnl(before, now, DAY, DAY, EUR)
        change = [
            float(
                (
                    structured_values(now, now, DAY, EUR)
                    - structured_values(before, before, DAY, EUR)
                )[at]
            )
            for at in (0, 1)
        ]
        np.testing.assert_allclose(found.select(pl.sum_horizontal(GREEKS)).to_series(), change)
        left.append(np.abs(found["unexplained"].to_numpy()))
    assert (left[1] < left[0] / 5.0).all()
    first = found.row(0, named=True)
    model = Model.BACHELIER if normal else Model.BLACK
    plain = european(
        model, "call", forward=32.0, strike=30.0, time=(april - DAY).days / 365,
        volatility=normal or 0.5,
    )  # fmt: skip
    assert math.isclose(first["delta"], -100.0 * float(plain.delta) * 2.0, rel_tol=1e-3)
    assert math.isclose(first["gamma"], -100.0 * float(plain.gamma) * 2.0, rel_tol=1e-2)
    later = option_pnl(before, before, DAY, DAY + dt.timedelta(days=1), EUR)
    assert later["theta"][0] > 0.0  # what is sold earns the time
    assert abs(later["unexplained"][0]) < 1e-9
    expired = option_pnl(before, market(40.0, 0.0), DAY, april, EUR)
    assert math.isclose(expired.select(pl.sum_horizontal(GREEKS)).item(0, 0), -1_000.0 - float(
        structured_values(before, before, DAY, EUR)[0]))  # fmt: skip
