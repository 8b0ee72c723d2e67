"""Histories made at known rates give those rates back, and every book is rebuilt as it was."""

from __future__ import annotations

import math
import tomllib
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattbook.errors import InputError
from wattbook.market.order_history import (
    BUY,
    SELL,
    BookRates,
    Contract,
    Grid,
    MatchingBook,
    Rebuilt,
    fit_error,
    fit_rates,
    load_history,
    rebuild,
    simulate,
)
from wattbook.market.order_history.history import ACTION_TYPES
from wattbook.market.order_history.tables import rate_table, synthetic_book

HOUR = 3_600 * 10**9
GRID = Grid(minutes=(0, 30, 120, 300), ticks=(0, 20, 100, 400))
RATES = BookRates(
    GRID,
    limit=np.array(
        [
            [[40, 60, 20], [30, 50, 25]],
            [[20, 30, 10], [25, 20, 15]],
            [[10, 12, 6], [9, 8, 5]],
        ],
        dtype=float,
    ),
    market=np.array([[30, 25], [12, 15], [5, 4]], dtype=float),
    cancel=np.array([[3, 2.5], [1.5, 2], [1, 0.8]], dtype=float),
    limit_lots=(np.array([10, 20, 50]),) * 3,
    market_lots=(np.array([5, 10, 30]),) * 3,
)


def made(day: int, rates: BookRates = RATES) -> Contract:
    start = day * 24 * HOUR
    return simulate(
        rates,
        delivery_start=start,
        delivery_end=start + HOUR,
        begin=start - 5 * HOUR,
        bid=-50,
        ask=50,
        seed=day,
    )


@pytest.fixture(scope="module")
def books() -> list[Rebuilt]:
    return [rebuild(made(day)) for day in range(10, 50)]


def actions(*rows: tuple[int, int, int | None, int, str, int, int]) -> Contract:
    frame = pl.DataFrame(rows, schema=ACTION_TYPES, orient="row")
    return Contract(24 * HOUR, 25 * HOUR, frame)


@pytest.mark.parametrize("name", ["limit", "market", "cancel"])
def test_known_rates_are_found_within_four_standard_errors(books: list[Rebuilt], name: str) -> None:
    values, errors = fit_rates(books, GRID).estimate(name)
    assert np.all(errors > 0)
    assert np.abs((values - getattr(RATES, name)) / errors).max() < 4


def test_known_volumes_are_found_within_four_standard_errors(books: list[Rebuilt]) -> None:
    fit = fit_rates(books, GRID)
    for name, mean in (("limit", 80 / 3), ("market", 15)):
        values, errors = fit.lots(name)
        assert np.abs((values - mean) / errors).max() < 4


def test_rates_of_another_market_are_not_found(books: list[Rebuilt]) -> None:
    values, errors = fit_rates(books, GRID).estimate("cancel")
    assert np.abs((values - 2 * RATES.cancel) / errors).min() > 4


def test_every_order_is_counted_once_or_named_as_left_out(books: list[Rebuilt]) -> None:
    fit = fit_rates(books, GRID)
    came = sum(book.arrivals.height for book in books)
    assert fit.limit_counts.sum() + fit.market_counts.sum() + sum(fit.left_out.values()) == came
    assert fit.left_out == {"beyond": 0, "through": 0, "unplaced": 2 * len(books), "outside": 0}


def assert_same_book(contract: Contract) -> None:
    """Hold the rebuilt path against a book that matches for itself."""
    model, rebuilt = MatchingBook(), rebuild(contract)
    path = rebuilt.path.iter_rows(named=True)
    for ts, rows in groupby(contract.actions.iter_rows(), lambda row: row[0]):
        for _, order, _, side, code, price, lots in rows:
            if code == "A":
                model.enter(ts, order, side, price, lots)
            elif code == "D":
                model.remove(ts, order)
        seen = next(path)
        assert seen["ts_event"] == ts
        for side, name in ((BUY, "bid"), (SELL, "ask")):
            assert seen[name] == model.best(side)
            assert seen[f"{name}_lots"] == model.depth(side, 0)
            assert seen[f"{name}_depth"] == model.depth(side, 100)
    assert next(path, None) is None
    assert rebuilt.matched_lots[0] == rebuilt.matched_lots[1]
    assert not any(rebuilt.anomalies.values())


def test_a_rebuilt_book_is_the_generators_at_every_instant() -> None:
    assert_same_book(made(7))


@given(
    st.lists(
        st.tuples(
            st.sampled_from([BUY, SELL]),
            st.integers(-120, 120),
            st.integers(1, 9),
            st.none() | st.integers(0, 20),
        ),
        min_size=1,
        max_size=40,
    )
)
def test_any_flow_of_orders_is_rebuilt(flow: list[tuple[int, int, int, int | None]]) -> None:
    book, told = MatchingBook(), []
    for number, (side, price, lots, cancelled) in enumerate(flow, 1):
        told += book.enter(number, number, side, price, lots)
        if cancelled is not None:
            told += book.remove(number, cancelled)
    assert_same_book(actions(*((one.ts, one.order, None, *one[2:]) for one in told)))


def test_what_does_not_fit_is_counted_and_has_no_effect() -> None:
    found = rebuild(
        actions(
            (1, 1, None, BUY, "A", 100, 10),
            (2, 1, None, BUY, "A", 100, 10),
            (3, 9, None, BUY, "D", 100, 10),
            (4, 1, None, BUY, "P", 100, 12),
            (5, 8, None, SELL, "C", 100, 12),
            (6, 2, None, SELL, "A", 90, 1),
        )
    )
    assert found.anomalies == {
        "unknown_order": 2,
        "added_twice": 1,
        "negative_open": 0,
        "volume_grew": 1,
        "parent_still_there": 0,
        "crossed": 1,
    }
    assert found.path.row(-1) == (6, 100, 10, 90, 1, 10, 1)
    executed = rebuild(
        actions((1, 1, None, BUY, "A", 0, 5), (2, 1, None, BUY, "P", 0, 6)), "executed"
    )
    assert executed.anomalies["negative_open"] == 1


def test_both_readings_of_a_partial_match_are_told_apart_by_the_other_side() -> None:
    rows = (
        (1, 1, None, SELL, "A", 100, 10),
        (2, 2, None, BUY, "A", 100, 3),
        (2, 1, None, SELL, "P", 100, 7),
        (2, 2, None, BUY, "M", 100, 0),
    )
    assert rebuild(actions(*rows), "open").matched_lots == (3, 3)
    assert rebuild(actions(*rows), "executed").matched_lots == (3, 7)


def test_a_hibernated_order_leaves_and_comes_back() -> None:
    rows = (
        (1, 1, None, BUY, "A", 100, 10),
        (2, 1, None, BUY, "H", 100, 10),
        (3, 1, None, BUY, "A", 100, 10),
        (4, 1, None, BUY, "H", 100, 10),
        (5, 1, None, BUY, "D", 100, 10),
    )
    found = rebuild(actions(*rows))
    assert found.path["bid"].to_list() == [100, None, 100, None, None]
    assert not any(found.anomalies.values())


def test_an_iceberg_queues_again_without_an_arrival() -> None:
    rows = (
        (1, 1, None, SELL, "A", 100, 5),
        (2, 1, None, SELL, "M", 100, 0),
        (2, 2, 1, SELL, "I", 100, 5),
        (3, 3, 2, SELL, "I", 100, 5),
    )
    found = rebuild(actions(*rows))
    assert found.path["ask_lots"].to_list() == [5, 5, 5]
    assert found.arrivals.height == 1
    assert found.anomalies["parent_still_there"] == 1


@pytest.mark.parametrize(("order", "parent"), [(1, None), (2, 1)])
def test_a_change_moves_an_order_under_its_own_or_a_new_number(
    order: int, parent: int | None
) -> None:
    rows = ((1, 1, None, BUY, "A", 100, 5), (2, order, parent, BUY, "C", 120, 6))
    found = rebuild(actions(*rows, (3, order, None, BUY, "C", 120, 4)))
    assert found.path["bid"].to_list() == [100, 120, 120]
    assert found.path["bid_lots"].to_list() == [5, 6, 4]
    # Less volume at the same price is no cancellation, another price is one.
    assert found.stays["how"].to_list() == ["C", None]


@pytest.mark.long
def test_a_simulation_at_the_true_rates_is_close_and_the_same_for_one_seed(
    books: list[Rebuilt],
) -> None:
    fit = fit_rates(books, GRID)
    error = fit_error(fit, books[:12], runs=2, seed=5)
    assert error.contracts == 12
    # Bounds of this seed's size of sample; a wrong unit or side would be off by a factor.
    assert np.abs(error.relative).max() < 0.35
    again = fit_error(fit, books[:12], runs=2, seed=5)
    assert np.array_equal(error.simulated, again.simulated)


def test_what_comes_after_the_observation_is_not_counted(books: list[Rebuilt]) -> None:
    # An hour before the gate of the 30th contract; the later ones were not seen at all.
    last = GRID.gate(39 * 24 * HOUR) - HOUR
    fit = fit_rates(books, GRID, last=last)
    for name in ("limit", "market", "cancel"):
        values, errors = fit.estimate(name)
        assert np.abs((values - getattr(RATES, name)) / errors).max() < 4
    seen = [np.count_nonzero(book.trades <= last) for book in books]
    assert fit.trade_counts.sum() == sum(seen)
    came = sum(book.arrivals.height for book in books)
    assert fit.limit_counts.sum() + fit.market_counts.sum() + sum(fit.left_out.values()) == came


def test_the_error_on_other_days_is_against_those_days(books: list[Rebuilt]) -> None:
    # Days with twice as many trades, held against a fit of the usual ones.
    busy = BookRates(GRID, 2 * RATES.limit, 2 * RATES.market, 2 * RATES.cancel,
                     RATES.limit_lots, RATES.market_lots)  # fmt: skip
    fit = fit_rates(books, GRID)
    error = fit_error(fit, [rebuild(made(day, busy)) for day in range(10, 16)], runs=2, seed=5)
    trades = error.relative[3]
    assert np.all((trades > -0.7) & (trades < -0.3))


def test_what_came_before_the_first_quotes_does_not_count_against_the_fit() -> None:
    books = []
    for day in range(10, 16):
        start = day * 24 * HOUR
        # Hours with one large bid far off, then a market.
        alone = (start - 5 * HOUR, 10**6, None, BUY, "A", -50_000, 9_000)
        late = simulate(
            RATES,
            delivery_start=start,
            delivery_end=start + HOUR,
            begin=start - 3 * HOUR,
            bid=-50,
            ask=50,
            seed=day,
        )
        told = pl.concat([actions(alone).actions, late.actions])
        books.append(rebuild(Contract(start, start + HOUR, told)))
    error = fit_error(fit_rates(books, GRID), books, runs=2, seed=5)
    assert np.abs(error.relative[1]).max() < 0.5


@pytest.mark.long
def test_a_market_with_memory_is_not_fitted_well() -> None:
    # Every other contract is ten times as busy: means are right, no book looks like them.
    books = []
    for day in range(10, 14):
        busy = np.array([10.0 if day % 2 else 1.0] * 3)
        rates = BookRates(
            GRID,
            RATES.limit * busy[:, None, None],
            RATES.market * busy[:, None],
            RATES.cancel,
            RATES.limit_lots,
            RATES.market_lots,
        )
        books.append(rebuild(made(day, rates)))
    error = fit_error(fit_rates(books, GRID), books, runs=1)
    assert error.relative[0].min() < -0.2


def test_rates_become_a_table(books: list[Rebuilt]) -> None:
    fit = fit_rates(books, GRID)
    table = rate_table(fit)
    assert table.height == 3 * (2 * 3 + 2 + 2 + 1)
    row = table.filter(rate="market", side="sell", minutes_from=0.0).row(0, named=True)
    assert row["per_hour"] == row["count"] / row["hours"]
    assert math.isclose(row["standard_error"], math.sqrt(row["count"]) / row["hours"])


def test_a_book_of_a_desk_follows_the_fit_or_is_refused(books: list[Rebuilt]) -> None:
    fit = fit_rates(books, GRID)
    book = tomllib.loads(synthetic_book(fit, 0))["market"]["synthetic_book"]
    crowd = book["participants"]
    # Market orders of both sides come 55 times an hour while there is something to take.
    assert crowd["noise"] * 3_600 / crowd["noise_interval_seconds"] == pytest.approx(55, rel=0.1)
    assert 3_600 / crowd["maker_interval_seconds"] == pytest.approx(2.75, rel=0.1)
    assert crowd["noise_volume"] == pytest.approx(2.9, abs=0.2)
    assert 2 * book["half_spread"] == pytest.approx(fit.spread_ticks[0] / 100, abs=0.011)
    quiet = fit_rates([rebuild(actions((1, 1, None, BUY, "A", 0, 1)))], GRID)
    with pytest.raises(InputError, match="take a wider bin"):
        synthetic_book(quiet, 0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"minutes": (0.0,)},
        {"minutes": (30.0, 0.0)},
        {"minutes": (0.0, math.inf)},
        {"minutes": (0.0, math.nan)},
        {"ticks": (1, 2)},
        {"gate_minutes": -1.0},
        {"gate_minutes": math.nan},
    ],
)
def test_bins_that_are_none_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=r"give|begin"):
        Grid(**wrong)


def test_orders_and_times_that_make_no_history_are_refused() -> None:
    book = MatchingBook()
    book.enter(1, 1, BUY, 100, 5)
    for number, lots in ((1, 5), (2, 0), (2, -3)):
        with pytest.raises(InputError, match="give a new number and 1 lot or more"):
            book.enter(2, number, SELL, 90, lots)
    assert (book.best(BUY), book.depth(BUY, 0)) == (100, 5)
    period = {"delivery_start": 24 * HOUR, "delivery_end": 25 * HOUR, "seed": 1}
    with pytest.raises(InputError, match="begin earlier"):
        simulate(RATES, begin=24 * HOUR, bid=1, ask=2, **period)
    with pytest.raises(InputError, match="bid 2 is not below ask 2 ticks"):
        simulate(RATES, begin=20 * HOUR, bid=2, ask=2, **period)
    empty = Contract(24 * HOUR, 25 * HOUR, actions().actions)
    with pytest.raises(InputError, match="no book"):
        fit_rates([rebuild(empty)], GRID)


def test_no_book_and_a_reading_of_nothing_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no book"):
        fit_rates([])
    with pytest.raises(InputError, match="'open' or 'executed'"):
        rebuild(actions((1, 1, None, BUY, "A", 0, 1)), "both")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="cannot be read"):
        load_history([tmp_path / "none.csv"])
    other = tmp_path / "other.csv"
    other.write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="no order file"):
        load_history([other])


HEADER = (
    "OrderId,InitialId,ParentId,Side,Product,DeliveryStart,DeliveryEnd,CreationTime,DeliveryArea,"
    "ExecutionRestriction,UserDefinedBlock,LinkedBasketId,RevisionNo,ActionCode,TransactionTime,"
    "ValidityTime,Price,Currency,Quantity,QuantityUnit,Volume,VolumeUnit"
)
OLD_HEADER = (
    "Order ID;Initial ID;Parent ID;Side;Product;Delivery Start;Delivery End;Entry time;"
    "Delivery area;Execution restriction;Is User Defined Block;RevisionNo;Action code;"
    "Transaction Time;Validity time;Price;Currency;Quantity;Volume;"
)


def stamp(ns: int) -> str:
    return f"{np.datetime64(ns, 'ns')}Z"


def exchange_file(contract: Contract, *, old: bool = False) -> str:
    """Return actions as the exchange writes them."""
    lines = [OLD_HEADER if old else f"# Continuous orders, times in UTC\n{HEADER}"]
    period = [stamp(contract.delivery_start)[:19] + "Z", stamp(contract.delivery_end)[:19] + "Z"]
    revisions: dict[int, int] = {}
    for ts, order, parent, side, code, price, lots in contract.actions.iter_rows():
        revisions[order] = revisions.get(order, 0) + 1
        start = [str(order), str(order), "" if parent is None else str(parent)]
        start += ["BUY" if side == BUY else "SELL", "Intraday_Hour_Power", *period]
        action = [str(revisions[order]), code, stamp(ts), ""]
        terms = [str(Decimal(price) / 100), "EUR", str(Decimal(lots) / 10)]
        if old:
            fields = [*start, "", "DE", "", "0", *action, *terms, terms[2], ""]
            lines.append(";".join(fields))
        else:
            fields = [*start, "", "DE", "NON", "N", "", *action, *terms, "MW", terms[2], "MWh"]
            lines.append(",".join(fields))
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("old", [False, True])
def test_a_history_survives_the_exchanges_file(tmp_path: Path, old: bool) -> None:
    contract = made(9)
    file = tmp_path / "Continuous_Orders-DE-20260101.csv"
    file.write_text(exchange_file(contract, old=old))
    history = load_history([file, file])
    assert history.quarantined == ()
    assert history.repeated == contract.actions.height
    (read,) = history.contracts
    assert (read.delivery_start, read.delivery_end) == (9 * 24 * HOUR, 9 * 24 * HOUR + HOUR)
    assert rebuild(read).path.equals(rebuild(contract).path)
    assert rebuild(read).matched_lots == rebuild(contract).matched_lots


@pytest.mark.parametrize(
    ("found", "put", "reason"),
    [
        (",BUY,", ",HOLD,", "side 'HOLD' is neither BUY nor SELL"),
        (",A,", ",Z,", "action 'Z' is none of A, D, C, P, M, X, H, I"),
        ("1970-01-10T00:00:00Z,", "1970-01-12T00:00:00Z,", "delivery ends"),
        (",EUR,", ",EUR,-", "needs a price and a quantity above 0"),
        (",EUR,", ",EUR,much", "not a number"),
        (",EUR,", "1,EUR,", "needs ticks"),
        (",EUR,", "e300,EUR,", "needs ticks"),
        (",EUR,1,", ",EUR,0.00000001,", "needs ticks"),
        (",EUR,", ",", "fields"),
    ],
)
def test_a_damaged_row_is_set_aside_and_the_others_are_read(
    tmp_path: Path, found: str, put: str, reason: str
) -> None:
    contract = actions(
        (9 * 24 * HOUR - 100, 1, None, BUY, "A", 1234, 10),
        (9 * 24 * HOUR - 90, 2, None, BUY, "A", 1235, 10),
    )
    contract = Contract(9 * 24 * HOUR, 9 * 24 * HOUR + HOUR, contract.actions)
    lines = exchange_file(contract).splitlines()
    lines[2] = lines[2].replace(found, put, 1)
    file = tmp_path / "orders.csv"
    file.write_text("\n".join(lines) + "\n")
    history = load_history([file])
    ((name, part),) = history.quarantined
    assert (name, part.place) == ("orders.csv", "line 3")
    assert part.offset == len("\n".join(lines[:2])) + 1
    assert part.raw.decode() == lines[2].rstrip(", ")
    assert reason in part.reason
    assert [one.actions["price"].to_list() for one in history.contracts] == [[1235]]


def test_a_file_need_not_be_in_order_of_time(tmp_path: Path) -> None:
    contract = made(9)
    lines = exchange_file(contract).splitlines()
    shuffled = [*lines[:2], *reversed(lines[2:])]
    file = tmp_path / "orders.csv"
    file.write_text("\n".join(shuffled) + "\n")
    (read,) = load_history([file]).contracts
    assert rebuild(read).path.equals(rebuild(contract).path)


def test_blocks_of_a_users_own_are_left_out_and_counted(tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(exchange_file(made(9)).replace(",NON,N,", ",NON,Y,", 1))
    assert load_history([file]).blocks == 1


LIFETIMES = """,initial,side,start,transaction,validity,price,quantity
1,1,SELL,2022-01-02T09:00:00Z,2022-01-02T01:00:00.000Z,2022-01-02T04:00:00.000Z,40.00,5.0
2,2,BUY,2022-01-02T09:00:00Z,2022-01-02T02:00:00.000Z,,41.00,2.0
3,3,BUY,2022-01-02T09:00:00Z,2022-01-02T03:00:00.000Z,,39.00,2.0
4,4,BUY,2022-01-02T09:00:00Z,2022-01-02T03:00:00.000Z,2022-01-02T02:00:00.000Z,39.00,2.0
"""


def test_lifetimes_are_matched_by_price_and_time(tmp_path: Path) -> None:
    file = tmp_path / "orderbook.csv"
    file.write_text(LIFETIMES)
    history = load_history([file])
    ((_, part),) = history.quarantined
    assert part.place == "line 5"
    assert part.raw.startswith(b"4,4,BUY")
    (contract,) = history.contracts
    told = contract.actions.select("order", "action", "lots").rows()
    assert told == [
        (1, "A", 50),
        (2, "A", 20),
        (1, "P", 30),
        (2, "M", 0),
        (3, "A", 20),
        (1, "D", 30),
    ]
    assert rebuild(contract).matched_lots == (20, 20)


def test_layouts_are_not_mixed(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(LIFETIMES)
    (tmp_path / "b.csv").write_text(exchange_file(made(9)))
    with pytest.raises(InputError, match="both layouts"):
        load_history([tmp_path / "a.csv", tmp_path / "b.csv"])


def test_the_recorded_rows_become_four_contracts(recorded_data: Path) -> None:
    history = load_history([recorded_data / "sources/epex-orderbook/orderbook_2022-01-02.csv.zip"])
    assert [contract.actions["action"].to_list() for contract in history.contracts] == [
        ["A"],
        ["A", "D"],
        ["A"],
        ["A"],
    ]
    books = [rebuild(contract) for contract in history.contracts]
    assert books[0].path.row(0)[1:3] == (-45_200, 508)
    assert fit_error(fit_rates(books), books).contracts == 0
