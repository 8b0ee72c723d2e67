"""The auction of reserve capacity takes the cheapest that cover the demand, at one price."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from wattbook.market.reserve_auction import CapacityOffer, clear_capacity
from wattbook.runtime.desk.spec.dispatch import DispatchAuctionSpec, DispatchReserveSpec
from wattbook.runtime.verify.reserves import block_of

NUMBER = st.integers(1, 40).map(Decimal)
OFFERS = st.lists(st.tuples(NUMBER, NUMBER), min_size=1, max_size=8)


@given(OFFERS, NUMBER)
def test_no_offer_below_the_price_is_left_and_none_above_it_is_taken(
    told: list[tuple[Decimal, Decimal]], demand: Decimal
) -> None:
    offers = [CapacityOffer(price, power) for price, power in told]
    found = clear_capacity(demand, offers)
    assert sum(found.awarded) + found.missing == demand
    assert found.price is not None
    for offer, taken in zip(offers, found.awarded, strict=True):
        assert 0 <= taken <= offer.power
        if offer.price < found.price:
            assert taken == offer.power
        if offer.price > found.price:
            assert taken == 0
    if found.missing:
        assert found.awarded == tuple(offer.power for offer in offers)


def test_what_cannot_be_divided_is_left_where_it_does_not_fit() -> None:
    offers = [
        CapacityOffer(Decimal(8), Decimal(30)),
        CapacityOffer(Decimal(9), Decimal(20), is_divisible=False),
        CapacityOffer(Decimal(11), Decimal(30)),
    ]
    found = clear_capacity(Decimal(40), offers)
    assert [int(one) for one in found.awarded] == [30, 0, 10]
    assert found.price == 11
    assert clear_capacity(Decimal(50), offers).price == 9


@given(OFFERS, NUMBER, NUMBER, NUMBER)
def test_a_second_way_to_clear_takes_our_offer_at_the_same_price(
    others: list[tuple[Decimal, Decimal]], demand: Decimal, price: Decimal, power: Decimal
) -> None:
    # What nobody else covers, a dear offer does.
    offers = (*others, (Decimal(100), Decimal(100)))
    spec = DispatchReserveSpec(
        product="FCR",
        direction="both",
        power=power,
        price=price,
        auction=DispatchAuctionSpec(
            demand=(demand, demand, demand, demand, demand, demand), offers=offers
        ),
    )
    assert spec.blocks is not None
    paid = spec.blocks[0]
    assert block_of(spec, 0) == (None if paid is None else float(paid))
