"""Every kind of strategy that trades a continuous book, live, by the files of `wattbook run`."""

from __future__ import annotations

import json
import signal
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.acceptance.test_live import (
    Exchange,
    Process,
    check_books_agree,
    events,
    facts,
    live,
    until_journaled,
    wattbook,
)

EXAMPLES = Path(__file__).parents[2] / "examples"
# Five minutes before a gate: the contract of the next hour trades as well.
BEGIN = ["--from", "2026-06-30T12:54:45Z"]
STRATEGIES = """
[[strategy]]
name = "market maker"
kind = "python"
file = "market_maker.py"
strategy_class = "Maker"
market = "generated day"
book = "intraday"
volume = 1

[strategy.parameters]
decay = 20
widen_seconds = 60
stop_seconds = 30

[[strategy]]
name = "follow the forecast"
kind = "python"
file = "follow_forecast.py"
strategy_class = "FollowForecast"
market = "generated day"
book = "intraday"
volume = 3

[[strategy]]
name = "momentum"
kind = "momentum"
market = "generated day"
book = "intraday"
volume = 2
window = 3
step_seconds = 1

[[strategy]]
name = "mean reversion"
kind = "mean_reversion"
market = "generated day"
book = "intraday"
volume = 2
window = 3
step_seconds = 1

[[strategy]]
name = "EMA cross"
kind = "ema_cross"
market = "generated day"
book = "intraday"
volume = 2
fast = 2
slow = 5

[[strategy]]
name = "order to execute"
kind = "execute"
market = "generated day"
book = "intraday"
side = "buy"
volume = 6
algorithm = "twap"
after_minutes = 0
minutes = 0.5

[[strategy]]
name = "iceberg"
kind = "execute"
market = "generated day"
book = "intraday"
side = "sell"
volume = 3
algorithm = "iceberg"
after_minutes = 0
minutes = 0.5

[strategy.parameters]
display = 1

[[strategy]]
name = "calendar spread"
kind = "legs"
market = "generated day"
book = "intraday"
units = 3
pace = "even"
after_minutes = 0
minutes = 0.5

[[strategy.leg]]
contract = 1
side = "buy"

[[strategy.leg]]
contract = 2
side = "sell"
"""


class Venue(Exchange):
    """The exchange of a desk file, from the same instant."""

    def __init__(self, cwd: Path, file: Path) -> None:
        Process.__init__(self, "fix", "exchange", str(file), "--port", "0", *BEGIN, cwd=cwd)
        self.port = int(self.until(r"listening on 127\.0\.0\.1:(\d+)")[1])


@pytest.fixture(autouse=True)
def clean_up(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Log in as somebody, and end what a test has started."""
    monkeypatch.setenv("WATTBOOK_VENUE_PASSWORD", "anything")
    yield
    while Process.started:
        Process.started.pop().clear()


def desk_of(folder: Path, kind: str) -> Path:
    """Return a desk file of all strategies that trades by FIX or by REST."""
    name = {"fix": "live_desk.toml", "rest": "live_rest.toml"}[kind]
    text = (EXAMPLES / name).read_text(encoding="utf-8")
    desk, confidence = 'currency = "EUR"\n', "confidence_threshold = 0.01\n"
    assert desk in text
    text = text[: text.index("[[strategy]]")].replace(desk, desk + confidence)
    for needed in ("rest_session.toml", "market_maker.py", "follow_forecast.py"):
        (folder / needed).write_bytes((EXAMPLES / needed).read_bytes())
    file = folder / name
    file.write_text(text + STRATEGIES, encoding="utf-8")
    return file


def trade(folder: Path, kind: str) -> None:
    """Trade every strategy live and replay the day, with the same file and with a changed one."""
    folder.mkdir()
    file = desk_of(folder, kind)
    names = [one["name"] for one in tomllib.loads(STRATEGIES)["strategy"]]
    venue = Venue(folder, file)
    out = folder / "run"
    desk = live(out, venue.port, *BEGIN, file=file)
    desk.until("exchange: logged on")
    # Two prices of record, far below the book and far above: each gives a forecast, whose order
    # finds nothing where the book has moved meanwhile. The second period has begun when the even
    # schedule of half a minute has ended.
    even_schedule = (1 + names.index("order to execute") << 48) + 1
    for minute, price in ((50, -90), (55, 40)):
        begins = f"2026-06-30T12:{minute}:00Z"
        told = {"market": "generated day", "delivery_start": begins, "price": price}
        desk.write(json.dumps(told) + "\n")
        until_journaled(out, "ParentEnded", parent=even_schedule)
    for number in range(1, len(names) + 1):
        until_journaled(out, "Filled", strategy=number)
    assert desk.end(signal.SIGINT) == 130, "".join(desk.lines)
    traded = events(out, "filled")["strategy"].unique().sort().to_list()
    assert traded == list(range(1, len(names) + 1))
    if kind == "fix":
        check_books_agree(out, venue.close())
    # On the quotes and reports of that day they give the same orders, field by field.
    same = wattbook("replay", out, "--strategies", file, cwd=folder)
    assert (same.returncode, same.stdout.count("no difference")) == (0, 2), same.stdout
    assert facts(out)["state_hash"] in same.stdout
    # Another version of one strategy: its order is the first difference.
    text = file.read_text(encoding="utf-8")
    assert text.count("volume = 6\n") == 1
    file.write_text(text.replace("volume = 6\n", "volume = 5\n"), encoding="utf-8")
    other = wattbook("replay", out, "--strategies", file, "--json", cwd=folder)
    told = json.loads(other.stdout)
    assert (other.returncode, told["is_same"], told["events"]["differences"]) == (1, False, 0)
    was, now = told["strategies"]["shown"][:2]
    assert (was["table"], was["kind"], was["was"]) == (
        "open_parent",
        "missing",
        "side buy, volume 6",
    )
    assert (now["table"], now["kind"], now["now"]) == ("open_parent", "added", "side buy, volume 5")


@pytest.mark.long
def test_every_strategy_trades_live_and_the_day_is_the_same_again(tmp_path: Path) -> None:
    # Half of the time is waiting for schedules, so both lines are waited for together.
    kinds = ("fix", "rest")
    with ThreadPoolExecutor(len(kinds)) as together:
        list(together.map(trade, [tmp_path / kind for kind in kinds], kinds))
