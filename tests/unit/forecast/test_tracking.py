"""A registry is copied into a store of MLflow once, and its alias follows the champion."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from mlflow import MlflowClient

from wattbook.cli import main
from wattbook.errors import ForecastError
from wattbook.forecast.persistence import FittedPersistence, Persistence
from wattbook.forecast.registry import Registry
from wattbook.forecast.registry.tracking import Tracking, embedded

# MLflow asks SQLAlchemy for something that is to go.
pytestmark = pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy:DeprecationWarning")

NOW = "2026-01-01T00:00:00+00:00"


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    made = Registry(tmp_path / "models")
    for horizon in (3, 12):
        fitted = FittedPersistence(Persistence(horizon), None)
        made.register("day", fitted, trained=(0, 9), metrics={"mae": horizon / 2}, made_at=NOW)
    made.promote("day", 1, at=NOW, reason="test")
    return made


@pytest.mark.long
def test_what_is_there_is_not_copied_again_and_the_alias_follows_the_champion(
    registry: Registry, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["forecast", "track", "--registry", str(registry.folder), "--json"]
    assert main(command) == 0
    first = json.loads(capsys.readouterr().out)
    assert [each["identity"] for each in first] == ["day@1", "day@2"]
    assert [each["is_new"] for each in first] == [True, True]
    client = MlflowClient(embedded(registry.folder), embedded(registry.folder))
    run = client.get_run(first[1]["run"])
    assert run.data.metrics == {"mae": 6.0}
    assert run.data.params["setting.horizon"] == "12"
    assert run.data.params["sha256"] == registry.version("day", 2).sha256
    assert {each.path for each in client.list_artifacts(first[1]["run"])} == {
        "card.md",
        "metrics.json",
        "model.json",
    }
    champion = client.get_model_version_by_alias("day", "champion")
    assert champion.tags["wattbook.identity"] == "day@1"
    assert champion.run_id == first[0]["run"]

    # A run that was cut off in the middle is made again, what was whole stays as it was.
    client.update_run(first[1]["run"], status="RUNNING")
    registry.promote("day", 2, at=NOW, reason="test")
    assert main([*command[:3], str(registry.folder), "--json"]) == 0
    second = json.loads(capsys.readouterr().out)
    assert [each["is_new"] for each in second] == [False, True]
    assert second[0]["run"] == first[0]["run"]
    tags = client.get_model_version_by_alias("day", "champion").tags
    assert tags["wattbook.identity"] == "day@2"
    assert len(client.search_model_versions("name = 'day'")) == 2
    assert registry.names() == ["day"]


@pytest.mark.long
def test_a_training_is_a_run_of_its_own(registry: Registry, tmp_path: Path) -> None:
    folder = tmp_path / "NP"
    folder.mkdir()
    with pytest.raises(ForecastError, match="there is no training"):
        Tracking(embedded(registry.folder)).training(folder)
    (folder / "settings.json").write_text('{"market": "NP", "rate": 0.001}')
    (folder / "trained.json").write_text('{"mae": 1.5, "steps": 20, "device": "cpu"}')
    tracking = Tracking(embedded(registry.folder))
    made = tracking.training(folder)
    run = tracking.client.get_run(made.run)
    assert run.data.metrics == {"mae": 1.5, "steps": 20.0}
    assert run.data.params == {"market": "NP", "rate": "0.001", "device": "cpu"}
    assert tracking.training(folder).run == made.run


@pytest.mark.parametrize("address", ["sqlite:///{file}/mlflow.db", "ftp://here"])
def test_a_store_that_cannot_be_had_is_told(
    address: str, registry: Registry, capsys: pytest.CaptureFixture[str]
) -> None:
    file = registry.folder / "day" / "1" / "card.md"
    command = ["forecast", "track", "--registry", str(registry.folder)]
    assert main([*command, "--mlflow", address.format(file=file)]) == 2
    assert "MLflow" in capsys.readouterr().err


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """Run a server of MLflow with stores of its own; yield its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    stores = ["--backend-store-uri", f"sqlite:///{tmp_path / 'server.db'}"]
    stores += ["--artifacts-destination", str(tmp_path / "server")]
    process = subprocess.Popen(
        [sys.executable, "-m", "mlflow", "server", "--port", str(port), "--workers", "1", *stores],
        env={**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "DO_NOT_TRACK": "true"},
        cwd=tmp_path,
    )
    address, until = f"http://127.0.0.1:{port}", time.monotonic() + 120.0
    try:
        while True:
            try:
                httpx.get(f"{address}/health", timeout=5.0).raise_for_status()
                break
            except httpx.HTTPError:
                assert process.poll() is None, "the server has ended"
                assert time.monotonic() < until, "the server does not answer"
                time.sleep(0.2)
        yield address
    finally:
        process.terminate()
        process.wait(30.0)


@pytest.mark.slow
def test_a_server_keeps_versions_files_and_the_champion(
    registry: Registry, server: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    command = [
        "forecast",
        "track",
        "--registry",
        str(registry.folder),
        "--mlflow",
        server,
        "--json",
    ]
    assert main(command) == 0
    first = json.loads(capsys.readouterr().out)
    assert [each["is_new"] for each in first] == [True, True]
    assert main(command) == 0
    assert [each["is_new"] for each in json.loads(capsys.readouterr().out)] == [False, False]
    client = MlflowClient(server, server)
    champion = client.get_model_version_by_alias("day", "champion")
    assert champion.tags["wattbook.identity"] == "day@1"
    assert champion.run_id is not None
    kept = Path(client.download_artifacts(champion.run_id, "model.json", str(tmp_path)))
    assert kept.read_bytes() == (registry.folder / "day" / "1" / "model.json").read_bytes()
    assert not (registry.folder / ".mlflow").exists()
