"""An order by hand has the id of its sender in the log, the trace and its record."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from tests.acceptance.desk.conftest import TRADER

from wattbook.runtime.desk.builtin import builtin_text

WITHIN = 60.0
TRACE = "0af7651916cd43dd8448eb211c80319c"


def spans_of(file: Path) -> dict[str, dict[str, str]]:
    """Return the spans of the trace by name."""
    parts = [
        json.loads(line)["resourceSpans"][0]["scopeSpans"][0]["spans"][0]
        # What stands after the last end of a line is still being written.
        for line in file.read_text("utf-8").rpartition("\n")[0].splitlines()
    ]
    return {one["name"]: one for one in parts if one["traceId"] == TRACE}


@pytest.mark.long
def test_an_order_is_found_by_the_id_of_its_sender(tmp_path: Path) -> None:
    text = builtin_text("generated").partition("# --- Four coupled zones")[0] + TRADER
    (tmp_path / "desk.toml").write_text(text)
    run, file = tmp_path / "run", tmp_path / "spans.jsonl"
    command = [sys.executable, "-m", "wattbook", "paper", str(tmp_path / "desk.toml"), "--plain"]
    command += ["--market", "generated day", "--replay-speed", "120", "--serve", "--port", "0"]
    command += ["--out", str(run), "--traces", str(file)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        found = next(m for line in process.stdout if (m := re.search(r"http://[\d.:]+", line)))
        with httpx.Client(base_url=found[0], timeout=WITHIN) as client:
            client.post("/v1/session", json={"role": "trader"})
            rows = client.get("/v1/instruments", params={"limit": 5_000}).json()["rows"]
            order = {"instrument": rows[-1]["instrument"], "side": "buy"}
            headers = {"Idempotency-Key": "one", "traceparent": f"00-{TRACE}-{'b7' * 8}-01"}
            asked = {**order, "price": "1", "volume": "1"}
            answer = client.post("/v1/orders", json=asked, headers=headers)
            assert answer.status_code == 202, answer.text
            until = time.monotonic() + WITHIN
            while "venue" not in spans_of(file):
                assert time.monotonic() < until
            lines = client.get("/v1/log", params={"text": TRACE}).json()["rows"]
    finally:
        process.kill()
        process.communicate()
    number = answer.json()["order_id"]
    assert {line["order_id"] for line in lines} == {number}
    assert {line["text"] for line in lines} == {
        "an order was entered", "a venue answered an order",
    }  # fmt: skip
    spans = spans_of(file)
    assert spans["POST /v1/orders"]["parentSpanId"] == "b7" * 8
    assert spans["engine"]["parentSpanId"] == spans["POST /v1/orders"]["spanId"]
    assert spans["venue"]["parentSpanId"] == spans["engine"]["spanId"]
    (record,) = map(json.loads, (run / "order_entry.jsonl").read_text("utf-8").splitlines())
    assert (str(record["number"]), record["trace"]) == (number, TRACE)
