"""Forward curves and the quarantine of ingestion at a desk: what is shown, who decides."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from fastapi.testclient import TestClient
from tests.acceptance.desk.conftest import EXAMPLES, ISLAND
from tests.acceptance.desk.served import ORIGIN

from wattbook.api.app import desk_app
from wattbook.api.beside import Beside
from wattbook.api.desk import Desk
from wattbook.market.curves import CurveHistory
from wattbook.runtime.alerts import Alerts, load_rules
from wattbook.runtime.book import propose_reference
from wattbook.runtime.forecast_board import Board, Entry, document
from wattbook.runtime.ingest.pipeline import Pipeline
from wattbook.runtime.watch import Player, Tape, score_rows, signal_rows


@pytest.fixture(scope="module")
def shelf(shelves: Path, tmp_path_factory: pytest.TempPathFactory) -> Beside:
    root = tmp_path_factory.mktemp("beside") / "shelf"
    shutil.copytree(shelves, root)
    return Beside(root / "book", root / "curves", root / "ingest", (ISLAND,))


@pytest.fixture
def at_desk(tape: Tape, store: Path, shelf: Beside) -> Iterator[TestClient]:
    player = Player(tape.first, tape.end, at=tape.end, speed=60.0, wall=time.monotonic)
    desk = Desk(tape, player, Alerts(load_rules(), store.with_name("alerts.sqlite")))
    with TestClient(desk_app(desk, store, ORIGIN, beside=shelf), base_url=ORIGIN) as made:
        made.post("/v1/session", json={"role": "trader"})
        yield made


BOARD = Board(
    market="DE",
    first_day="2016-01-04",
    last_day="2017-12-31",
    days=728,
    entries=(
        Entry("ensemble", 3.4, 0.38, 14.1, 0.001, 0.0001, 94.2),
        Entry("dnn_ensemble", 3.6, 0.4, 14.7, None, 0.01, 93.8),
    ),
    gain=(0.4, 0.2, 0.6),
)


def test_a_leaderboard_is_shown_as_it_was_written(tape: Tape, store: Path, tmp_path: Path) -> None:
    path = tmp_path / "board.json"
    player = Player(tape.first, tape.end, at=tape.end, speed=60.0, wall=time.monotonic)
    desk = Desk(tape, player, Alerts(load_rules(), store.with_name("alerts.sqlite")))
    shelf = Beside(leaderboard=path)
    with TestClient(desk_app(desk, store, ORIGIN, beside=shelf), base_url=ORIGIN) as client:
        client.post("/v1/session", json={"role": "viewer"})
        refused = client.get("/v1/leaderboard")
        assert (refused.status_code, "cannot be read" in refused.text) == (409, True)
        path.write_text(json.dumps([document(BOARD)]))
        found = client.get("/v1/leaderboard").json()
        assert found == {"has_boards": True, "boards": json.loads(path.read_text())}
        path.write_text(json.dumps([{**document(BOARD), "days": "many"}]))
        refused = client.get("/v1/leaderboard")
        assert refused.status_code == 409
        assert "0.days" in refused.json()["detail"]


@pytest.mark.long
def test_a_curve_is_shown_as_it_was_kept(at_desk: TestClient, shelf: Beside) -> None:
    listed = at_desk.get("/v1/curves").json()["curves"]
    assert [one["as_of"] for one in listed] == ["2027-01-04", "2027-01-05"]
    assert shelf.curves is not None
    kept = CurveHistory(shelf.curves)
    first = listed[0]
    day = f"/v1/curves/DE-LU/days/{first['as_of']}"
    found = at_desk.get(day, params={"version": first["version"], "tenor": "quarter"}).json()
    curve = kept.load("DE-LU", kept.versions("DE-LU")["as_of"][0])
    assert [one["price"] for one in found["base"]] == pytest.approx(
        [curve.average(one["product"]) for one in found["base"]]
    )
    assert found["quotes"] == curve.fits.to_dicts()
    prices = at_desk.get("/v1/curves/DE-LU/products", params={"product": "Q2-27 Base"}).json()
    assert [one["price"] for one in prices["rows"]] == pytest.approx([61.2, 60.9])
    assert at_desk.get("/v1/curves/DE-LU/days/2020-01-01").status_code == 404
    assert at_desk.get("/v1/curves/Mars/days/2027-01-04").status_code == 404
    assert at_desk.get(day, params={"tenor": "decade"}).status_code == 422
    assert at_desk.get("/v1/curves/Mars/products?product=Cal-27").status_code == 422


@pytest.mark.long
def test_only_a_risk_role_vouches_for_a_row_and_once(at_desk: TestClient, shelf: Beside) -> None:
    parts = {one["is_row"]: one for one in at_desk.get("/v1/ingest/quarantine").json()["rows"]}
    torn, refused = parts[False]["number"], parts[True]["number"]
    first = at_desk.get("/v1/ingest/quarantine?limit=1").json()
    rest = at_desk.get(f"/v1/ingest/quarantine?after={first['next']}").json()
    assert {row["number"] for row in (*first["rows"], *rest["rows"])} == {torn, refused}
    assert (len(first["rows"]), rest["next"]) == (1, None)
    place = f"/v1/ingest/quarantine/{refused}"
    why = {"why": "the operator confirmed it"}
    assert at_desk.post(f"{place}/release", json=why).status_code == 403
    at_desk.post("/v1/session", json={"role": "risk"})
    for wrong in ({}, {"why": "  "}, {"why": "x" * 501}, {**why, "who": "somebody else"}):
        assert at_desk.post(f"{place}/release", json=wrong).status_code == 422
    assert at_desk.get(place).json()["state"] == "held"
    assert at_desk.post("/v1/ingest/quarantine/999/release", json=why).status_code == 404
    read_again = at_desk.post(f"{place}/correct", json=why)
    assert (read_again.status_code, read_again.json()["corrected"]) == (200, [])
    assert at_desk.post(f"/v1/ingest/quarantine/{torn}/release", json=why).status_code == 422
    released = at_desk.post(f"{place}/release", json=why)
    assert (released.status_code, released.json()["rows"]) == (200, 2)
    assert at_desk.post(f"{place}/release", json=why).status_code == 422
    assert at_desk.get(place).json()["history"][-1]["who"] == "demo (risk)"
    assert at_desk.post(f"/v1/ingest/quarantine/{torn}/drop", json=why).status_code == 200
    counts = at_desk.get("/v1/ingest/quarantine").json()["counts"]
    assert counts == {"released": 1, "dropped": 1}
    assert shelf.ingest is not None
    with Pipeline(shelf.ingest, shelf.islands) as pipeline:
        assert pipeline.observations.as_known()["value"].to_list() == [0.0015, 5.0]


def test_a_desk_without_them_says_how_to_open_it(client: TestClient) -> None:
    for path, option in (("/v1/curves", "--curves"), ("/v1/ingest/quarantine", "--ingest")):
        found = client.get(path)
        assert (found.status_code, option in found.json()["detail"]) == (409, True)


def test_stages_are_timed_in_histograms(client: TestClient) -> None:
    found = client.get("/v1/latencies").json()
    assert {one["stage"] for one in found["rows"]} >= {"picture", "standing", "stream"}
    for one in found["rows"]:
        assert len(one["counts"]) == len(found["bounds_seconds"]) + 1
        assert sum(one["counts"]) == one["total"]


def test_scores_rest_on_forecasts_made_before_delivery(client: TestClient, tape: Tape) -> None:
    scores = score_rows(tape, tape.end)
    assert scores
    assert scores == sorted(scores, key=lambda one: one["mae"])
    asked = client.get("/v1/replay").json()["now"]
    assert client.get("/v1/scores").json()["scores"] == score_rows(tape, asked)
    for one in scores:
        assert 0 < one["periods"] <= tape.tables["define_instrument"].height
        assert one["total"] is not None
        if one["naive_mae"]:
            assert one["relative"] == pytest.approx(one["compared_mae"] / one["naive_mae"])
            assert 0 < one["compared"] <= one["periods"]
    # Assets are certain: their prices are limits, not forecasts.
    signals = signal_rows(tape, tape.end)
    stated = {one["strategy"] for one in signals if one["forecast"] is not None}
    assert {one["strategy"] for one in scores} <= stated
    assert "wind farm" not in stated
    assert all((one["forecast"] is None) == (one["confidence"] == 1.0) for one in signals)


def test_what_made_a_forecast_is_known_once_it_was_made(client: TestClient, tape: Tape) -> None:
    path = "/v1/markets/generated day/contributions"
    rows = client.get(path, params={"limit": 1_000}).json()["rows"]
    now = tape.delivery_start + 12 * 3_600 * 10**9
    assert rows[0]["known_at"] == max(one["known_at"] for one in rows) <= now
    for one in rows:
        assert one["base"] + sum(one["parts"].values()) == pytest.approx(one["forecast"], abs=1e-4)
    # The forecasts that were traded on: the journal holds them on the tick.
    signals = client.get("/v1/signals", params={"strategy": "momentum", "limit": 1_000}).json()
    expects = (one for one in signals["rows"] if one["forecast"] is not None)
    traded = {(one["ts_event"], one["forecast"]) for one in expects}
    assert traded <= {(one["known_at"], round(one["forecast"], 2)) for one in rows}
    assert client.get("/v1/markets/coupled day/contributions").json()["rows"] == []
    assert client.get("/v1/markets/Mars/contributions").status_code == 404


@pytest.mark.long
def test_structured_deals_and_the_reference_wait_for_a_second_person(
    tape: Tape, store: Path, shelves: Path, tmp_path: Path
) -> None:
    book = tmp_path / "book"
    shutil.copytree(shelves / "book", book)
    changed = tmp_path / "reference.toml"
    text = (book / "reference.toml").read_text(encoding="utf-8")
    changed.write_text(text.replace('name = "Stadtwerk"', 'name = "Stadtwerk Nord"'))
    propose_reference(book, changed, person="ana")
    player = Player(tape.first, tape.end, at=tape.end, speed=60.0, wall=time.monotonic)
    desk = Desk(tape, player, Alerts(load_rules(), store.with_name("alerts.sqlite")))
    with TestClient(desk_app(desk, store, ORIGIN, beside=Beside(book)), base_url=ORIGIN) as client:
        client.post("/v1/session", json={"role": "trader"})
        path = "/v1/structured-deals"
        swap = (EXAMPLES / "book" / "structured" / "ttf_swap.xml").read_text(encoding="utf-8")
        asked = {"name": "ttf_swap.xml", "document": swap, "person": "ana"}
        booked = client.post(path, json=asked)
        assert (booked.status_code, booked.json()["new"]) == (201, 1)
        assert client.post(path, json=asked).json()["unchanged"] == 1
        dearer = {**asked, "document": swap.replace("31.40", "32.40")}
        assert client.post(path, json=dearer).json()["waits"] == 1
        for wrong in ({"document": "<a>"}, {"name": "../a.xml"}, {"person": "nobody"}):
            refused = client.post(path, json={**asked, **wrong})
            assert (refused.status_code, tempfile.gettempdir() in refused.text) == (422, False)
        assert client.post(f"{path}/S-2001/cancel", json={"person": "ana"}).json()["waits"] == 1
        assert client.post(f"{path}/S-9/cancel", json={"person": "ana"}).status_code == 422
        waits = {one["number"]: one for one in client.get("/v1/deals").json()["pending"]}
        assert [(one["deal"], one["price"]) for one in waits.values()] == [
            ("S-2001", None), ("S-2001", None), (None, None),
        ]  # fmt: skip
        assert "Stadtwerk Nord" in waits["R2"]["reason"]

        def decide(number: str, person: str) -> int:
            said = {"approves": True, "person": person}
            return client.post(f"/v1/deals/amendments/{number}", json=said).status_code

        first, _ = (number for number in waits if number.startswith("T"))
        assert [decide(number, "ana") for number in (first, "R2")] == [422, 422]
        assert [decide(number, "ben") for number in (first, "R2", "R2", "R9", "X1")] == [
            200, 200, 422, 422, 422,
        ]  # fmt: skip
        listed = client.get("/v1/deals").json()
        assert listed["desk"] == "Stadtwerk Nord"
        (deal,) = listed["structured"]
        assert (deal["deal"], deal["version"], deal["status"]) == ("S-2001", 2, "live")
        told = client.get(f"{path}/S-2001/history").json()
        assert [one["state"] for one in told["versions"]] == ["booked", "booked", "waiting"]
        assert "32.40" in told["versions"][1]["changes"]
        assert any("32.40" in value for _, value in told["terms"])


def test_a_close_is_shown_as_it_was_frozen(at_desk: TestClient, shelf: Beside) -> None:
    assert shelf.book is not None
    place = "/v1/deals/closes/2027-01-04"
    found = at_desk.get(place).json()
    (folder,) = (shelf.book / "closes" / "2027-01-04").iterdir()
    kept = json.loads((folder / "close.json").read_text("utf-8"))
    assert {one["book"]: one["value"] for one in found["books"]} == kept["value"]
    positions = pl.read_parquet(folder / "positions.parquet")
    assert [one["energy_mwh"] for one in found["positions"]] == positions["energy_mwh"].to_list()
    assert [one["limit"] for one in found["breaches"]] == ["day's loss of procurement"]
    assert at_desk.get(place.replace("04", "06")).status_code == 422
    # What was changed since is not shown.
    path = folder / "pnl.parquet"
    whole = path.read_bytes()
    path.write_bytes(whole + b"1")
    refused = at_desk.get(place)
    path.write_bytes(whole)
    assert refused.status_code == 409
    assert "not as they were kept" in refused.json()["detail"]
