"""Quote files and their replay to strategies written in Python."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.unit.execution.test_simulation import OWNER, instrument

from wattbook.domain import Money, SetLimits, Venue
from wattbook.errors import InputError
from wattbook.execution import check_quotes, replay_ema_cross, replay_quotes, write_quotes

ROWS = 10_000


def references() -> Any:
    plenty = Money.from_units(10**26)
    return [
        Venue(
            venue=0,
            name="quotes",
            market_model="continuous_book",
            time_zone="Europe/Berlin",
            is_synthetic=True,
        ),
        instrument(),
        SetLimits(
            trading_book=1,
            order_volume=1_000,
            order_value=plenty,
            position_volume=10_000,
            loss=plenty,
            price_collar=5_000,
        ),
    ]


def write(path: Any, **changes: Any) -> Any:
    r = np.random.default_rng(1)
    middle = np.cumsum(r.integers(-2, 3, ROWS)) * 10_000
    columns: dict[str, Any] = {
        "ts": np.arange(ROWS) * 10**6,
        "bid_price": middle - 10_000,
        "ask_price": middle + 10_000,
        "bid_volume": np.full(ROWS, 500_000),
        "ask_volume": np.full(ROWS, 700_000),
    }
    terms: dict[str, Any] = {"instrument": 0, "tick": "0.01", "lot": "0.1", "is_synthetic": True}
    return write_quotes(path, **terms, **(columns | changes)), middle


@pytest.fixture
def path(tmp_path: Path) -> Any:
    return tmp_path / "quotes.wbq"


def replay(path: Any, strategy: Any, **changes: Any) -> Any:
    terms: dict[str, Any] = {
        "owner": OWNER,
        "references": references(),
        "desk_currency": "EUR",
        "latency_ns": 500,
    }
    return replay_quotes(path, strategy, **(terms | changes))


class Crossing:
    def __init__(self) -> None:
        self.seen = self.side = 0
        self.fast = self.slow = 0.0

    def on_start(self, context: Any) -> None:
        self.context = context

    def on_quote(self, ts: int, bid: int, ask: int, _bid_volume: Any, _ask_volume: Any) -> None:
        middle = (bid + ask) * 0.5
        self.seen += 1
        if self.seen == 1:
            self.fast = self.slow = middle
        self.fast += 2 / 11 * (middle - self.fast)
        self.slow += 2 / 21 * (middle - self.slow)
        wanted = 1 if self.fast > self.slow else -1
        if self.seen > 20 and wanted != self.side:
            self.side = wanted
            context = self.context
            missing = wanted - context.position(0) - context.working(0)
            signal = context.record_signal(0, "rise" if wanted > 0 else "fall", 1.0, middle, 2**62)
            context.submit(
                0,
                "buy" if missing > 0 else "sell",
                ask if missing > 0 else bid,
                round(abs(missing), 1),
                time_in_force="immediate_or_cancel",
                signal=signal,
            )


def test_what_is_written_is_counted_and_a_changed_byte_is_found(path: Any) -> None:
    assert write(path)[0] == ROWS
    said = check_quotes(path)
    assert (said.count, said.instrument, said.is_synthetic) == (ROWS, 0, True)
    assert path.stat().st_size < 24 * ROWS
    damaged = bytearray(path.read_bytes())
    damaged[5_000] ^= 1
    path.write_bytes(damaged)
    with pytest.raises(InputError, match=r"byte 64: the block's checksum differs"):
        check_quotes(path)


def test_a_row_off_the_tick_is_named(path: Any) -> None:
    price = np.zeros(ROWS, dtype=np.int64)
    price[7] = 1
    with pytest.raises(InputError, match="row 7: a price is off the tick"):
        write(path, bid_price=price)


def test_the_crossing_in_python_trades_as_the_one_in_rust(path: Any) -> None:
    write(path)
    strategy = Crossing()
    ours = replay(path, strategy)
    terms: dict[str, Any] = {
        "owner": OWNER,
        "references": references(),
        "desk_currency": "EUR",
        "latency_ns": 500,
    }
    rust = replay_ema_cross(path, fast=10, slow=20, volume=1, **terms)
    assert strategy.seen == ours.quotes == rust.quotes == ROWS
    assert ours.orders == rust.orders > 100
    assert ours.fills == rust.fills > 100


def test_a_batch_is_every_quote_as_arrays(path: Any) -> None:
    _, middle = write(path)

    class Batch:
        seen = 0
        total = 0.0

        def on_start(self, context: Any) -> None:
            self.context = context

        def on_batch(self, ts: Any, bid: Any, ask: Any, bid_volume: Any, ask_volume: Any) -> None:
            self.seen += ts.size
            self.total += float((bid + ask).sum()) / 2
            assert set(bid_volume) == {0.5}
            assert set(ask_volume) == {0.7}
            assert self.context.now == ts[-1]
            self.context.submit(0, "buy", ask[-1], 0.1, time_in_force="immediate_or_cancel")

    batch = Batch()
    done = replay(path, batch)
    assert batch.seen == ROWS
    assert batch.total == pytest.approx(middle.sum() / 1e6)
    # Three blocks; the order of the last one has no later quote to arrive at.
    assert (done.orders, done.fills) == (3, 2)


def test_an_exception_of_a_callback_is_raised(path: Any) -> None:
    write(path)

    class Broken:
        def on_quote(self, *_: Any) -> None:
            message = "no idea"
            raise ValueError(message)

    with pytest.raises(ValueError, match="no idea"):
        replay(path, Broken())


def test_a_journal_on_disk_gives_the_same_state_and_is_never_written_over(path: Any) -> None:
    write(path)
    folder = path.parent / "journal"

    def crossed(journal: Any) -> Any:
        return replay_ema_cross(
            path,
            fast=3,
            slow=9,
            volume="0.1",
            owner=OWNER,
            references=references(),
            desk_currency="EUR",
            journal=journal,
        )

    on_disk = crossed(folder)
    assert on_disk == crossed(None)
    assert on_disk.orders > 0
    with pytest.raises(InputError, match="name a folder without one"):
        crossed(folder)
