"""Sessions of venues over real sockets: what Python is told is what the venue did."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
import pytest

import rabbit_broker
from wattbook.errors import FeedError, InputError
from wattbook.ingest.venue import (
    SimulatedVenue,
    VenueBatch,
    VenueSession,
    environment_secrets,
    replay,
)

PATIENCE_SECONDS = 120.0
KINDS = ["generic", "nordpool"]
WORD = "5esame open"

Orders = dict[tuple[str, int], dict[int, tuple[bool, int, int]]]


def secrets() -> tuple[str, str]:
    return "trader", WORD


@pytest.fixture(params=KINDS)
def venue(request: pytest.FixtureRequest) -> Iterator[SimulatedVenue]:
    with SimulatedVenue(request.param, seed=3, hours=3, secrets=secrets) as made:
        made.step(200)
        yield made


def written(folder: Path, venue: SimulatedVenue) -> Path:
    path = folder / "venue.toml"
    path.write_text(venue.file)
    return path


class Follower:
    """Rebuilds every order from the tables alone."""

    def __init__(self, session: VenueSession) -> None:
        self.session = session
        self.keys: dict[int, tuple[str, int]] = {}
        self.orders: Orders = {}
        self.whole: dict[int, bool] = {}
        self.last = 0
        self.states: list[str] = []
        self.batches: list[VenueBatch] = []

    def take(self) -> None:
        batch = self.session.take(wait_seconds=0.05)
        assert batch is not None, "the session ended by itself"
        self.hear(batch)

    def hear(self, batch: VenueBatch) -> None:
        if not len(batch):
            return
        self.batches.append(batch)
        tables = {name: pl.DataFrame(table) for name, table in batch.tables().items()}
        numbers = sorted(number for table in tables.values() for number in table["sequence"])
        assert numbers == list(range(self.last + 1, self.last + len(batch) + 1))
        self.last = numbers[-1]
        for row in tables["instruments"].iter_rows(named=True):
            start = int(row["delivery_start"].timestamp())
            self.keys[row["instrument"]] = row["location"], start
        for row in tables["book_changes"].iter_rows(named=True):
            self.change(row)
        for row in tables["books"].iter_rows(named=True):
            self.whole[row["instrument"]] = row["is_whole"]
        self.states += tables["states"]["state"].to_list()

    def change(self, row: dict[str, object]) -> None:
        book = self.orders.setdefault(self.keys[int(str(row["instrument"]))], {})
        number = int(str(row["venue_order"]))
        match row["action"]:
            case "clear":
                book.clear()
            case "delete":
                del book[number]
            case _:
                sizes = (round(float(str(row[name])) * 1e6) for name in ("price", "volume"))
                price, volume = sizes
                book[number] = row["side"] == "buy", price, volume

    def until(self, what: str, is_so: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE_SECONDS
        while not is_so():
            assert time.monotonic() < end, f"not {what}: {self.session.statistics}"
            self.take()

    def agrees_with(self, venue: SimulatedVenue) -> None:
        self.until("idle", lambda: venue.is_idle)
        self.until("of one mind", lambda: self.orders == venue.orders())
        self.until("whole", lambda: all(b.is_whole for b in self.session.books().values()))
        for instrument, book in self.session.books(levels=1_000).items():
            levels: dict[tuple[bool, int], int] = {}
            for is_buy, price, volume in self.orders[self.keys[instrument]].values():
                levels[is_buy, price] = levels.get((is_buy, price), 0) + volume
            told = {
                (is_buy, level.price.millionths): level.volume.millionths
                for is_buy, side in ((True, book.bids), (False, book.asks))
                for level in side
            }
            assert (told, book.anomalies) == (levels, 0)
            bids = [level.price for level in book.bids]
            assert bids == sorted(bids, reverse=True)
            assert book.best_bid is None or book.best_bid.price == bids[0]


def test_every_order_is_told_also_over_a_lost_connection(
    venue: SimulatedVenue, tmp_path: Path
) -> None:
    with VenueSession.open(written(tmp_path, venue), secrets=secrets) as session:
        follower = Follower(session)
        follower.until("live", lambda: session.statistics.state == "live")
        venue.step(2_000)
        follower.agrees_with(venue)
        assert (session.statistics.losses, session.statistics.gaps) == (0, 0)
        venue.fail("disconnect")
        follower.until("lost", lambda: session.statistics.losses == 1)
        follower.until("back", lambda: session.statistics.logins == 2)
        venue.step(500)
        follower.agrees_with(venue)
        found = session.statistics
        assert (found.set_aside, found.recording_fault) == (0, "")
        assert found.events == follower.last
        assert found.trades > 10
        assert "lost" in follower.states
        session.stop()
        for batch in session.batches():
            follower.hear(batch)
        assert follower.states[-1] == "stopped"
    assert len(follower.keys) == 6


@pytest.mark.long
@pytest.mark.stack
def test_a_venue_behind_a_real_broker_is_followed_also_over_the_broker_s_death(
    tmp_path: Path,
) -> None:
    if reason := rabbit_broker.missing():
        pytest.skip(reason)

    def guest() -> tuple[str, str]:
        return "guest", "guest"

    with (
        rabbit_broker.RabbitBroker() as broker,
        SimulatedVenue("m7", seed=3, hours=3, broker=broker.address, secrets=guest) as venue,
    ):
        venue.step(200)
        assert venue.port is None
        path = tmp_path / "venue.toml"
        # No machine is so slow that its venue seems dead.
        patient = venue.file.replace("heartbeat_seconds = 3", "heartbeat_seconds = 120")
        path.write_text(patient.replace("answer_seconds = 5", "answer_seconds = 120"))
        with VenueSession.open(path, secrets=guest) as session:
            follower = Follower(session)
            follower.until("live", lambda: session.statistics.state == "live")
            venue.step(1_000)
            follower.agrees_with(venue)
            found = session.statistics
            assert (found.gaps, found.set_aside) == (0, 0)
            assert found.trades > 10
            broker.kill()
            lost = found.losses + 1
            follower.until("lost", lambda: session.statistics.losses >= lost)
            broker.start()
            follower.until("back", lambda: session.statistics.state == "live")
            venue.step(300)
            follower.agrees_with(venue)
            assert session.statistics.set_aside == 0
            assert venue.logins >= 2


def test_a_change_that_never_came_is_a_gap_and_is_closed(
    venue: SimulatedVenue, tmp_path: Path
) -> None:
    with VenueSession.open(written(tmp_path, venue), secrets=secrets) as session:
        follower = Follower(session)
        follower.until("subscribed", lambda: session.statistics.snapshots == 6)
        venue.step(100)
        venue.fail("lose", count=10)
        venue.step(100)
        follower.until("idle", lambda: venue.is_idle)
        # What was lost at the very end of a book shows with its next change.
        venue.step(200)
        follower.until("told", lambda: session.statistics.gaps > 0)
        follower.agrees_with(venue)


def test_a_bad_message_is_set_aside_with_place_offset_reason_and_bytes(
    venue: SimulatedVenue, tmp_path: Path
) -> None:
    with VenueSession.open(written(tmp_path, venue), secrets=secrets) as session:
        follower = Follower(session)
        follower.until("subscribed", lambda: session.statistics.snapshots > 0)
        venue.fail("publish", content=b'{"torn":')
        follower.until("set aside", lambda: session.statistics.set_aside == 1)
        parts = [pl.DataFrame(b.set_aside) for b in follower.batches if len(b.set_aside)]
        (part,) = pl.concat(parts).to_dicts()
        assert (part["raw"], part["offset"]) == (b'{"torn":', 8)
        assert part["place"]
        assert "byte 8" in part["reason"]
        venue.step(100)
        follower.agrees_with(venue)
        assert session.statistics.losses == 0


def table(follower: Follower, name: str) -> pl.DataFrame:
    return pl.concat([pl.DataFrame(batch.tables()[name]) for batch in follower.batches])


def own_orders(follower: Follower) -> Orders:
    """Return our orders that stand: those told as active since the last login."""
    logins = table(follower, "states").filter(pl.col("state") == "logged_in")
    told = table(follower, "own_orders").filter(pl.col("sequence") > logins["sequence"][-1])
    latest = told.unique("order", keep="last", maintain_order=True)
    found: Orders = {}
    for row in latest.filter(pl.col("state") == "active").iter_rows(named=True):
        price, volume = (int(row[name] * 1_000_000) for name in ("price", "volume"))
        book = found.setdefault(follower.keys[row["instrument"]], {})
        book[row["venue_order"]] = row["side"] == "buy", price, volume
    return found


def theirs(venue: SimulatedVenue) -> Orders:
    """Return what the venue itself holds of ours: every fourth order."""
    found = {
        key: {number: order for number, order in book.items() if number % 4 == 0}
        for key, book in venue.orders().items()
    }
    return {key: book for key, book in found.items() if book}


def test_own_orders_and_trades_are_those_of_the_venue(tmp_path: Path) -> None:
    with SimulatedVenue("nordpool", seed=5, hours=3, secrets=secrets) as venue:
        path = written(tmp_path, venue)
        path.write_text(venue.file + "follows_own = true\n")
        with VenueSession.open(path, secrets=secrets) as session:
            follower = Follower(session)
            follower.until("told", lambda: session.statistics.own_orders_whole == 1)
            venue.step(2_000)
            follower.until("idle", lambda: venue.is_idle)
            venue.fail("disconnect")
            follower.until("told again", lambda: session.statistics.own_orders_whole == 2)
            venue.step(1_000)
            follower.agrees_with(venue)
            follower.until("of one mind on ours", lambda: own_orders(follower) == theirs(venue))
            found = session.statistics
        assert theirs(venue)
    orders, trades = table(follower, "own_orders"), table(follower, "own_trades")
    whole = table(follower, "own_orders_whole")
    counted = (found.own_orders, found.own_orders_whole, found.own_trades)
    assert (orders.height, whole.height, trades.height) == counted
    assert orders.schema["price"] == trades.schema["volume"] == pl.Decimal(19, 6)
    assert orders.schema["ts_event"] == trades.schema["ts_recv"] == pl.Datetime("ns", "UTC")
    assert {"user_added", "user_deleted", "partly_executed"} <= set(orders["action"])
    # Each of our trades is told once, with the price and volume of the public one.
    assert trades.height > 3
    assert trades.select("trade", "side", "revision").is_unique().all()
    both = trades.join(table(follower, "trades"), on="trade", suffix="_public")
    assert both.height > 0
    same = [pl.col(name) == pl.col(f"{name}_public") for name in ("price", "volume")]
    assert both.select(pl.all_horizontal(same).all()).item()
    assert set(trades["side"]) == {"buy", "sell"}
    assert trades["is_valid"].all()


def test_a_slow_consumer_loses_nothing(venue: SimulatedVenue, tmp_path: Path) -> None:
    path = written(tmp_path, venue)
    with VenueSession.open(path, secrets=secrets, waiting_events_max=50) as session:
        follower = Follower(session)
        venue.step(3_000)
        most = 0
        while not venue.is_idle or session.statistics.state != "live":
            batch = session.take(7, wait_seconds=0.01)
            assert batch is not None
            most = max(most, len(batch))
            follower.hear(batch)
        assert most == 7
        follower.agrees_with(venue)


def test_a_recording_says_the_same_again(venue: SimulatedVenue, tmp_path: Path) -> None:
    path, kept = written(tmp_path, venue), tmp_path / "session.wbsr"
    with VenueSession.open(path, secrets=secrets, recording=kept, seed=9) as session:
        follower = Follower(session)
        follower.until("live", lambda: session.statistics.state == "live")
        venue.step(300)
        follower.agrees_with(venue)
        session.stop()
        for batch in session.batches():
            follower.hear(batch)
    assert kept.stat().st_mode & 0o777 == 0o600
    again = replay(path, kept, seed=9, secrets=secrets)
    assert len(again) == follower.last
    for name, table in again.tables().items():
        told = pl.concat([pl.DataFrame(batch.tables()[name]) for batch in follower.batches])
        assert told.equals(pl.DataFrame(table)), name
    with pytest.raises(FeedError, match=r"session\.wbsr"):
        VenueSession.open(path, secrets=secrets, recording=kept)
    kept.write_bytes(kept.read_bytes()[:-1])
    with pytest.raises(InputError, match="recording at byte"):
        replay(path, kept, seed=9, secrets=secrets)


def test_a_wrong_password_is_refused_and_told_to_nobody(
    venue: SimulatedVenue, tmp_path: Path
) -> None:
    wrong = "n0t the word"
    with VenueSession.open(written(tmp_path, venue), secrets=lambda: ("trader", wrong)) as session:
        follower = Follower(session)
        follower.until("refused twice", lambda: session.statistics.losses >= 2)
        assert "401" in session.statistics.last_loss
        told = repr(session.statistics) + str(
            [pl.DataFrame(batch.states).to_dicts() for batch in follower.batches]
        )
        assert wrong not in told
    assert venue.logins == 0


def test_other_threads_run_while_one_waits_and_a_stop_ends_the_wait(
    venue: SimulatedVenue, tmp_path: Path
) -> None:
    with VenueSession.open(written(tmp_path, venue), secrets=secrets) as session:
        taken: list[VenueBatch] = []
        waiting = threading.Thread(target=lambda: taken.extend(session.batches()))
        waiting.start()
        end = time.monotonic() + PATIENCE_SECONDS
        while session.statistics.state != "live":
            assert time.monotonic() < end, session.statistics
        # This thread got here although the other one never stops waiting.
        session.stop()
        waiting.join(PATIENCE_SECONDS)
        assert not waiting.is_alive()
        assert taken
    session.close()
    with pytest.raises(InputError, match="closed"):
        session.take()


def test_a_missing_secret_names_the_variables(venue: SimulatedVenue, tmp_path: Path) -> None:
    path = written(tmp_path, venue)
    nobody = environment_secrets(environment={})
    with pytest.raises(InputError, match="WATTBOOK_VENUE_USER and WATTBOOK_VENUE_PASSWORD"):
        VenueSession.open(path, secrets=nobody)
    own = environment_secrets("DESK_USER", "DESK_PASSWORD", {"DESK_USER": "trader"})
    with pytest.raises(InputError, match="needs a password; set DESK_USER and DESK_PASSWORD"):
        VenueSession.open(path, secrets=own)
    assert "trader" not in repr(own)
    with pytest.raises(InputError, match=r"needs a (user|password); give secrets that"):
        VenueSession.open(path, secrets=lambda: ("", ""))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("kind = 'm8'", 'kind is "m8"; use m7, nordpool or generic'),
        ("kind = 'm7'\nurl = 'amqp://h/'\nmarket = 'E'\nproduct = 1", "line 4"),
        ("kind = 'nordpool", "line 1"),
        (
            "kind = 'm7'\nurl = 'amqps://h/'\nmarket = 'E'\nproducts = []\n[tls]\nca = 'no.pem'",
            "tls.ca",
        ),
        (
            "kind = 'm7'\nurl = 'amqps://h/'\nmarket = 'E'\nproducts = []\n[tls]\nkey = 'a'",
            "tls.certificate",
        ),
    ],
)
def test_a_file_that_does_not_fit_names_the_place(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "venue.toml"
    path.write_text(text)
    with pytest.raises(InputError) as fault:
        VenueSession.open(path, secrets=secrets)
    assert told in str(fault.value)
    assert str(fault.value).startswith(str(path))
    with pytest.raises(InputError, match="cannot be read"):
        VenueSession.open(tmp_path / "none.toml", secrets=secrets)


def test_a_simulated_venue_refuses_what_it_cannot_be() -> None:
    with pytest.raises(InputError, match="use generic, nordpool or m7"):
        SimulatedVenue("m8", secrets=secrets)
    with pytest.raises(InputError, match="ADDRESS:PORT"):
        SimulatedVenue("m7", broker="rabbit", secrets=secrets)
    with SimulatedVenue(secrets=secrets) as venue:
        with pytest.raises(InputError, match="cannot fail by"):
            venue.fail("sleep")
        with pytest.raises(FeedError, match="cannot listen"):
            SimulatedVenue(port=venue.port or 0, secrets=secrets)
