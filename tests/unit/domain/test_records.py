"""Domain classes are frozen values that survive their bytes, their text and a pickle."""

from __future__ import annotations

import datetime as dt
import pickle
from decimal import Decimal

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattbook import domain
from wattbook.domain import (
    ClientCommand,
    Conditions,
    Instrument,
    Money,
    Order,
    OrderType,
    Owner,
    Price,
    Quote,
    Refusal,
    Sequenced,
    Side,
    SubmitOrder,
    TimeAdvanced,
    Unit,
    Volume,
    input_tables,
    millionths,
)
from wattbook.errors import InputError

INT64 = st.integers(-(2**63), 2**63 - 1)
PRICES = INT64.map(Price.from_millionths)
VOLUMES = INT64.map(Volume.from_millionths)
ORDERS = st.builds(
    Order,
    instrument=st.integers(0, 2**32 - 1),
    side=st.sampled_from(Side.values()),
    order_type=st.sampled_from(OrderType.values()),
    owner=st.builds(Owner, trading_book=st.integers(0, 2**16 - 1)),
    price=PRICES,
    volume=VOLUMES,
    conditions=st.none() | st.builds(Conditions, trigger=PRICES, expires=INT64),
)
ENUMERATIONS = [
    item for item in vars(domain).values() if isinstance(item, type) and hasattr(item, "values")
]


def quote(bid: str = "-5.5") -> Quote:
    return Quote(instrument=0, bid_price=bid, ask_price=4, bid_volume=1, ask_volume=2)


def stamped(record: object, sequence: int = 1) -> Sequenced:
    return Sequenced(sequence=sequence, ts_event=10, ts_recv=20, input=record)  # type: ignore[arg-type]


@given(ORDERS)
def test_an_order_survives_its_bytes_its_text_and_a_pickle(order: Order) -> None:
    assert Order.from_bytes(order.to_bytes()) == order
    assert Order.from_text(str(order)) == order
    again = pickle.loads(pickle.dumps(order))  # noqa: S301 - our own bytes
    assert again == order
    assert hash(again) == hash(order)


@given(INT64)
def test_a_price_is_exact_whatever_it_is_made_of(value: int) -> None:
    price = Price.from_millionths(value)
    assert price.millionths == value
    assert Price(str(price)) == Price(Decimal(value).scaleb(-6)) == price


@given(st.floats(-1e9, 1e9))
def test_a_float_becomes_the_nearest_price(value: float) -> None:
    assert abs(float(Price(value)) - value) <= 0.5e-6 + abs(value) * 2**-52


def test_prices_and_volumes_add_up_with_plain_numbers() -> None:
    assert Price("1.5") + 2 == 2 + Price("1.5") == Price("3.5")
    assert 1 - Price("1.5") == Price("-0.5")
    assert -Volume(3) - "0.1" == Volume("-3.1")


@pytest.mark.parametrize("enumeration", ENUMERATIONS)
def test_an_enumeration_is_found_by_its_name(enumeration: type) -> None:
    for value in enumeration.values():  # type: ignore[attr-defined]
        assert enumeration.from_text(str(value)) == value  # type: ignore[attr-defined]
        assert pickle.loads(pickle.dumps(value)) == value  # noqa: S301 - our own bytes


def test_money_is_exact_where_decimals_are_not() -> None:
    third = Money.of_delivery(price="0.000001", volume="0.000001", seconds=300)
    assert third.units == 300
    assert (third + third).units == 600
    assert str(Money.of_delivery(price=100, volume=1, seconds=900)) == "25.00"


def test_an_aware_datetime_is_an_instant_and_a_naive_one_is_refused() -> None:
    zone = dt.timezone(dt.timedelta(hours=2))
    conditions = Conditions(expires=dt.datetime(2026, 3, 29, 3, tzinfo=zone))
    assert conditions.expires == 1_774_746_000 * 10**9
    with pytest.raises(InputError, match="has no time zone"):
        Conditions(expires=dt.datetime(2026, 3, 29))  # noqa: DTZ001 - what is refused


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Price("12,5"), "not a decimal number"),
        (lambda: Price("0.0000001"), "more than 6 decimals"),
        (lambda: Price(float("nan")), "not finite"),
        (lambda: Order(instrument=1, side="short", price=1, volume=1), "use one of buy, sell"),
        (lambda: Order(instrument=-1, side="buy", price=1, volume=1), "InstrumentId"),
        (lambda: Order.from_bytes(b"\x00"), "at byte 1"),
        (lambda: Order.from_bytes(quote().to_bytes() * 2), "Order"),
        (lambda: Quote.from_text("{bid=1}"), "Quote has no"),
        (lambda: stamped(Side.BUY), "is no Input"),
        (lambda: Price.from_millionths(2**63 - 1) + Price(1), "beyond"),
    ],
)
def test_a_bad_argument_is_refused_with_its_value(make: object, words: str) -> None:
    assert callable(make)
    with pytest.raises(InputError, match=words) as caught:
        make()
    assert isinstance(caught.value, ValueError)


def test_a_class_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        quote().bid_price = Price(1)  # type: ignore[misc]


def test_an_instrument_that_contradicts_itself_is_refused() -> None:
    terms = {
        "instrument": 0,
        "symbol": "DE-LU H12",
        "venue": 0,
        "location": "DE-LU",
        "commodity": "power",
        "form": "intraday",
        "tenor": "hour",
        "load": "base",
        "delivery_kind": "physical",
        "delivery_start": 0,
        "delivery_end": 3_600 * 10**9,
        "delivery_seconds": 3_600,
        "gate_closure": 0,
        "currency": "EUR",
        "price_unit": "megawatt_hour",
        "volume_unit": "megawatt",
        "tick": "0.01",
        "lot": "0.1",
        "min_price": -9_999,
        "max_price": 9_999,
    }
    assert Instrument(**terms).volume_unit == Unit.MEGAWATT  # type: ignore[arg-type]
    with pytest.raises(InputError, match="set it below max_price"):
        Instrument(**{**terms, "min_price": 10_000})  # type: ignore[arg-type]


def test_inputs_are_told_apart_by_what_they_hold() -> None:
    order = Order(instrument=3, side="sell", price=1, volume=2)
    command = ClientCommand(
        client=1, client_sequence=2, command=SubmitOrder(order_id=(1 << 48) + 7, order=order)
    )
    for record in (command, quote(), TimeAdvanced()):
        again = Sequenced.from_bytes(stamped(record).to_bytes()).input
        assert type(again) is type(record)
        assert again == record


def test_a_refusal_says_the_place_the_value_and_the_fix() -> None:
    refusal = Refusal.from_text("PriceOffTick {price=20.005 tick=0.01}")
    assert refusal.kind == "PriceOffTick"
    assert str(refusal) == "price 20.005 is off the tick 0.01; round it to the tick"
    assert refusal.kind in Refusal.kinds()


def test_tables_reach_polars_with_exact_decimals() -> None:
    inputs = [stamped(quote(bid), sequence) for sequence, bid in enumerate(["-5.5", "0.000001"])]
    table = input_tables(inputs)["Quote"]
    assert len(table) == 2
    frame = pl.DataFrame(table)
    assert frame["bid_price"].to_list() == [Decimal("-5.500000"), Decimal("0.000001")]
    assert frame.schema["ts_recv"] == pl.Datetime("ns", "UTC")
    assert frame["sequence"].to_list() == [0, 1]


def test_columns_become_millionths_and_a_bad_row_is_named() -> None:
    values = np.array([[1.5, 0.0], [-37.63, 0.0]])[:, 0]
    assert millionths(values).tolist() == [1_500_000, -37_630_000]
    with pytest.raises(InputError, match="row 1"):
        millionths(np.array([0.0, np.nan]))
