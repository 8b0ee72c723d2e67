"""Generated days follow from the seed alone."""

import numpy as np

from wattbook.sources.recorded.generated import LAST_DAY, generate, one_day


def test_the_same_seed_gives_the_same_prices_and_another_seed_others() -> None:
    first, again, other = generate(7), generate(7), generate(8)
    assert np.array_equal(first.real_time, again.real_time)
    assert not np.array_equal(first.real_time, other.real_time)


def test_a_day_is_the_same_whichever_days_surround_it() -> None:
    assert np.array_equal(one_day(7, LAST_DAY).real_time, generate(7).real_time[-1])


def test_the_last_day_has_negative_prices_and_a_spike_for_any_seed() -> None:
    for seed in range(20):
        day = one_day(seed, LAST_DAY).real_time
        assert day.min() < 0.0
        assert day.max() > 300.0
