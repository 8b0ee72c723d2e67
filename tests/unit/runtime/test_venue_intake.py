"""What a venue says is stored whole and in order, and what cannot be trusted is set aside."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
import pytest

from wattbook.errors import InputError, SchemaError
from wattbook.ingest.venue import SimulatedVenue, environment_secrets
from wattbook.runtime.ingest.live_config import LiveConfig, VenueLine, load_config
from wattbook.runtime.ingest.pipeline import Pipeline
from wattbook.runtime.ingest.quality import measure
from wattbook.runtime.ingest.quality_metrics import metrics_text
from wattbook.runtime.ingest.reprocess import candidates
from wattbook.runtime.ingest.venue_intake import KINDS, VenueIntakes, VenueWord
from wattbook.store.schemas import table_schema

PATIENCE_SECONDS = 60.0


@pytest.fixture
def venue(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimulatedVenue]:
    monkeypatch.setenv("DESK_USER", "trader")
    monkeypatch.setenv("DESK_PASSWORD", "5esame")
    secrets = environment_secrets("DESK_USER", "DESK_PASSWORD")
    with SimulatedVenue("generic", hours=2, secrets=secrets) as made:
        yield made


def config(folder: Path, venue: SimulatedVenue, store_seconds: float = 0.1) -> LiveConfig:
    (folder / "venue.toml").write_text(venue.file)
    line = VenueLine("practice", "venue.toml", "DESK_USER", "DESK_PASSWORD", store_seconds)
    return LiveConfig(folder, venue=(line,))


def until(what: str, is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < end, f"not {what}"
        time.sleep(0.02)


def test_rows_are_stored_in_order_and_every_bad_message_is_a_part_of_its_own(
    venue: SimulatedVenue, tmp_path: Path
) -> None:
    pipeline = Pipeline(tmp_path / "store")
    words: list[VenueWord] = []
    venue.step(300)
    with VenueIntakes(config(tmp_path, venue), pipeline, words.append) as intakes:
        (intake,) = intakes.intakes
        until("subscribed", lambda: intake.statistics.snapshots > 0)
        venue.fail("publish", content=b'{"torn":')
        venue.fail("publish", content=b'{"torn":')
        venue.step(500)
        until("set aside", lambda: intake.statistics.set_aside == 2)
        until("idle", lambda: venue.is_idle)
        until("stored", lambda: len(pipeline.quarantine.entries()) == 2)
    assert intakes.faults == {}
    found = intake.statistics
    assert (found.state, intake.stored) == ("stopped", found.events)

    changes = pipeline.observations.table("venue_book_change", "practice")
    assert (changes.height, changes["sequence"].is_sorted()) == (found.book_changes, True)
    assert changes["price"].dtype == pl.Decimal(19, 6)
    assert changes["ts_recv_message"].dtype == changes["ts_event"].dtype == pl.Int64
    assert (changes["ts_recv"] >= changes["ts_recv_message"]).all()
    kinds = {
        kind: pipeline.observations.table(kind).height for kind in pipeline.observations.kinds()
    }
    assert kinds["venue_trade"] == found.trades > 0
    assert kinds["venue_instrument"] == found.instruments == 4
    assert pipeline.observations.table("venue_state")["state"][-1] == "stopped"

    first, second = (entry.part for entry in pipeline.quarantine.entries())
    assert first.raw == second.raw == b'{"torn":'
    assert (first.source, first.offset, first.payload) == ("practice", 8, second.payload)
    assert first.place != second.place
    # Nobody reads a message of a session again.
    assert candidates(pipeline) == []
    assert [word.text for word in words if "set aside" in word.text]
    assert sum(word.events for word in words) == found.events

    seen = measure(pipeline, pipeline.now())
    told = {(entry.source, entry.kind): entry.rows for entry in seen.tables}
    assert told["practice", "venue_book_change"] == found.book_changes
    assert seen.quarantine[0][4] == 2
    labels = 'source="practice",dataset="venue",kind="venue_trade"'
    assert f"table_rows{{{labels}}} {found.trades}\n" in metrics_text(seen)


def test_orders_and_trades_of_our_own_are_stored_as_they_were_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESK_USER", "trader")
    monkeypatch.setenv("DESK_PASSWORD", "5esame")
    secrets = environment_secrets("DESK_USER", "DESK_PASSWORD")
    pipeline = Pipeline(tmp_path / "store")
    with SimulatedVenue("nordpool", hours=2, secrets=secrets) as venue:
        made = config(tmp_path, venue)
        (tmp_path / "venue.toml").write_text(venue.file + "follows_own = true\n")
        venue.step(300)
        with VenueIntakes(made, pipeline, lambda _: None) as intakes:
            (intake,) = intakes.intakes
            until("told", lambda: intake.statistics.own_orders_whole == 1)
            venue.step(1_000)
            until("traded", lambda: intake.statistics.own_trades > 0)
        assert intakes.faults == {}
    found = intake.statistics
    orders = pipeline.observations.table("venue_own_order", "practice")
    trades = pipeline.observations.table("venue_own_trade", "practice")
    assert (orders.height, trades.height) == (found.own_orders, found.own_trades)
    assert pipeline.observations.table("venue_own_orders_whole").height == 1
    assert orders["price"].dtype == trades["volume"].dtype == pl.Decimal(19, 6)
    assert orders["ts_recv_message"].dtype == trades["ts_event"].dtype == pl.Int64
    assert set(orders["side"]) | set(trades["side"]) <= {"buy", "sell"}
    assert orders["sequence"].is_sorted()


def test_a_second_session_adds_to_the_first(venue: SimulatedVenue, tmp_path: Path) -> None:
    pipeline = Pipeline(tmp_path / "store")

    def followed() -> int:
        venue.step(100)
        with VenueIntakes(config(tmp_path, venue), pipeline, lambda _: None) as intakes:
            (intake,) = intakes.intakes
            until("idle", lambda: venue.is_idle)
            until("live", lambda: intake.statistics.state == "live")
        return intake.statistics.book_changes

    count = followed() + followed()
    assert pipeline.observations.table("venue_book_change").height == count > 0


def test_a_store_that_can_take_no_more_ends_the_intake_and_says_why(
    venue: SimulatedVenue, tmp_path: Path
) -> None:
    pipeline = Pipeline(tmp_path / "store")
    words: list[VenueWord] = []
    with VenueIntakes(config(tmp_path, venue), pipeline, words.append) as intakes:
        until("live", lambda: intakes.intakes[0].statistics.state == "live")
        # The disk is gone: no part of the catalogue can be written any more.
        shutil.rmtree(tmp_path / "store")
        venue.step(100)
        until("at an end", lambda: "practice" in intakes.faults)
    assert intakes.faults["practice"] in [word.text for word in words if word.is_fault]


def test_columns_that_the_registry_refuses_end_it_before_a_row_comes(
    venue: SimulatedVenue, tmp_path: Path
) -> None:
    pipeline = Pipeline(tmp_path / "store")
    # Somebody's trades have a text for a price.
    earlier = {"sequence": pl.UInt64(), "price": pl.String()}
    pipeline.registry.register("stored.venue_trade", table_schema("venue_trade", earlier))
    with pytest.raises(SchemaError, match=r"stored\.venue_trade.* price: is string"):
        VenueIntakes(config(tmp_path, venue), pipeline, lambda _: None)
    assert venue.logins == 0
    assert pipeline.observations.kinds() == []


def test_every_kind_of_row_is_registered_with_the_columns_that_are_stored(
    venue: SimulatedVenue, tmp_path: Path
) -> None:
    pipeline = Pipeline(tmp_path / "store")
    with VenueIntakes(config(tmp_path, venue), pipeline, lambda _: None) as intakes:
        (intake,) = intakes.intakes
        until("live", lambda: intake.statistics.state == "live")
        venue.step(500)
        until("traded", lambda: intake.statistics.trades > 0)
    registered = {name: pipeline.registry.version(name) for name in pipeline.registry.subjects()}
    assert {f"stored.{kind}" for kind in KINDS.values()} == set(registered)
    kinds = pipeline.observations.kinds()
    assert {"venue_instrument", "venue_book_change", "venue_trade", "venue_state"} <= set(kinds)
    for kind in kinds:
        stored = pipeline.observations.table(kind).columns
        columns = [column.name for column in registered[f"stored.{kind}"].schema.columns]
        assert [name for name in stored if name in columns] == columns


def test_a_missing_secret_or_file_ends_it_before_it_begins(
    venue: SimulatedVenue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline = Pipeline(tmp_path / "store")
    made = config(tmp_path, venue)
    monkeypatch.delenv("DESK_PASSWORD")
    before = threading.active_count()
    with pytest.raises(InputError, match="needs a password"):
        VenueIntakes(made, pipeline, lambda _: None)
    (tmp_path / "venue.toml").unlink()
    with pytest.raises(InputError, match="cannot be read"):
        VenueIntakes(made, pipeline, lambda _: None)
    assert threading.active_count() == before


def test_the_file_of_live_names_venues(tmp_path: Path) -> None:
    path = tmp_path / "live.toml"
    path.write_text('[[venue]]\nname = "epex"\nfile = "epex.toml"\nuser_variable = "EPEX_USER"\n')
    (line,) = load_config(path).venue
    assert (line.file, line.user_variable) == ("epex.toml", "EPEX_USER")
    path.write_text('[[venue]]\nname = "epex"\nfile = "a"\n[[inbox]]\nname = "epex"\npath = "b"\n')
    with pytest.raises(InputError, match="'epex' twice"):
        load_config(path)
    path.write_text('[[venue]]\nname = "epex"\nfile = "a"\npassword = "b"\n')
    with pytest.raises(InputError, match="no key 'password'"):
        load_config(path)
