"""What routes answer is what the OpenAPI document says of them, and its examples are such answers.

``WATTBOOK_WRITE_EXAMPLES=1`` writes the examples anew.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from tests.acceptance.desk.conftest import EXAMPLES as SHIPPED
from tests.acceptance.desk.conftest import ISLAND
from tests.acceptance.desk.served import ORIGIN

import wattbook.api.answers
from wattbook.api.answers.document import EXAMPLES
from wattbook.api.app import desk_app
from wattbook.api.beside import Beside
from wattbook.api.desk import Desk
from wattbook.runtime.alerts import Alerts, load_rules
from wattbook.runtime.folder import RunFolder
from wattbook.runtime.watch import Player, Tape

FILE = Path(wattbook.api.answers.__file__).with_name(EXAMPLES)
ROWS_SHOWN = 2
ROW_LENGTH = 8
FIELDS_SHOWN = 30
CHARACTERS_SHOWN = 120
SECRETS = {"key", "client_secret"}
ALERTING = """
[[rule]]
name = "any use of a limit"
kind = "limit"
severity = "warning"
above = 0.0
"""
BY_HAND = {
    # Only a run that goes on, or a client with its secret, is answered so.
    "POST /v1/orders": {"order_id": "281474976710656001"},
    "PATCH /v1/orders/{order_id}": {"order_id": "281474976710656001"},
    "DELETE /v1/orders/{order_id}": {"order_id": "281474976710656001"},
    "POST /v1/orders/cancel-all": {"cancelled": "all"},
    "POST /v1/oauth/token": {
        "access_token": "eyJhbGciOiJFUzI1NiJ9…", "token_type": "Bearer", "expires_in": 900,
        "scope": "viewer",
    },
    "POST /v1/oauth/revoke": {},
    "POST /v1/deals/amendments/{number}": {"number": "1", "state": "approved"},
    "POST /v1/risk/breaches/{number}": {
        "breach": 1, "ts": 1_782_720_000_000_000_000, "limit": "notional at ECC",
        "scope": "counterparty ECC", "measure": "notional", "severity": "soft", "value": 2541.32,
        "level": 2000.0, "by": "an order", "owner": "head of risk", "reason": "late fill",
        "approved_by": "ada", "cure_by": "2026-07-01", "status": "approved", "cured": None,
    },
    "POST /v1/ingest/quarantine/{number}/drop": {"number": 1, "state": "dropped"},
    "POST /v1/ingest/quarantine/{number}/correct": {"number": 1, "rows": 2, "corrected": [1]},
}  # fmt: skip
for _act in ("stop", "release"):
    BY_HAND[f"POST /v1/kill-switch/{_act}"] = {
        "at": 1_782_720_000_000_000_000, "by": "ada", "allowed": _act == "release",
        "scope": {
            "venue": None, "trading_book": "intraday", "strategy": None, "instrument": None,
            "trader": None, "counterparty": None, "member": None,
        },
        "orders": 2, "cancelled": 1, "ended_otherwise": 0, "open": 1, "refused": [],
    }  # fmt: skip


class Asker:
    """Asks routes and holds each answer against the document.

    Parameters
    ----------
    client : TestClient
        Of an admin.
    """

    def __init__(self, client: TestClient) -> None:
        self.client = client
        self.document: dict[str, Any] = client.get("/v1/openapi.json").json()
        self.found: dict[str, Any] = {}

    def schema(self, place: str) -> dict[str, Any]:
        """Return the schema of a route's good answer, with what it refers to."""
        method, path = place.split()
        operation = self.document["paths"][path][method.lower()]
        told = [one for status, one in operation["responses"].items() if status.startswith("2")]
        content = told[0]["content"]["application/json"]
        return {**content["schema"], "components": self.document["components"]}

    def ask(self, place: str, query: str = "", /, *, body: Any = None, **parts: object) -> Any:
        """Ask a route; return its answer."""
        method, path = place.split()
        for name, part in parts.items():
            path = path.replace(f"{{{name}}}", str(part))
        headers = {"Idempotency-Key": str(hash((place, query, str(body))))}
        answer = self.client.request(method, path + query, json=body, headers=headers)
        assert answer.status_code < 300, (place, answer.text)
        document = answer.json()
        faults = [
            f"{place}: {list(fault.absolute_path)}: {fault.message[:200]}"
            for fault in Draft202012Validator(self.schema(place)).iter_errors(document)
        ]
        assert not faults, faults[:5]
        self.found[place] = fuller(cut(document), self.found.get(place))
        return document

    def ask_all(self) -> None:
        """Ask every route that takes nothing but a page."""
        pages = {"limit", "after"}
        for path, methods in self.document["paths"].items():
            found = methods.get("get", {})
            content = found.get("responses", {}).get("200", {}).get("content", {})
            needed = [one for one in found.get("parameters", ()) if one.get("required")]
            if "application/json" not in content or needed:
                continue
            takes = {one["name"] for one in found.get("parameters", ())}
            self.ask(f"GET {path}", "?limit=5000" if takes >= pages else "")

    def ask_more(self) -> None:
        """Ask the routes of markets, strategies, contracts, risk, alerts and access."""
        run = self.ask("GET /v1/run")
        for market in run["markets"]:
            for what in ("lines", "contributions"):
                self.ask(f"GET /v1/markets/{{name}}/{what}", name=market["name"])
        for strategy in run["strategies"]:
            self.ask("GET /v1/strategies/{name}/forecast", name=strategy["name"])
        for one in self.ask("GET /v1/auctions")["auctions"]:
            self.ask(
                "GET /v1/auctions/{market}/{auction}",
                market=one["market"],
                auction=one["auction"],
            )
            self.ask(
                "GET /v1/auctions/{market}/{auction}/periods/{period}",
                market=one["market"],
                auction=one["auction"],
                period=0,
            )
        last = self.ask("GET /v1/orders", "?limit=1")["rows"][0]["instrument"]
        for what in ("book", "prices"):
            self.ask(f"GET /v1/instruments/{{number}}/{what}", number=last)
        self.ask("POST /v1/risk/stress", body={"absolute": -10})
        self.ask("POST /v1/risk/what-if", body={"instrument": last, "volume": 5})
        for alert in self.ask("GET /v1/alerts")["rows"][:1]:
            self.ask("POST /v1/alerts/{number}/acknowledge", number=alert["alert"])
        silence = {"rule": None, "start": run["clock"]["now"], "reason": "a test"}
        silence["end"] = silence["start"] + 10**12
        made = self.ask("POST /v1/alerts/silences", body=silence)
        self.ask("GET /v1/alerts/silences")
        self.ask("DELETE /v1/alerts/silences/{number}", number=made["silence"])
        self.ask("PATCH /v1/replay", body={"speed": 10})
        self.ask("PUT /v1/workspaces/{name}", name="one", body={"layout": "r(60:periods,40:fills)"})
        self.ask("POST /v1/keys", body={"name": "bob", "role": "viewer"})
        client = {"client": "batch", "role": "viewer", "is_confidential": True}
        self.ask("POST /v1/oauth/clients", body=client)
        for listed in ("workspaces", "keys", "oauth/clients", "log"):
            self.ask(f"GET /v1/{listed}")

    def ask_beside(self) -> None:
        """Ask the routes of what lies beside the run."""
        for one in self.ask("GET /v1/curves")["curves"]:
            day = {"place": one["place"], "as_of": one["as_of"]}
            self.ask("GET /v1/curves/{place}/days/{as_of}", "?tenor=month", **day)
        product = "?product=Q2-27 Base"
        self.ask("GET /v1/curves/{place}/products", product, place="DE-LU")
        held = self.ask("GET /v1/ingest/quarantine")["rows"]
        for part in held:
            self.ask("GET /v1/ingest/quarantine/{number}", number=part["number"])
        row = next(part["number"] for part in held if part["is_row"])
        place = "POST /v1/ingest/quarantine/{number}/release"
        self.ask(place, number=row, body={"why": "the operator confirmed it"})
        deal = {
            "deal": "D-1003", "trade_date": "2027-01-04", "book": "procurement", "trader": "ana",
            "counterparty": "Nordkraft", "product": "DE-LU Cal-28 Base", "side": "buy",
            "power_mw": "9", "price": "80", "currency": "EUR", "person": "ana",
        }  # fmt: skip
        for number in ("D-1003", "D-2001"):
            self.ask("POST /v1/deals", body={**deal, "deal": number})
        text = (SHIPPED / "book" / "structured" / "ttf_swap.xml").read_text(encoding="utf-8")
        document = {"name": "ttf_swap.xml", "document": text, "person": "ana"}
        self.ask("POST /v1/structured-deals", body=document)
        self.ask("POST /v1/structured-deals/{deal}/cancel", deal="S-2001", body={"person": "ana"})
        self.ask("GET /v1/structured-deals/{deal}/history", deal="S-2001")
        self.ask("GET /v1/deals")
        self.ask("GET /v1/deals/{deal}/history", deal="D-1003")
        for one in self.ask("GET /v1/deals")["closed"]:
            self.ask("GET /v1/deals/closes/{day}", day=one["day"])


@contextmanager
def asking(tape: Tape, store: Path, at: int, shelf: Beside | None = None) -> Iterator[Asker]:
    store.parent.mkdir()
    rules = store.with_name("rules.toml")
    rules.write_text(ALERTING)
    player = Player(tape.first, tape.end, at=at, speed=60.0, wall=time.monotonic)
    alerts = Alerts(load_rules(rules), store.with_name("alerts.sqlite"))
    app = desk_app(Desk(tape, player, alerts), store, ORIGIN, beside=shelf)
    with TestClient(app, base_url=ORIGIN) as client:
        asker = Asker(client)
        asker.ask("POST /v1/session", body={"role": "admin"})
        yield asker


def fuller(one: Any, other: Any) -> Any:
    """Return the document that shows more."""
    return max(one, other, key=lambda document: len(json.dumps(document)))


def cut(value: Any) -> Any:
    """Return a document with the beginnings of its lists and texts."""
    if isinstance(value, dict):
        return {
            key: f"{one[:3]}…" if key in SECRETS and isinstance(one, str) else cut(one)
            for key, one in list(value.items())[:FIELDS_SHOWN]
        }
    if isinstance(value, list):
        # A short list of plain values is a row, which is whole or nothing.
        is_row = len(value) <= ROW_LENGTH and not any(isinstance(one, dict | list) for one in value)
        return [cut(one) for one in (value if is_row else value[:ROWS_SHOWN])]
    if isinstance(value, str) and Path(value).is_absolute():
        return f"/…/{Path(value).name}"
    if isinstance(value, str) and len(value) > CHARACTERS_SHOWN:
        return value[:CHARACTERS_SHOWN] + "…"
    return value


@pytest.mark.long
def test_every_answer_is_as_the_document_says(
    tape: Tape, worked_folder: RunFolder, shelves: Path, tmp_path: Path
) -> None:
    root = tmp_path / "shelf"
    shutil.copytree(shelves, root)
    shelf = Beside(root / "book", root / "curves", root / "ingest", (ISLAND,))
    found: dict[str, Any] = dict(BY_HAND)
    noon = tape.delivery_start + 12 * 3_600 * 10**9
    worked = Tape.load(worked_folder)
    for name, run, at, beside in (
        ("noon", tape, noon, shelf),
        ("end", tape, tape.end, shelf),
        ("worked", worked, worked.end, shelf),
    ):
        with asking(run, tmp_path / name / "desk.sqlite", at, beside) as asker:
            asker.ask_all()
            asker.ask_more()
            if name == "noon":
                asker.ask_beside()
            found |= {one: fuller(told, found.get(one)) for one, told in asker.found.items()}
    places = {
        f"{method.upper()} {path}"
        for path, methods in asker.document["paths"].items()
        for method, operation in methods.items()
        for status, answer in operation["responses"].items()
        if status.startswith("2") and "application/json" in answer.get("content", {})
    }
    if os.environ.get("WATTBOOK_WRITE_EXAMPLES") == "1":
        lines = [f"{json.dumps(one)}: {json.dumps(found[one])}" for one in sorted(places)]
        FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    written = json.loads(FILE.read_text(encoding="utf-8"))
    assert set(written) == places, "write the examples anew: WATTBOOK_WRITE_EXAMPLES=1"
    for place, example in written.items():
        Draft202012Validator(asker.schema(place)).validate(example)


def test_every_body_has_an_example(client: TestClient) -> None:
    document = client.get("/v1/openapi.json").json()
    schemas = document["components"]["schemas"]
    bodies = [
        content["schema"]["$ref"].rpartition("/")[2]
        for methods in document["paths"].values()
        for operation in methods.values()
        for kind, content in operation.get("requestBody", {}).get("content", {}).items()
        if kind == "application/json"
    ]
    assert len(bodies) > 10
    assert [name for name in bodies if not schemas[name].get("examples")] == []
    for name in bodies:
        schema = {**schemas[name], "components": document["components"]}
        for example in schema["examples"]:
            Draft202012Validator(schema).validate(example)
