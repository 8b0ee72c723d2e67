"""Metrics, alert rules and dashboards fit together, by promtool and by name."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from tests.acceptance.desk.served import ORIGIN

from wattbook.api.app import desk_app
from wattbook.api.desk import Desk
from wattbook.runtime.alerts import Alerts, load_rules
from wattbook.runtime.log import NewestLines, begin_log
from wattbook.runtime.order_entry import Entered
from wattbook.runtime.traces import SpanFile, begun
from wattbook.runtime.watch import Player, Tape
from wattbook.runtime.watch.picture import Change

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


def test_a_request_has_the_id_of_its_sender_in_answer_log_and_span(
    tape: Tape, store: Path, tmp_path: Path
) -> None:
    player = Player(tape.first, tape.end, at=tape.end, speed=60.0, wall=time.monotonic)
    alerts, file = Alerts(load_rules(), store.with_name("alerts.sqlite")), tmp_path / "spans.jsonl"
    written = SpanFile(file)
    desk = Desk(tape, player, alerts, spans=written)
    newest = NewestLines()
    begin_log(tmp_path / "desk.log.jsonl", newest)
    trace, parent = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
    with TestClient(desk_app(desk, store, ORIGIN, newest), base_url=ORIGIN) as client:
        client.post("/v1/session", json={"role": "trader"})
        asked = {"traceparent": f"00-{trace}-{parent}-01"}
        answer = client.post("/v1/kill-switch/release", json={}, headers=asked)
        assert answer.status_code == 403
        assert answer.headers["traceparent"].startswith(f"00-{trace}-")
        (line,) = client.get("/v1/log", params={"text": trace}).json()["rows"]
        assert line["text"] == "a request was refused"
        order = desk.picture.orders
        number, row = next(iter(order.items()))
        desk.trace_order(Entered(number), begun(answer.headers["traceparent"]), 1)
        desk.trace_venue(Change(orders={number: row}))
    written.close()
    spans = [
        json.loads(one)["resourceSpans"][0]["scopeSpans"][0]["spans"][0]
        for one in file.read_text("utf-8").splitlines()
    ]
    of_trace = {one["name"]: one for one in spans if one["traceId"] == trace}
    request = of_trace["POST /v1/kill-switch/release"]
    assert (request["kind"], request["parentSpanId"]) == (2, parent)
    assert of_trace["venue"]["parentSpanId"] == of_trace["engine"]["spanId"]
    for one in spans:
        assert int(one["startTimeUnixNano"]) <= int(one["endTimeUnixNano"])
