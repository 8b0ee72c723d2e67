"""From a publisher's answer to stored, judged prices, over real sockets and real payloads."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from loopback_server import LoopbackServer, answer
from wattbook.cli import main
from wattbook.runtime.ingest.pipeline import Pipeline
from wattbook.store.observations import Span

KEY = "5ecret-0f-the-desk"
ORIGIN = "https://web-api.tp.entsoe.eu"


@pytest.mark.data
def test_day_ahead_prices_come_from_entsoe_into_the_store_and_the_key_stays_out(
    recorded_data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    document = (recorded_data / "sources/entsoe/FR_prices.xml").read_bytes()
    # The first answer is a refusal that passes.
    answers = [answer(503, headers={"Retry-After": "0"}), answer(body=document)]

    monkeypatch.setenv("ENTSOE_SECURITY_TOKEN", KEY)
    store = tmp_path / "store"
    with LoopbackServer(lambda _: answers.pop(0)) as server:
        status = main(
            [
                "ingest", "backfill", "entsoe", "publication", "--plain", "--store", str(store),
                "--from", "2023-05-09", "--to", "2023-05-11", "--location", "10YFR-RTE------C",
                "--option", "series=day_ahead_price", "--origin", f"{ORIGIN}={server.origin}",
            ]
        )  # fmt: skip
        asked = server.seen
    assert status == 0, capsys.readouterr()
    assert len(asked) == 2
    assert KEY in asked[1].query.values()
    with Pipeline(store) as pipeline:
        prices = pipeline.observations.as_known(span=Span("entsoe", "day_ahead_price"))
    assert (prices.height, set(prices["location"]), set(prices["unit"])) == (
        48,
        {"FR"},
        {"EUR/MWh"},
    )
    assert (prices["delivery_end"] - prices["delivery_start"]).unique().to_list() == [3_600 * 10**9]
    held = [path for path in store.rglob("*") if path.is_file()]
    assert [path for path in held if KEY.encode() in path.read_bytes()] == []
    assert [str(path) for path in held if KEY in str(path)] == []


@pytest.mark.data
def test_recorded_payloads_are_stored_once_and_reading_them_again_changes_nothing(
    recorded_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = ["--store", str(tmp_path / "store"), "--plain"]
    folder = recorded_data / "sources" / "entsoe"
    assert main(["ingest", "replay", str(folder), *store]) == 0
    first = capsys.readouterr().out
    assert main(["ingest", "replay", str(folder), *store]) == 0
    again = capsys.readouterr().out
    total = next(line.split() for line in first.splitlines() if line.startswith("  all"))
    assert total[1:3] == ["16", "16"]
    total = next(line.split() for line in again.splitlines() if line.startswith("  all"))
    assert total[1:4] == ["16", "0", "0"]
    assert main(["ingest", "quarantine", "reprocess", "--all", *store]) == 0
    assert "16 payloads read again: 0 changed" in capsys.readouterr().out
    assert main(["ingest", "quality", "--json", *store]) == 0
    datasets = json.loads(capsys.readouterr().out)["datasets"]
    own = {entry["dataset"]: entry for entry in datasets if entry["source"] == "entsoe"}
    # France by the hour, and Spain by the hour and the quarter-hour with repeated values left out.
    assert own["day_ahead_price"]["zone"].startswith("Europe/")
    assert own["day_ahead_price"]["missing"] == 0
