"""The record of each strategy of a backtest."""

from hypothesis import given
from hypothesis import strategies as st

from wattbook.runtime.research import deflated_sharpe, sharpe, strategy_records

AMOUNTS = st.lists(st.integers(-(10**20), 10**20), min_size=1, max_size=30)


@given(st.lists(AMOUNTS, min_size=1, max_size=6))
def test_a_record_adds_up_and_its_fall_is_the_deepest_between_two_days(
    pnl: list[list[int]],
) -> None:
    named = {str(number): days for number, days in enumerate(pnl)}
    for record in strategy_records(named):
        days = named[record.name]
        so_far = [sum(days[:count]) for count in range(len(days) + 1)]
        falls = [low - high for place, high in enumerate(so_far) for low in so_far[place:]]
        assert record.pnl == so_far[-1]
        assert record.deepest_fall == min(falls)
        assert record.worst_day <= record.best_day
        assert record.days_moved == sum(day != 0 for day in days)
        assert (record.sharpe is None) == (record.deflated_sharpe is None)


def test_each_ratio_is_deflated_by_all_that_were_tried() -> None:
    pnl = {"good": [3, 1, 2, 4], "bad": [-3, 1, -2, -4], "idle": [0, 0, 0, 0], "new": []}
    records = {record.name: record for record in strategy_records(pnl)}
    assert list(records) == ["good", "bad", "idle"]
    ratios = [sharpe(pnl["good"]), sharpe(pnl["bad"])]
    expected = deflated_sharpe(pnl["good"], ratios).probability
    assert records["good"].deflated_sharpe == expected
    alone = strategy_records({"good": pnl["good"]})[0].deflated_sharpe
    assert alone is not None
    assert alone > expected
    assert records["idle"].sharpe is None
