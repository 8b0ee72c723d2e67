"""Transaction costs of a few orders, reckoned by hand."""

from typing import Any

import polars as pl
import pytest

from wattbook.errors import InputError
from wattbook.execution.tca import transaction_costs
from wattbook.runtime.report.tca import costs_page

SECOND = 10**9
TIME = pl.Datetime("ns", "UTC")


def table(columns: dict[str, Any]) -> pl.DataFrame:
    """Return a table whose column of times is UTC."""
    frame = pl.DataFrame(columns)
    times = [name for name in ("ts_recv", "starts", "ends") if name in frame.columns]
    return frame.with_columns((pl.col(name) * SECOND).cast(TIME) for name in times)


def made_up() -> dict[str, pl.DataFrame]:
    """Return a purchase of 4 MW of two hours that is filled by 3, and a sale without a parent."""
    return {
        "define_instrument": table(
            {
                "instrument": [0], "symbol": ["H"], "venue": [0], "tick": [0.5],
                "delivery_seconds": [7_200], "price_unit": ["megawatt_hour"],
                "volume_unit": ["megawatt"],
            }
        ),
        "define_venue": pl.DataFrame({"venue": [0], "name": ["made up"]}),
        "quote": table(
            {
                "instrument": [0] * 4, "ts_recv": [0, 10, 20, 30],
                "bid_price": [-3.0, -2.0, -1.0, 1.0], "ask_price": [-1.0, 0.0, 1.0, 3.0],
                "bid_volume": [5.0] * 4, "ask_volume": [5.0] * 4,
            }
        ),
        "trade": table(
            {
                "instrument": [0] * 3, "ts_recv": [5, 11, 40], "price": [-2.0, 1.0, 7.0],
                "volume": [3.0, 1.0, 9.0],
            }
        ),
        "order_routed": table(
            {
                "order_id": [2, 3, 9], "instrument": [0, 0, 0], "side": ["buy", "buy", "sell"],
                "strategy": [1, 1, 2], "volume": [3.0, 1.0, 2.0],
                "time_in_force": ["day", "day", "immediate_or_cancel"],
                "parent": [1, 1, None], "ts_recv": [1, 12, 25],
            }
        ),
        "order_accepted": table({"order_id": [2, 3], "ts_recv": [2, 13]}),
        "filled": table(
            {
                "order_id": [2, 9], "trade": [1, 2], "price": [-2.0, -1.0], "volume": [3.0, 2.0],
                "fee": [0.5, 0.25], "is_maker": [True, False], "ts_recv": [11, 25],
            }
        ),
        "order_rejected": table({"order_id": [3], "reason": ["outside_collar"]}),
        "parent_opened": table(
            {
                "parent": [1], "strategy": [1], "instrument": [0], "side": ["buy"],
                "algorithm": ["twap"], "volume": [4.0], "starts": [1], "ends": [30],
                "forecast_price": [-1.5], "forecast_fee": [0.125], "limit": [None],
            }
        ),
        "parent_ended": table(
            {"parent": [1], "ts_recv": [30], "reason": ["time_over"], "end_price": [2.0]}
        ),
    }  # fmt: skip


def test_an_order_that_was_enlarged_is_filled_by_its_new_volume() -> None:
    events = made_up()
    events["order_amended"] = pl.DataFrame({"order_id": [9, 9], "volume": [3.0, 4.0]})
    found = transaction_costs(events)
    row = found.parents.filter(pl.col("parent").is_null()).row(0, named=True)
    assert (row["volume"], row["filled"], row["fill_rate"]) == (4.0, 2.0, 0.5)
    assert found.venues["ordered"].to_list() == [3.0 + 1.0 + 4.0]


def test_an_order_against_arrival_vwap_and_close() -> None:
    row = transaction_costs(made_up()).parents.filter(pl.col("parent") == 1).row(0, named=True)
    assert (row["arrival"], row["half_spread"]) == (-2.0, 1.0)
    assert row["mean_price"] == row["arrival"], "bought at the middle of the arrival"
    assert row["against_arrival"] == 0.0
    # Trades from 1 s to 30 s: 3 at −2, 1 at 1.
    assert row["vwap"] == pytest.approx(-1.25)
    assert row["against_vwap_ticks"] == pytest.approx(-1.5)
    assert row["against_close"] == pytest.approx(-9.0)
    # 3 MW over two hours.
    assert row["against_close_currency"] == pytest.approx(-54.0)
    assert row["fill_rate"] == 0.75
    assert row["forecast_cost"] == pytest.approx(0.5)
    # 4 MW over two hours.
    assert row["forecast_fees"] == pytest.approx(1.0)
    assert (row["unfilled"], row["unfilled_markout"], row["unfilled_currency"]) == (1.0, 4.0, 8.0)
    assert row["participation"] == pytest.approx(0.75)
    assert (row["queue_seconds"], row["maker_share"], row["fees"]) == (9.0, 1.0, 0.5)
    assert row["ended"] == "time_over"


def test_orders_without_a_parent_are_kept_together() -> None:
    row = transaction_costs(made_up()).parents.filter(pl.col("parent").is_null()).row(0, named=True)
    assert (row["algorithm"], row["side"], row["filled"]) == ("direct", "sell", 2.0)
    # Sold at −1 while the middle was 0.
    assert row["against_arrival"] == pytest.approx(1.0)
    assert row["arrival_half_spreads"] == pytest.approx(1.0)


def test_marks_after_a_fill_and_what_the_market_moved() -> None:
    fills = transaction_costs(made_up(), horizons=(10.0,)).fills
    bought, sold = fills.row(0, named=True), fills.row(1, named=True)
    # Bought at −2 with the middle at −1; ten seconds later it is 0.
    assert (bought["markout_10"], bought["adverse_10"]) == (2.0, -1.0)
    # Sold at −1 with the middle at 0; ten seconds later it is 2.
    assert (sold["markout_10"], sold["adverse_10"]) == (-3.0, 2.0)


def test_venues_and_refusals() -> None:
    found = transaction_costs(made_up())
    venue = found.venues.row(0, named=True)
    assert (venue["name"], venue["orders"], venue["refused"]) == ("made up", 3, 1)
    assert venue["fill_rate"] == pytest.approx(5 / 6)
    assert venue["accept_seconds"] == pytest.approx(1.0)
    assert found.refusals.rows() == [("venue", 0, "made up", "outside_collar", 1)]


def test_events_without_a_market_are_refused() -> None:
    events = made_up()
    del events["quote"]
    with pytest.raises(InputError, match="hold no quote"):
        transaction_costs(events)


def test_a_run_without_parents_fills_or_trades_has_costs_all_the_same() -> None:
    events = {name: made_up()[name] for name in ("define_instrument", "quote", "order_routed")}
    events["order_routed"] = events["order_routed"].drop("parent")
    found = transaction_costs(events)
    assert found.fills.is_empty()
    assert found.parents["fill_rate"].to_list() == [0.0, 0.0]
    assert found.parents["unfilled"].sum() == 6.0


def test_an_order_that_gave_up_has_waited_and_fees_are_part_of_the_cost() -> None:
    events = made_up()
    events["order_cancelled"] = table(
        {"order_id": [3, 2], "reason": ["expired", "requested"], "ts_recv": [20, 29]}
    )
    found = transaction_costs(events)
    row = found.venues.row(0, named=True)
    # Order 2 filled after 9 s; order 3 was accepted at 13 s and ended at 20 s without a fill.
    assert (row["queue_seconds"], row["waited_seconds"]) == (9.0, 7.0)
    # 0.75 EUR on 5 MW of two hours.
    assert row["cost_after_fees"] == pytest.approx(row["against_mid"] + 0.75 / 10.0)
    assert ("venue, in the book", 0, "made up", "expired", 1) in found.refusals.rows()


def test_what_crossed_within_the_desk_never_was_at_the_venue() -> None:
    events = made_up()
    before = transaction_costs(events)
    assert before.netted.is_empty()
    # The sale of 2 MW crosses with 2 of the 3 MW that were bought.
    events["orders_netted"] = table(
        {
            "ts_recv": [25], "buy": [2], "sell": [9], "trade": [2], "instrument": [0],
            "price": [-1.0], "volume": [2.0], "bid": [-2.0], "ask": [0.0],
        }
    )  # fmt: skip
    after = transaction_costs(events)
    row = after.netted.row(0, named=True)
    assert (row["buyer"], row["seller"], row["deals"], row["volume"]) == (1, 2, 1, 2.0)
    # A spread of 2 on 2 MW of two hours.
    assert row["spread_saved"] == 8.0
    assert before.venues["orders"].to_list() == [3]
    assert after.venues["orders"].to_list() == [2], "the sale was sent nowhere"
    assert after.fills["is_netted"].to_list() == [False, True]


def test_a_sweep_counts_what_it_did_at_every_place() -> None:
    events = made_up()
    other = events["define_instrument"].with_columns(instrument=pl.lit(7, pl.Int64))
    events["define_instrument"] = pl.concat([events["define_instrument"], other])
    events["order_routed"] = events["order_routed"].with_columns(
        instrument=pl.when(pl.col("order_id") == 3).then(7).otherwise(pl.col("instrument"))
    )
    more = events["filled"].head(1).with_columns(order_id=pl.lit(3, pl.Int64), volume=pl.lit(1.0))
    events["filled"] = pl.concat([events["filled"], more])
    swept = events["parent_opened"].with_columns(algorithm=pl.lit("sweep"))
    found = transaction_costs({**events, "parent_opened": swept}).parents
    assert found.filter(pl.col("parent") == 1)["filled"].to_list() == [4.0]
    # The legs of a spread are other products: each stands for itself.
    found = transaction_costs(events).parents
    assert found.filter(pl.col("parent") == 1)["filled"].to_list() == [3.0]


@pytest.mark.parametrize("algorithm", ["spread", "basket"])
def test_each_leg_has_a_row_of_its_own(algorithm: str) -> None:
    events = made_up()
    for name in ("define_instrument", "quote"):
        other = events[name].with_columns(instrument=pl.lit(7, pl.Int64))
        events[name] = pl.concat([events[name], other])
    # Order 3 sells the other instrument, as the leg that is a parent of its own.
    is_other = pl.col("order_id") == 3
    events["order_routed"] = events["order_routed"].with_columns(
        instrument=pl.when(is_other).then(7).otherwise(pl.col("instrument")),
        side=pl.when(is_other).then(pl.lit("sell")).otherwise(pl.col("side")),
        parent=pl.when(is_other).then(9).otherwise(pl.col("parent")),
    )
    more = events["filled"].head(1).with_columns(order_id=pl.lit(3, pl.Int64), fee=pl.lit(0.125))
    events["filled"] = pl.concat([events["filled"], more])
    opened = events["parent_opened"].with_columns(algorithm=pl.lit(algorithm))
    second = opened.filter(pl.col("parent") == 1).with_columns(
        parent=pl.lit(9, opened.schema["parent"]),
        instrument=pl.lit(7, pl.Int64),
        side=pl.lit("sell", opened.schema["side"]),
    )
    opened = pl.concat([opened, second])
    found = transaction_costs({**events, "parent_opened": opened}).parents
    legs = found.filter(pl.col("parent").is_in([1, 9])).sort("instrument")
    assert legs["side"].to_list() == ["buy", "sell"]
    assert legs["filled"].to_list() == [3.0, 3.0]
    assert legs["volume"].to_list() == [4.0, 4.0]
    assert legs["fees"].to_list() == [0.5, 0.125]
    # Both filled at −2 where the middle was −2.
    assert legs["against_arrival"].to_list() == [0.0, 0.0]
    page = costs_page(transaction_costs({**events, "parent_opened": opened}), "r")
    assert f"{algorithm}, sell 4 H" in page


def test_what_the_gate_refused_is_told_though_no_order_was_sent() -> None:
    events = made_up()
    for name in ("order_routed", "order_accepted", "order_rejected", "filled"):
        del events[name]
    events["refused"] = pl.DataFrame({"refusal_kind": ["OrderVolume"] * 8})
    found = transaction_costs(events)
    row = found.parents.row(0, named=True)
    assert (row["fill_rate"], row["unfilled"], row["unfilled_markout"]) == (0.0, 4.0, 4.0)
    assert found.refusals["reason"].to_list() == ["OrderVolume"]
    assert found.venues.is_empty()
    assert "OrderVolume" in costs_page(found, "r")


def test_a_run_that_ordered_nothing_is_told_so() -> None:
    events = {name: made_up()[name] for name in ("define_instrument", "quote")}
    with pytest.raises(InputError, match="nothing was ordered"):
        transaction_costs(events)
