"""A day's contracts with their times, and their coupled books in batches."""

import datetime as dt
from typing import Any

import numpy as np
import polars as pl
import pytest

from wattbook.errors import InputError
from wattbook.market.intraday import (
    BasketLeg,
    Border,
    GateException,
    IntradayBooks,
    intraday_day,
)

DAY = dt.date(2026, 7, 16)
MINUTE = 60 * 10**9
ZONES = ["DE-LU", "FR"]
HOUR = "2026-07-16 H13"


def utc(text: str) -> int:
    return int(np.datetime64(text, "ns").astype(np.int64))


@pytest.mark.parametrize(
    ("day", "contracts", "periods"),
    [("2026-03-29", 161, 92), ("2026-07-16", 168, 96), ("2026-10-25", 175, 100)],
)
def test_a_day_of_23_24_or_25_hours_has_its_contracts(
    day: str, contracts: int, periods: int
) -> None:
    made = intraday_day(dt.date.fromisoformat(day), ZONES, [Border("DE-LU", "FR", 500)])
    assert (len(made.contracts), made.periods) == (contracts, periods)
    assert len({each.name for each in made.contracts}) == contracts
    for length in (4, 2, 1):
        firsts = [each.first for each in made.contracts if each.periods == length]
        assert firsts == list(range(0, periods, length))
    # The coupled books take it.
    IntradayBooks(made)


def test_gates_differ_by_border_and_zone_and_pauses_by_hour() -> None:
    made = intraday_day(DAY, ZONES, [Border("DE-LU", "FR", 500)])
    noon = made.contracts[made.place("2026-07-16 QH49")]
    assert noon.zones[0] == (utc("2026-07-15T14:00"), noon.delivery_start - 5 * MINUTE)
    opens, gate, pauses = noon.borders[0]
    assert (opens, gate) == (utc("2026-07-15T13:00"), noon.delivery_start - 30 * MINUTE)
    assert [begins for begins, _ in pauses] == [
        utc("2026-07-15T12:40"),
        utc("2026-07-15T19:40"),
        utc("2026-07-16T07:40"),
    ]
    morning = made.contracts[made.place("2026-07-16 QH48")]
    assert len(morning.borders[0][2]) == 2


def test_an_exception_goes_before_the_rules_for_its_days_only() -> None:
    kept = GateException(
        "FR", "DE-LU", 60, dt.date(2026, 1, 1), dt.date(2026, 7, 17), "operators' notice"
    )
    for day, minutes in ((DAY, 60), (DAY + dt.timedelta(1), 30)):
        made = intraday_day(day, ZONES, [Border("DE-LU", "FR", 500)], exceptions=[kept])
        contract = made.contracts[0]
        assert contract.borders[0][1] == contract.delivery_start - minutes * MINUTE
        assert contract.zones[0][1] == contract.delivery_start - 5 * MINUTE


@pytest.mark.parametrize(
    ("zones", "borders", "parts"),
    [
        (["DE-LU", "GB"], [], ["'GB'", "European coupling"]),
        (["FI"], [], ["EPEX", "intraday continuous gate", "FI to FI"]),
        (["DE-LU"], [Border("DE-LU", "XX", 5)], ["XX"]),
        ([], [], ["needs a zone"]),
    ],
)
def test_what_has_no_gate_is_named(
    zones: list[str], borders: list[Border], parts: list[str]
) -> None:
    with pytest.raises(InputError) as refused:
        intraday_day(DAY, zones, borders)
    for part in parts:
        assert part in str(refused.value)


@pytest.mark.parametrize("lengths", [(), ("hour", "hour"), ("hour", "day")])
def test_lengths_that_make_no_day_are_named(lengths: tuple[str, ...]) -> None:
    with pytest.raises(InputError, match="name one or more of hour, half_hour, quarter_hour"):
        intraday_day(dt.date(2026, 7, 16), ["FR"], lengths=lengths)  # type: ignore[arg-type]


def test_a_border_of_no_zone_or_off_the_lot_is_refused() -> None:
    with pytest.raises(InputError, match="zone 'NL' does not trade here"):
        IntradayBooks(intraday_day(DAY, ZONES, [Border("DE-LU", "NL", 5)]))
    with pytest.raises(InputError, match="multiple of the lot"):
        IntradayBooks(intraday_day(DAY, ZONES, [Border("DE-LU", "FR", 0.05)]))


@pytest.fixture
def books() -> IntradayBooks:
    return IntradayBooks(intraday_day(DAY, ZONES, [Border("DE-LU", "FR", 6, 2)]))


def test_orders_meet_across_the_border_until_its_capacity_ends(books: IntradayBooks) -> None:
    ts = utc("2026-07-16T08:30")
    books.submit(ts, "DE-LU", HOUR, 1, "sell", -5, 10)
    books.submit(ts, "FR", HOUR, 2, "buy", 0, 8)
    assert [tuple(level) for level in books.view("FR", HOUR, "buy")] == [(0.0, 2.0, 1)]
    state = books.border_states(HOUR)[0]
    assert (state.flow_mw, state.room_mw, state.room_back_mw) == (6.0, 0.0, 8.0)
    events = pl.DataFrame(books.events()).filter(pl.col("kind") == "filled")
    row = events.select("contract", "zone", "to_zone", "order", "taker", "side").row(0)
    assert row == (HOUR, "DE-LU", "FR", 1, 2, "buy")
    assert [float(each) for each in events.select("price", "volume").row(0)] == [-5.0, 6.0]
    assert pl.DataFrame(books.events()).height == 0


def test_a_pause_keeps_zones_apart_and_its_end_lets_them_trade(books: IntradayBooks) -> None:
    books.submit(utc("2026-07-16T07:45"), "DE-LU", HOUR, 1, "sell", 10, 1)
    books.submit(utc("2026-07-16T07:46"), "FR", HOUR, 2, "buy", 20, 1)
    assert not books.is_allocating(HOUR, 0)
    assert books.view("FR", HOUR, "sell") == []
    books.advance(utc("2026-07-16T08:20"))
    frame = pl.DataFrame(books.events())
    traded = frame.filter(pl.col("kind") == "filled")
    assert traded["ts"].cast(pl.Int64).to_list() == [utc("2026-07-16T08:20")]


def test_capacity_and_halts_are_set_while_the_border_is_open(books: IntradayBooks) -> None:
    ts = utc("2026-07-16T08:30")
    books.submit(ts, "DE-LU", HOUR, 1, "sell", 10, 20)
    books.set_capacity(ts, "DE-LU", "FR", HOUR, 12)
    assert books.view("FR", HOUR, "sell")[0].volume_mw == 12.0
    books.halt(ts, "FR", "DE-LU", HOUR)
    assert books.view("FR", HOUR, "sell") == []
    books.resume(ts, "DE-LU", "FR", HOUR)
    assert books.view("FR", HOUR, "sell")[0].volume_mw == 12.0
    with pytest.raises(InputError, match="border closed: DE-LU to FR closed for 2026-07-16 H13"):
        books.set_capacity(utc("2026-07-16T09:30"), "DE-LU", "FR", HOUR, 5)
    with pytest.raises(InputError, match="unknown border"):
        books.halt(utc("2026-07-16T09:30"), "FR", "FR", HOUR)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"ts": utc("2026-07-15T12:00")}, "not open"),
        ({"ts": utc("2026-07-16T10:55")}, "gate closed"),
        ({"price_eur": 10.005}, "off tick"),
        ({"volume_mw": 0.15}, "off lot"),
        ({"volume_mw": 0}, "no volume"),
        ({"volume_mw": 1_000}, "too large"),
        ({"price_eur": 10_000}, "price limits"),
        ({"order": 1}, "order number taken"),
        ({"zone": "NL"}, "zone 'NL' does not trade here"),
        ({"contract": "H13"}, "'H13' is no contract"),
    ],
)
def test_an_order_that_breaks_a_rule_is_refused_by_its_name(
    books: IntradayBooks, changes: dict[str, object], rule: str
) -> None:
    books.submit(utc("2026-07-15T14:00"), "DE-LU", "2026-07-16 H24", 1, "sell", 99, 1)
    books.events()
    ts = utc("2026-07-16T08:30")
    good = {"zone": "DE-LU", "contract": HOUR, "order": 7, "side": "buy"}
    terms = {"price_eur": 10.0, "volume_mw": 1.0}
    if changes.get("ts") == utc("2026-07-15T12:00"):
        books = IntradayBooks(books.day)
    with pytest.raises(InputError, match=f"^{rule}"):
        books.submit(**{"ts": ts, **good, **terms, **changes})  # type: ignore[arg-type]
    assert "accepted" not in pl.DataFrame(books.events())["kind"].to_list()


def test_a_table_is_replayed_and_its_bad_rows_are_named(books: IntradayBooks) -> None:
    ts = utc("2026-07-16T08:30")
    table = pl.DataFrame(
        {
            "ts": pl.Series([ts] * 6).cast(pl.Datetime("ns", "UTC")),
            "action": ["submit", "submit", "submit", "amend", "cancel", "submit"],
            "order": [1, 2, 3, 1, 1, 4],
            "zone": ["DE-LU", "Atlantis", "FR", None, None, "FR"],
            "contract": [HOUR, HOUR, "no such", None, None, HOUR],
            "side": ["sell", "sell", "sell", None, None, "short"],
            "price": [10.0, 10.0, 10.0, 12.5, None, 1.0],
            "volume": [3.0, 3.0, 3.0, None, None, 1.0],
            "lifetime": ["gate", "gate", "gate", None, None, "immediate"],
        }
    )
    refused = books.replay(table)
    assert refused.row.tolist() == [1, 2, 5]
    assert refused.rule == ["unknown zone", "unknown contract", "unknown code"]
    kinds = pl.DataFrame(books.events()).filter(pl.col("order") == 1)["kind"].to_list()
    assert kinds == ["accepted", "rested", "amended", "rested", "cancelled"]


def test_a_name_that_is_missing_is_not_the_first_one(books: IntradayBooks) -> None:
    ts, large = utc("2026-07-16T08:30"), 2**53 + 1
    rows = [
        ("submit", large, "FR", None, HOUR),
        ("submit", 2, None, None, HOUR),
        ("submit", 3, "FR", None, None),
        (None, 4, "FR", None, HOUR),
        ("halt", None, "DE-LU", None, HOUR),
        ("halt", None, "DE-LU", "FR", HOUR),
    ]
    names = ["action", "order", "zone", "to_zone", "contract"]
    table = pl.DataFrame(rows, dict.fromkeys(names, pl.String) | {"order": pl.Int64}, orient="row")
    whole = table.with_columns(
        ts=pl.lit(ts), side=pl.lit("sell"), price=pl.lit(10.0), volume=pl.lit(3.0)
    )
    refused = books.replay(whole)
    assert refused.row.tolist() == [1, 2, 3, 4]
    assert refused.rule[:2] == ["unknown zone", "unknown contract"]
    events = pl.DataFrame(books.events())
    # A gap among the numbers of orders does not round the others.
    assert events.filter(pl.col("kind") == "accepted")["order"].to_list() == [large]
    without = books.replay(whole.drop("zone").head(1))
    assert without.rule == ["unknown zone"]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1e18])
def test_a_price_that_is_no_number_is_named(books: IntradayBooks, value: float) -> None:
    ts = utc("2026-07-16T08:30")
    with pytest.raises(InputError, match="is no price or volume; give a number within"):
        books.submit(ts, "FR", HOUR, 1, "sell", value, 3.0)
    with pytest.raises(InputError, match="is no price or volume"):
        books.submit(ts, "FR", HOUR, 1, "sell", 10.0, value)


def test_tables_and_rows_of_another_shape_are_refused(books: IntradayBooks) -> None:
    with pytest.raises(InputError, match="lacks ts, action, order"):
        books.replay(pl.DataFrame({"side": ["buy"]}))
    with pytest.raises(InputError, match="columns colour mean nothing"):
        books.replay(pl.DataFrame({"ts": [1], "action": ["submit"], "order": [1], "colour": [1]}))
    with pytest.raises(InputError, match="column order is of type"):
        books.replay(pl.DataFrame({"ts": [1], "action": ["submit"], "order": ["one"]}))
    with pytest.raises(InputError, match="int64"):
        books.apply(np.zeros((2, 12), dtype=np.int64))
    with pytest.raises(InputError, match="int64"):
        books.apply(np.zeros((2, 13)))  # type: ignore[arg-type]


def test_a_block_meets_a_block_and_its_parts_only_where_the_venue_implies(
    books: IntradayBooks,
) -> None:
    ts = utc("2026-07-16T08:30")
    for made, implied in ((books, False), (None, True)):
        day = intraday_day(DAY, ZONES, [Border("DE-LU", "FR", 6)], implied_matching=True)
        each = made or IntradayBooks(day)
        each.submit(ts, "FR", HOUR, 1, "sell", 10, 1)
        each.submit(ts, "FR", "2026-07-16 H14", 2, "sell", 10, 1)
        each.submit(ts, "FR", HOUR, 3, "buy", 20, 1, count=2, all_or_none=True)
        traded = pl.DataFrame(each.events()).filter(pl.col("kind") == "filled").height
        assert bool(traded) is implied


def filled(books: IntradayBooks) -> list[tuple[str, float]]:
    """Return contract and volume of the trades since the last call."""
    events = pl.DataFrame(books.events()).filter(pl.col("kind") == "filled")
    return list(
        zip(events["contract"].to_list(), events["volume"].cast(pl.Float64).to_list(), strict=True)
    )


def test_a_basket_is_filled_in_all_its_contracts_or_in_none(books: IntradayBooks) -> None:
    ts, other = utc("2026-07-16T08:30"), "2026-07-16 H15"
    books.submit(ts, "FR", HOUR, 1, "sell", 10, 2)
    books.submit(ts, "DE-LU", other, 2, "sell", 12, 2)
    legs = [
        BasketLeg("DE-LU", HOUR, 3, "buy", 20, 2),
        BasketLeg("DE-LU", other, 4, "buy", 20, 3),
    ]
    books.submit_basket(ts, legs)
    assert filled(books) == []
    books.submit_basket(ts, [legs[0], legs[1]._replace(volume_mw=2)])
    assert filled(books) == [(HOUR, 2.0), (other, 2.0)]
    assert books.view("DE-LU", HOUR, "sell") == []


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"contract": HOUR}, "merge the two"),
        ({"price_eur": 20.001}, "off tick"),
        ({"volume_mw": 0}, "no volume"),
        ({"zone": "NL"}, "does not trade here"),
    ],
)
def test_a_basket_with_a_wrong_order_does_nothing(
    books: IntradayBooks, change: dict[str, Any], text: str
) -> None:
    ts = utc("2026-07-16T08:30")
    books.submit(ts, "DE-LU", HOUR, 1, "sell", 10, 4)
    books.events()
    wrong = BasketLeg("DE-LU", "2026-07-16 H15", 3, "buy", 20, 1)._replace(**change)
    right = BasketLeg("DE-LU", HOUR, 2, "buy", 20, 4)
    with pytest.raises(InputError, match=text):
        books.submit_basket(ts, [right, wrong])
    with pytest.raises(InputError, match="give 2 to 100"):
        books.submit_basket(ts, [right])
    assert pl.DataFrame(books.events()).height == 0


@pytest.mark.parametrize(
    ("date", "name", "periods"),
    [("2026-03-29", "2026-03-29 H04", 92), ("2026-10-25", "2026-10-25 H03B", 100)],
)
def test_hours_of_a_day_with_a_clock_change_trade_and_use_their_quarter_hours(
    date: str, name: str, periods: int
) -> None:
    day = intraday_day(dt.date.fromisoformat(date), ZONES, [Border("DE-LU", "FR", 6)])
    books = IntradayBooks(day)
    hour = day.contracts[day.place(name)]
    ts = hour.delivery_start - 2 * 60 * MINUTE
    books.submit(ts, "DE-LU", name, 1, "sell", 10, 8)
    books.submit(ts, "FR", name, 2, "buy", 20, 8)
    assert filled(books) == [(name, 6.0)]
    quarters = [each for each in day.contracts if each.periods == 1]
    rooms = [books.border_states(each.name)[0].room_mw for each in quarters]
    within = range(hour.first, hour.first + 4)
    assert rooms == [0.0 if at in within else 6.0 for at in range(periods)]


def test_an_iceberg_shows_a_slice_and_an_all_or_none_order_nothing(books: IntradayBooks) -> None:
    ts = utc("2026-07-16T08:30")
    books.submit(ts, "DE-LU", HOUR, 1, "sell", 10, 5, display_mw=2)
    books.submit(ts, "DE-LU", HOUR, 2, "sell", 9, 3, all_or_none=True)
    (level,) = books.view("DE-LU", HOUR, "sell")
    assert (level.price_eur, level.volume_mw) == (10.0, 2.0)
    # Two are too few for the order that trades in whole, so the slice of the iceberg goes.
    books.submit(ts, "DE-LU", HOUR, 3, "buy", 10, 2, lifetime="immediate")
    assert filled(books) == [(HOUR, 2.0)]
    books.submit(ts, "DE-LU", HOUR, 4, "buy", 10, 6, lifetime="fill_or_kill")
    assert sum(volume for _, volume in filled(books)) == 6.0


def test_zones_of_other_names_follow_the_gates_of_their_places() -> None:
    borders = [Border("NORTH", "SOUTH", 5)]
    places = {"NORTH": "DE-LU", "SOUTH": "FR"}
    made = intraday_day(DAY, ["NORTH", "SOUTH"], borders, places=places)
    real = intraday_day(DAY, ZONES, [Border("DE-LU", "FR", 5)])
    assert made.contracts == real.contracts
    with pytest.raises(InputError, match="no zone of the European coupling"):
        intraday_day(DAY, ["NORTH", "SOUTH"], borders, places={"NORTH": "DE-LU"})
