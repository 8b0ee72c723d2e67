"""Metrics, alert rules and dashboards fit together, by promtool and by name."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

DEPLOYED = Path(__file__).parents[3] / "deploy" / "observability"
NAME = re.compile(r"\bwattbook_[a-z_]+")


@pytest.fixture(scope="module")
def promtool() -> str:
    found = shutil.which("promtool")
    if found is None:
        pytest.skip("promtool is not there; tools/setup-debian installs it")
    return found


def told(client: TestClient) -> str:
    client.post("/v1/session", json={"role": "trader"})
    client.get("/v1/pnl")
    return client.get("/v1/metrics").text


def test_promtool_finds_the_metrics_well_made(client: TestClient, promtool: str) -> None:
    text = told(client)
    made = subprocess.run(
        [promtool, "check", "metrics"], input=text, text=True, capture_output=True, check=False
    )
    assert made.returncode == 0, made.stdout + made.stderr


def test_each_alert_comes_when_it_should(promtool: str) -> None:
    for arguments in (["check", "rules", "rules.yml"], ["test", "rules", "rules.test.yml"]):
        made = subprocess.run(
            [promtool, *arguments], cwd=DEPLOYED, text=True, capture_output=True, check=False
        )
        assert made.returncode == 0, made.stdout + made.stderr
    rules = set(re.findall(r"- alert: (\w+)", (DEPLOYED / "rules.yml").read_text("utf-8")))
    tests = (DEPLOYED / "rules.test.yml").read_text("utf-8")
    assert rules == set(re.findall(r"alertname: (\w+)", tests))


def test_the_configuration_reads_the_desk(promtool: str, tmp_path: Path) -> None:
    for name in ("prometheus.yml", "rules.yml"):
        shutil.copy(DEPLOYED / name, tmp_path)
    (tmp_path / "desk.key").write_text("wb_key")
    made = subprocess.run(
        [promtool, "check", "config", "prometheus.yml"],
        cwd=tmp_path, text=True, capture_output=True, check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stdout + made.stderr


def test_rules_and_dashboards_ask_for_what_the_desk_tells(client: TestClient) -> None:
    families = set(re.findall(r"# TYPE (\S+)", told(client)))
    series = families | {
        f"{name}_{suffix}" for name in families for suffix in ("bucket", "sum", "count")
    }
    dashboards = sorted((DEPLOYED / "grafana").glob("*.json"))
    assert dashboards
    for path in (DEPLOYED / "rules.yml", *dashboards):
        asked = set(NAME.findall(path.read_text("utf-8")))
        assert asked
        assert asked <= series, f"{path.name} asks for {sorted(asked - series)}"
    for path in dashboards:
        board = json.loads(path.read_text("utf-8"))
        places = [tuple(panel["gridPos"].values()) for panel in board["panels"]]
        assert len(set(places)) == len(places)
        for panel in board["panels"]:
            assert panel["title"]
            assert all(target["expr"] for target in panel["targets"])
