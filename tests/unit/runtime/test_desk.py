"""A desk file that does not fit is refused with place, value and fix."""

import datetime as dt
import re
from decimal import Decimal
from pathlib import Path

import pytest

from wattbook.errors import DeskError
from wattbook.execution import Session
from wattbook.runtime.desk import (
    BatterySpec,
    EmaCrossSpec,
    MomentumSpec,
    VirtualSpec,
    builtin_desk,
    load_desk,
    parse_desk,
)
from wattbook.runtime.desk.builtin import BUILTIN, builtin_text
from wattbook.runtime.desk.spec import SyntheticBookSpec
from wattbook.runtime.synthetic import latencies_of, participants_of, session_of

TEXT = builtin_text("generated")

MISTAKES = [
    ("loss = 25_000", "los = 25_000", "book[0].los: 'los' is no key here; did you mean 'loss'?"),
    ('currency = "EUR"', 'currency = "eur"', "desk.currency: 'eur' is no currency; give its ISO"),
    ('currency = "EUR"', 'currency = "USD"', "its currency EUR has no rate; add EUR = "),
    ("seed = 7", "seed = -1", "desk.seed: -1 is below 0; give 0 or more"),
    ("seed = 7", "seed = true", "desk.seed: True is not a whole number"),
    ("seed = 7", 'seed = "7"', "desk.seed: '7' is not a whole number"),
    ("confidence_threshold = 0.8", "confidence_threshold = 1.1", "1.1 is above 1; give 1 or less"),
    ("seed = 7", "seed = 7\ncollateral = -1", "desk.collateral: -1 is below 0; give 0 or more"),
    ('source = "generated"', 'source = "nem-vic"', "no source; did you mean 'nem-vic1'?"),
    ("day = 2026-06-30", 'day = "wild"', "'wild' does not fit; give a date such as 2026-06-30"),
    ('kind = "battery"', 'kind = "batery"', "no strategy; did you mean 'battery'?"),
    ("tick = 0.01", "tick = 0.0000001", "tick: 1E-7 has more than 6 decimals; round it"),
    ("tick = 0.01", "tick = inf", "tick: Infinity is not finite; give a number"),
    ('market = "generated day"', 'market = "generatd"', "did you mean 'generated day'?"),
    ('book = "assets"\npower', 'book = "asset"\npower', "no book; did you mean 'assets'?"),
    ("order_volume = 20\n", "", "book[0]: key 'order_volume' is missing; add it"),
    ("[market.forecast]", "[market.forcast]", "did you mean 'forecast'?"),
    ("horizon = 12", "horizon = 0", "market[0].forecast.horizon: 0 is below 1"),
    ('model = "seasonal"', 'model = "sesonal"', "did you mean 'seasonal'?"),
    ('name = "momentum"', 'name = "battery"', "'battery' is taken by an earlier [[strategy]]"),
    ("power = 20", "power = 20\ninitial_energy = 41", "41 MWh is above energy 40; give less"),
    ("energy = 40", "energy = 40\ncharge_quantile = 0.9", "0.9 is not below discharge_quantile"),
    ("[desk]", "[dsk]", "'dsk' is no section; did you mean 'desk'?"),
    ("[desk]", "[desk", "mend the TOML there"),
    ("tick = 0.01", 'tick = 0.01\nfeed = "l2"', "feed: 'l2' is no value of this key; "),
    (
        "tick = 0.01",
        "tick = 0.01\nlatency = { feed_ms = [1] }",
        "[1] does not fit; give a list of 2",
    ),
    ("tick = 0.01", "tick = 0.01\nlatency = { cancel_ms = [1, -1] }", "-1 is below 0; give 0"),
    ("tick = 0.01", "tick = 0.01\nlatency = { cancle_ms = [1, 1] }", "did you mean 'cancel_ms'?"),
    ("tick = 0.01", "tick = 0.01\nparticipants = { makers = -1 }", "makers: -1 is below 0"),
    ("tick = 0.01", "tick = 0.01\nparticipants = { levels = 0 }", "levels: 0 is below 1"),
    ("tick = 0.01", "tick = 0.01\nparticipants = { noise_volume = 0.05 }", "the book's lot 0.1"),
    ("tick = 0.01", "tick = 0.01\nparticipants = { wander = 0.001 }", "the book's tick 0.01"),
    ("tick = 0.01", "tick = 0.01\nsession = { collar = 0.001 }", "the book's tick 0.01"),
    ("tick = 0.01", "tick = 0.01\nsession = { halt_seconds = 60 }", "60 s of halt need a collar"),
    ("tick = 0.01", "tick = 0.01\nsession = { opening_call_seconds = 1801 }", "give 1800 or less"),
    ('name = "Generated day"', 'name = ""', "desk.name: the text is empty; give a name"),
]


COUPLED = (Path(__file__).parents[3] / "examples" / "coupled.toml").read_text(encoding="utf-8")
COUPLED_MISTAKES = [
    (
        'zone = "NORTH"',
        'zone = "NORHT"',
        "market[0].zone: 'NORHT' is no zone of 'coupled'; did you",
    ),
    ("day = 2026-06-29", 'day = "calm"', "market[0].day: 'calm': a coupled market has no prices"),
    ("day = 2026-06-29", 'borders = "priced"', "market[0].borders: 'priced': source 'coupled' has"),
    ('source = "coupled"', 'source = "generated"', "market[0].zone: 'NORTH': source 'generated'"),
    ('source = "coupled"', 'source = "gme-italy"', "'NORTH' is no zone of 'gme-italy'; did you"),
    (
        'source = "coupled"\nzone = "NORTH"',
        'source = "gme-italy"',
        "market[0].synthetic_book: nothing is recorded of 'gme-italy' after its auction",
    ),
    (
        'source = "coupled"\nzone = "NORTH"',
        'source = "generated"',
        "strategy[0].market: a wind strategy bids into a coupled auction; name a [[market]] whose",
    ),
    ("power = 80", "power = 0", "strategy[0].power: 0 is not above 0"),
    ("power = 80", "powr = 80", "strategy[0].powr: 'powr' is no key here; did you mean 'power'?"),
    ("marginal_cost = -20", "marginal_cost = -501", "marginal_cost: -501 is outside of the day-"),
]


@pytest.mark.parametrize(("right", "wrong", "said"), COUPLED_MISTAKES)
def test_a_mistake_about_a_coupled_market_is_refused_with_the_fix(
    right: str, wrong: str, said: str
) -> None:
    assert right in COUPLED
    with pytest.raises(DeskError) as refused:
        parse_desk(COUPLED.replace(right, wrong, 1), "mine.toml")
    assert said in str(refused.value)
    assert str(refused.value).startswith("mine.toml, line ")


@pytest.mark.parametrize(("right", "wrong", "said"), MISTAKES)
def test_a_mistake_is_refused_with_the_fix(right: str, wrong: str, said: str) -> None:
    assert right in TEXT
    with pytest.raises(DeskError) as refused:
        parse_desk(TEXT.replace(right, wrong, 1), "mine.toml")
    assert said in str(refused.value)
    assert str(refused.value).startswith("mine.toml")


def test_the_line_of_the_mistake_is_named() -> None:
    wrong = TEXT.replace("energy = 40", "energy = 0")
    line = wrong.splitlines().index("energy = 0") + 1
    with pytest.raises(DeskError, match=rf"line {line}, strategy\[2\]\.energy: 0 is not above 0"):
        parse_desk(wrong)


def test_a_strategy_needs_a_book_to_trade_on() -> None:
    start = TEXT.index("[market.synthetic_book]")
    without = TEXT[:start] + TEXT[TEXT.index("[[strategy]]") :]
    with pytest.raises(DeskError, match=r"has no continuous book .* add \[market.synthetic_book\]"):
        parse_desk(without)


@pytest.mark.parametrize("name", BUILTIN)
def test_the_built_in_desks_are_good(name: str) -> None:
    desk = builtin_desk(name)
    assert desk.strategy


def test_numbers_are_exact_and_defaults_apply() -> None:
    desk = builtin_desk("generated")
    book = desk.market[0].synthetic_book
    assert book is not None
    assert (book.tick, book.half_spread) == (Decimal("0.01"), Decimal("0.40"))
    assert book.latency_ms == 20
    assert desk.market[0].day == dt.date(2026, 6, 30)
    momentum, _, battery = desk.strategy[:3]
    assert isinstance(momentum, MomentumSpec)
    assert momentum.step_seconds == 300
    assert isinstance(battery, BatterySpec)
    assert battery.efficiency == Decimal("0.86")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DeskError, match=r"nowhere\.toml"):
        load_desk(tmp_path / "nowhere.toml")


def made_up(keys: str = "") -> SyntheticBookSpec:
    desk = parse_desk(TEXT.replace("tick = 0.01\n", f"tick = 0.01\n{keys}\n"))
    book = desk.market[0].synthetic_book
    assert book is not None
    return book


def test_a_made_up_book_has_both_calls_and_any_price_unless_the_desk_says_otherwise() -> None:
    minute = 60 * 10**9
    usual = session_of(made_up())
    assert usual == Session(
        opening_call_ns=minute, closing_call_ns=minute, reopening_call_ns=minute
    )
    other = session_of(
        made_up("session = { closing_call_seconds = 0, collar = 5, halt_seconds = 9 }")
    )
    assert (other.closing_call_ns, other.collar, other.halt_ns) == (0, 500, 9 * 10**9)


def test_participants_follow_the_book_where_the_desk_leaves_them_out() -> None:
    usual = participants_of(made_up())
    assert (usual.half_spread, usual.wander, usual.momentum_ticks) == (40, 20, 240)
    assert (usual.maker_lots, usual.noise_lots, usual.maker_interval_ns) == (60, 30, 20 * 10**9)
    keys = (
        "participants = { makers = 0, wander = 0, noise_interval_seconds = 0.5, momentum_move = 1 }"
    )
    other = participants_of(made_up(keys))
    assert (other.makers, other.wander) == (0, 0)
    assert (other.noise_interval_ns, other.momentum_ticks) == (500_000_000, 100)


def test_each_kind_of_message_may_have_its_own_latency() -> None:
    found = latencies_of(made_up("latency = { cancel_ms = [0.5, 0] }"))
    assert found.cancel == (500_000, 0)
    assert found.feed == found.submit == found.amend == found.report == (16_000_000, 8_000_000)


def with_strategy(lines: str, market: str = "generated day") -> str:
    return f'{TEXT}\n[[strategy]]\nname = "more"\nmarket = "{market}"\nbook = "assets"\n{lines}'


def test_virtual_bids_need_two_settlements() -> None:
    desk = parse_desk(with_strategy('kind = "virtual"\nvolume = 5\nconfidence_threshold = 0.6'))
    virtual = desk.strategy[-1]
    assert isinstance(virtual, VirtualSpec)
    assert virtual.confidence_threshold == Decimal("0.6")
    pool = TEXT.replace('source = "generated"', 'source = "nem-vic1"').replace(
        "[[book]]", "[fx]\nAUD = 0.6\n[[book]]", 1
    )
    text = with_strategy('kind = "virtual"\nvolume = 5').replace(TEXT, pool)
    with pytest.raises(DeskError, match=r"strategy\[5\]\.market: virtual bids need .* nyiso-nyc"):
        parse_desk(text)


def test_an_ema_cross_needs_quotes_and_a_fast_average_that_is_faster() -> None:
    desk = parse_desk(with_strategy('kind = "ema_cross"\nvolume = 5\nfast = 20\nslow = 60'))
    cross = desk.strategy[-1]
    assert isinstance(cross, EmaCrossSpec)
    assert (cross.fast, cross.slow) == (20, 60)
    with pytest.raises(DeskError, match=r"strategy\[5\]\.fast: 60 is not below slow 60; lower"):
        parse_desk(with_strategy('kind = "ema_cross"\nvolume = 5\nfast = 60\nslow = 60'))
    futures = (
        '[fx]\nUSD = 0.9\n[[futures]]\nname = "oil"\nproduct = "CL"\nfirst_day = 2020-02-03\n'
        "last_day = 2020-06-30\n[[book]]"
    )
    text = with_strategy('kind = "ema_cross"\nvolume = 5', "oil").replace("[[book]]", futures, 1)
    with pytest.raises(DeskError, match="futures 'oil' settle once a day and have no quotes"):
        parse_desk(text)


@pytest.mark.parametrize("value", ["1e30", "-1e30", "1e400", "1e13", "nan", "inf"])
def test_a_number_that_is_too_large_names_line_key_value_and_bound(value: str) -> None:
    lines = TEXT.splitlines()
    keys = 0
    for place, line in enumerate(lines):
        key, found, old = line.partition(" = ")
        if not found or not re.fullmatch(r"[\d_]*\.?\d+", old):
            continue
        keys += 1
        changed = "\n".join([*lines[:place], f"{key} = {value}", *lines[place + 1 :]])
        with pytest.raises(DeskError) as refused:
            parse_desk(changed)
        sentence = str(refused.value)
        assert f"line {place + 1}," in sentence
        assert f".{key}: " in sentence
        assert re.search(r"; give |give a whole number", sentence), sentence
    assert keys > 10


CLEARED = (
    TEXT
    + """
[[clearing]]
market = "generated day"
counterparty = "ECC"
member = "Bank"
[[limit]]
name = "headroom"
measure = "spot_trading"
member = "Bank"
soft = 1
hard = 2
"""
)


@pytest.mark.parametrize(
    ("sound", "mistake", "told"),
    [
        ('member = "Bank"\nsoft', 'member = "Bnk"\nsoft', r"limit\[0\].member: .*mean 'Bank'"),
        ('member = "Bank"\nsoft', 'counterparty = "EC"\nsoft', "did you mean 'ECC'"),
        ('member = "Bank"\nsoft', 'member = "ECC"\nsoft', "'ECC' is no member of a"),
        ('counterparty = "ECC"', 'counterparty = " "', r"clearing\[0\].counterparty: it is empty"),
        ('member = "Bank"\n[[limit', 'member = "Bank"\nbook = "x"\n[[limit', "'x' is no book"),
        ('market = "generated day"\ncounterparty', "counterparty", "key 'market' is missing"),
        (
            "[[limit]]",
            '[[clearing]]\nmarket = "generated day"\ncounterparty = "LCH"\n[[limit]]',
            "has clearing for all books already",
        ),
    ],
)
def test_clearing_that_does_not_fit_is_refused(sound: str, mistake: str, told: str) -> None:
    assert sound in CLEARED
    assert parse_desk(CLEARED).counterparties == {"ECC": 1, "Bank": 2}
    with pytest.raises(DeskError, match=told):
        parse_desk(CLEARED.replace(sound, mistake))
