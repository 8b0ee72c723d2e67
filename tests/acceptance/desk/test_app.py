"""The desk's routes answer who may ask, in pages, and refuse with problem documents."""

from __future__ import annotations

import json
import time
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import polars as pl
import pytest
from fastapi.testclient import TestClient
from tests.acceptance.desk.served import ORIGIN

from wattbook.api.access import ApiKeys, Permission, Role, Sessions, User
from wattbook.api.app import desk_app
from wattbook.api.beside import Beside
from wattbook.api.desk import Desk
from wattbook.api.guard import RateLimit
from wattbook.cli import main
from wattbook.errors import InputError
from wattbook.runtime.alerts import Alerts, load_rules
from wattbook.runtime.book import import_deals, make_book
from wattbook.runtime.folder import RunFolder
from wattbook.runtime.watch import Player, Tape, standing


def test_figures_are_those_of_the_instant_shown(client: TestClient, tape: Tape) -> None:
    found = client.get("/v1/pnl").json()
    expected = standing(tape, found["now"])
    assert found["total"] == expected.pnl["total"]
    # A page goes on behind a contract and strategy, so rows come in their order.
    rows = client.get("/v1/positions").json()["rows"]
    assert sorted(rows, key=str) == sorted(expected.positions, key=str)
    assert client.get("/v1/risk").json()["limits"] == expected.limits


@pytest.mark.parametrize(
    "path",
    [
        "/v1/run", "/v1/instruments", "/v1/quotes", "/v1/trades", "/v1/orders", "/v1/fills",
        "/v1/refusals", "/v1/positions", "/v1/pnl", "/v1/risk", "/v1/batteries", "/v1/replay",
        "/v1/markets/coupled%20day/lines", "/v1/instruments/440/book",
        "/v1/instruments/440/prices", "/v1/metrics", "/v1/kill-switch", "/v1/risk/tails",
        "/v1/signals", "/v1/strategies/wind%20farm/forecast", "/v1/auctions", "/v1/audit",
        "/v1/quarantine",
        "/v1/auctions/coupled%20day/IDA1", "/v1/auctions/coupled%20day/IDA1/periods/0",
    ],
)  # fmt: skip
def test_every_route_asks_who_it_is(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert len(answer.content) > 2
    client.cookies.clear()
    refused = client.get(path)
    assert refused.status_code == 401
    assert refused.headers["content-type"] == "application/problem+json"
    assert "key" in refused.json()["detail"]


def test_each_period_of_an_auction_has_its_published_price_and_merit_order(
    client: TestClient, tape: Tape
) -> None:
    path = "/v1/auctions/coupled%20day/day-ahead"
    periods = client.get(path).json()["periods"]
    assert len(periods["starts"]) == len(periods["without"]) == 96
    published = {
        row["delivery_start"]: row["instrument"]
        for row in client.get("/v1/instruments?limit=5000").json()["rows"]
        if row["segment"] == "day-ahead" and row["market"] == "coupled day"
    }
    cleared = tape.table("reference_price", tape.end).filter(pl.col("kind") == "day_ahead")
    prices = dict(cleared.select("instrument", "price").rows())
    for start, price in zip(periods["starts"], periods["prices"][periods["zone"]], strict=True):
        assert price == pytest.approx(prices[published[start]] / 1e6, abs=0.006)
    for number in (0, 95):
        page = client.get(f"{path}/periods/{number}").json()["page"]
        price = f"{periods['prices'][periods['zone']][number]:,.2f}"
        assert f"{periods['zone']}: {price} EUR/MWh" in page
        assert f"Prices and flows, period {number + 1}" in page
    for later in (f"{path}/periods/96", "/v1/auctions/coupled%20day/IDA4/periods/0"):
        assert client.get(later).status_code == 404


def test_a_workspace_is_kept_for_its_user(client: TestClient) -> None:
    layout = "r(36:periods,64:(60:ladder.47,40:*chart+trades))"
    for role in Role:
        client.post("/v1/session", json={"role": role})
        answer = client.put("/v1/workspaces/mine", json={"layout": layout})
        assert (answer.status_code, answer.json()) == (200, {"name": "mine", "layout": layout})
    assert client.get("/v1/workspaces").json() == [{"name": "mine", "layout": layout}]
    for name, text in (("mine", "<script>"), (".", layout), ("x" * 41, layout)):
        assert client.put(f"/v1/workspaces/{name}", json={"layout": text}).status_code >= 400
    assert client.delete("/v1/workspaces/mine").status_code == 204
    missing = client.delete("/v1/workspaces/mine")
    assert (missing.status_code, "mine" in missing.json()["detail"]) == (404, True)
    assert client.get("/v1/workspaces").json() == []


def test_a_table_becomes_a_workbook_whose_texts_stay_texts(client: TestClient) -> None:
    rows = [["2026-06-29T12:00:00+02:00", -5.25, "=1+1"], ["2026-06-29T12:15:00+02:00", None, "x"]]
    asked = {"title": "Fills", "clock": "UTC", "columns": ["time", "price", "note"], "rows": rows}
    answer = client.post("/v1/export/xlsx", json=asked)
    assert answer.status_code == 200
    with zipfile.ZipFile(BytesIO(answer.content)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        texts = book.read("xl/sharedStrings.xml").decode()
    assert "<v>-5.25</v>" in sheet
    assert "<f>" not in sheet
    assert "=1+1" in texts
    assert "2026-06-29T12:15:00+02:00" in texts
    short = client.post("/v1/export/xlsx", json={**asked, "rows": [["x"]]})
    assert (short.status_code, "row 1" in short.json()["detail"]) == (422, True)


def test_rows_that_come_between_two_pages_move_nothing(client: TestClient, tape: Tape) -> None:
    def fills(after: int) -> dict[str, Any]:
        document: dict[str, Any] = client.get(f"/v1/fills?limit=5&after={after}").json()
        return document

    first = fills(0)
    before = client.get("/v1/fills?limit=5000").json()["rows"]
    client.patch("/v1/replay", json={"at": tape.delivery_start + 15 * 3_600 * 10**9})
    assert client.get("/v1/fills?limit=5000").json()["rows"] != before
    assert [*first["rows"], *fills(first["next"])["rows"]] == before[:10]


@pytest.mark.parametrize(
    "path", ["/v1/audit", "/v1/audit?text=wind", "/v1/quotes", "/v1/positions", "/v1/orders"]
)
def test_what_comes_between_two_pages_is_neither_doubled_nor_skipped(
    client: TestClient, tape: Tape, path: str
) -> None:
    def found(limit: int, after: int) -> dict[str, Any]:
        asked: dict[str, str | int] = {
            "limit": limit,
            "after": after,
            **dict(parse_qsl(urlsplit(path).query)),
        }
        document: dict[str, Any] = client.get(urlsplit(path).path, params=asked).json()
        return document

    def name(row: dict[str, Any]) -> str:
        keys = ("instrument", "strategy", "order_id", "sequence", "record", "text")
        return json.dumps([row.get(key) for key in keys])

    before = [name(row) for row in found(200, 0)["rows"]]
    got, after = [], 0
    for part in range(5):
        rows, goes_on = (answer := found(len(before) // 4, after))["rows"], answer["next"]
        got += [name(row) for row in rows]
        if goes_on is None:
            break
        # While somebody reads, the day goes on.
        at = tape.delivery_start + (12 * 60 + 5 * part) * 60 * 10**9
        client.patch("/v1/replay", json={"at": at})
        after = goes_on
    now = {name(row) for row in found(5_000, 0)["rows"]}
    assert len(before) > 20
    assert len(got) == len(set(got))
    # All that was there and still is has been seen.
    assert set(before) & now <= set(got)


def test_pages_of_the_audit_trail_are_the_whole_whatever_their_size(client: TestClient) -> None:
    whole = client.get("/v1/audit", params={"text": "fill", "limit": 300}).json()["rows"]
    assert len({row["sequence"] for row in whole}) < len(whole) == 300
    for limit, count in ((1, 20), (7, 100), (100, 300)):
        rows: list[dict[str, Any]] = []
        after = 0
        while len(rows) < count:
            asked: dict[str, str | int] = {"text": "fill", "limit": limit, "after": after}
            found = client.get("/v1/audit", params=asked).json()
            rows, after = rows + found["rows"], found["next"]
        assert rows == whole[: len(rows)] or rows[:300] == whole


def test_pages_together_are_the_whole(client: TestClient) -> None:
    whole = client.get("/v1/orders", params={"limit": 5_000}).json()["rows"]
    rows: list[dict[str, object]] = []
    after: int | None = 0
    while after is not None:
        found = client.get("/v1/orders", params={"limit": 100, "after": after}).json()
        rows, after = rows + found["rows"], found["next"]
    assert len(rows) > 500
    assert rows == whole
    filled = client.get("/v1/orders", params={"state": "filled", "strategy": "wind farm"}).json()
    assert {(row["state"], row["strategy"]) for row in filled["rows"]} == {("filled", "wind farm")}


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "says"),
    [
        ("GET", "/v1/nothing", None, 404, "openapi.json"),
        ("GET", "/v1/instruments/9999/book", None, 404, "no instrument 9999"),
        ("GET", "/v1/instruments/x/book", None, 422, "path.number"),
        ("GET", "/v1/markets/mars/lines", None, 404, "coupled day"),
        ("GET", "/v1/orders?limit=0", None, 422, "query.limit"),
        ("GET", "/v1/orders?limit=99999999999999999999", None, 422, "query.limit"),
        ("DELETE", "/v1/orders", None, 405, "DELETE"),
        ("PATCH", "/v1/replay", {"speed": 0}, 422, "body.speed"),
        ("PATCH", "/v1/replay", {"speed": "fast"}, 422, "body.speed"),
        ("PATCH", "/v1/replay", {"sped": 1}, 422, "body.sped"),
        ("PATCH", "/v1/replay", {"at": 2**63}, 422, "body.at"),
        ("POST", "/v1/keys", {"name": "x", "role": "viewer"}, 403, "trader"),
        ("POST", "/v1/kill-switch/release", {}, 403, "trader"),
        ("POST", "/v1/risk/what-if", {"instrument": 9999, "volume": 1}, 404, "no instrument 9999"),
        ("POST", "/v1/risk/what-if", {"instrument": 440, "volume": 1e9}, 422, "body.volume"),
        ("POST", "/v1/risk/stress", {"relative": -1}, 422, "body.relative"),
        ("POST", "/v1/kill-switch/stop", {}, 422, "Idempotency-Key"),
    ],
)
def test_a_bad_request_is_refused_and_changes_nothing(
    client: TestClient, method: str, path: str, body: object, status: int, says: str
) -> None:
    before = client.get("/v1/replay").json()
    answer = client.request(method, path, json=body)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert says in answer.json()["detail"]
    assert client.get("/v1/replay").json() == before


def test_a_body_that_is_too_long_or_no_json_is_refused(client: TestClient) -> None:
    def sent(body: bytes, kind: str = "application/json") -> tuple[int, str]:
        answer = client.patch("/v1/replay", content=body, headers={"Content-Type": kind})
        assert answer.headers["content-type"] == "application/problem+json"
        return answer.status_code, answer.json()["detail"]

    before = client.get("/v1/replay").json()
    assert sent(b"x" * 70_000)[0] == 413
    for kind in ("", "text/plain", "application/xml", "application/x-www-form-urlencoded"):
        assert sent(b'{"speed": 7}', kind) == (
            415, "a body is JSON; send it as Content-Type: application/json",
        )  # fmt: skip
    for body, says in (
        (b'{"speed": 7', "JSON decode error: Expecting"),
        (b"{'speed': 7}", "property name enclosed in double quotes"),
        (b"[" * 20_000, "nested less deeply"),
        (b'"\xff"', "UTF-8"),
    ):
        status, detail = sent(body)
        assert (status, says in detail) == (422, True), detail
    assert client.get("/v1/replay").json() == before


@pytest.mark.parametrize(
    ("body", "key"),
    [
        (b'{"speed": 7, "speed": 8}', "speed"),
        (b'{"speed": 7, "\\u0073peed": 7}', "speed"),
        (b'{"speed": 7, "more": [{"of": 1, "of": 1}]}', "of"),
    ],
)
def test_a_key_that_a_body_gives_twice_is_refused_by_its_name(
    client: TestClient, body: bytes, key: str
) -> None:
    before = client.get("/v1/replay").json()
    answer = client.patch(
        "/v1/replay", content=body, headers={"Content-Type": "application/json; charset=utf-8"}
    )
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"] == f"body.{key}: is given twice; give it once"
    assert client.get("/v1/replay").json() == before


@pytest.mark.parametrize(
    ("path", "status"),
    [("/v1/pnl", 200), ("/v1/orders?limit=0", 422), ("/v1/none", 404), ("/", 200)],
)
def test_head_is_get_without_a_body(client: TestClient, path: str, status: int) -> None:
    found, head = client.get(path), client.head(path)
    assert (head.status_code, head.content) == (status, b"")
    # The front keeps answers with a body.
    found.headers.pop("x-wattbook-as-of-step", None)
    assert head.headers == found.headers
    client.cookies.clear()
    assert client.head("/v1/pnl").status_code == 401


def test_head_of_what_is_only_sent_is_refused(client: TestClient) -> None:
    answer = client.head("/v1/kill-switch/stop")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


def test_a_method_that_a_path_does_not_take_names_those_that_it_does(client: TestClient) -> None:
    answer = client.put("/v1/orders", json={})
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST, HEAD")
    assert "takes GET, POST, HEAD" in answer.json()["detail"]


def test_another_page_is_refused(client: TestClient) -> None:
    for headers in ({"Origin": "http://evil.example"}, {"Host": "evil.example:8765"}):
        assert client.get("/v1/pnl", headers=headers).status_code == 403
        answer = client.patch("/v1/replay", json={"is_playing": True}, headers=headers)
        assert answer.status_code == 403
    assert client.get("/v1/replay").json()["is_playing"] is False
    assert client.get("/v1/pnl", headers={"Origin": ORIGIN}).status_code == 200


def test_a_viewer_may_look_and_not_move(client: TestClient) -> None:
    client.post("/v1/session", json={"role": "viewer"})
    assert client.get("/v1/session").json()["may"] == ["read", "workspace"]
    assert client.get("/v1/pnl").status_code == 200
    refused = client.patch("/v1/replay", json={"is_playing": True})
    assert refused.status_code == 403
    assert "viewer" in refused.json()["detail"]


def test_replay_jumps_to_an_instant_and_its_figures(client: TestClient, tape: Tape) -> None:
    clock = client.patch("/v1/replay", json={"at": tape.end}).json()
    assert clock["now"] == tape.end
    assert client.get("/v1/pnl").json()["total"] == standing(tape, tape.end).pnl["total"]
    early = client.patch("/v1/replay", json={"at": tape.first}).json()
    assert early["now"] == tape.first
    assert client.get("/v1/fills").json()["rows"] == []


def test_keys_are_made_shown_once_and_revoked(client: TestClient) -> None:
    client.post("/v1/session", json={"role": "admin"})
    made = client.post("/v1/keys", json={"name": "risk batch", "role": "viewer"})
    assert made.status_code == 201
    key = made.json()["key"]
    assert client.post("/v1/keys", json={"name": "risk batch", "role": "admin"}).status_code == 422
    assert key not in client.get("/v1/keys").text
    with_key = {"Authorization": f"Bearer {key}"}
    client.cookies.clear()
    assert client.get("/v1/session", headers=with_key).json()["name"] == "risk batch"
    assert client.get("/v1/keys", headers=with_key).status_code == 403
    assert client.get("/v1/pnl", headers={"Authorization": "Bearer wb_wrong"}).status_code == 401
    client.post("/v1/session", json={"role": "admin"})
    assert client.delete("/v1/keys/risk%20batch").status_code == 204
    assert client.delete("/v1/keys/risk%20batch").status_code == 404
    client.cookies.clear()
    assert client.get("/v1/pnl", headers=with_key).status_code == 401


def test_the_store_holds_no_key(tmp_path: Path) -> None:
    keys = ApiKeys(tmp_path / "desk.sqlite")
    key = keys.make("batch", Role.VIEWER)
    assert key.encode() not in (tmp_path / "desk.sqlite").read_bytes()
    assert keys.user(key) == User("batch", Role.VIEWER)
    assert not User("batch", Role.VIEWER).may(Permission.REPLAY)
    with pytest.raises(InputError, match="batch"):
        keys.make("batch", Role.ADMIN)
    for name in ("A B!", "", "Ada", "demo", "a" * 65, "ada\n"):
        with pytest.raises(InputError, match="is no name of a key"):
            keys.make(name, Role.ADMIN)
    assert keys.rows() == [("batch", "viewer")]


def test_a_folder_that_is_no_book_is_said_when_the_desk_opens(
    folder: RunFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["desk", str(folder.path), "--book", str(tmp_path / "nowhere")]) != 0
    assert "holds no book" in capsys.readouterr().err


def test_a_session_ends_when_it_is_not_used() -> None:
    wall = [0.0]
    sessions = Sessions(lambda: wall[0], idle_seconds=10.0)
    token = sessions.begin(User("demo", Role.TRADER))
    for wall[0] in (9.0, 18.0):
        assert sessions.user(token) is not None
    wall[0] = 28.5
    assert sessions.user(token) is None
    assert sessions.user("made up") is None


def test_too_many_requests_are_refused_until_time_has_passed() -> None:
    wall = [0.0]
    limit = RateLimit(3.0, wall=lambda: wall[0])
    assert [limit.takes("a") for _ in range(4)] == [True, True, True, False]
    wall[0] = 0.4
    assert [limit.takes("a") for _ in range(2)] == [True, False]


def test_metrics_are_in_the_text_format(client: TestClient) -> None:
    client.get("/v1/pnl")
    text = client.get("/v1/metrics").text
    assert '\nwattbook_fills{strategy="wind farm"} ' in text
    assert 'wattbook_limit_share{trading_book="coupled",limit="position"} ' in text
    assert 'route="/v1/pnl",status="200"' in text
    for line in text.splitlines():
        assert line.startswith(("# HELP wattbook_", "# TYPE wattbook_", "wattbook_")), line
        if not line.startswith("#"):
            float(line.rpartition(" ")[2])


def test_metrics_tell_risk_position_and_queues(client: TestClient) -> None:
    lines = client.get("/v1/metrics").text.splitlines()
    found = {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines
             if not line.startswith("#")}  # fmt: skip
    tail = client.get("/v1/risk/tails").json()["tail"]
    for name in ("value_at_risk", "expected_shortfall"):
        assert found[f"wattbook_{name}"] == tail[name]
    assert found['wattbook_queue_depth{queue="alert deliveries"}'] == 0
    assert found["wattbook_allocator_blocks"] > 0
    net: dict[str, float] = {}
    for row in client.get("/v1/positions?limit=5000").json()["rows"]:
        net[row["strategy"]] = net.get(row["strategy"], 0.0) + row["volume"]
    for strategy, volume in net.items():
        told = [one for name, one in found.items()
                if name.startswith(f'wattbook_position_net{{strategy="{strategy}"')]  # fmt: skip
        assert sum(told) == pytest.approx(volume)


@pytest.mark.parametrize(
    ("line", "rules", "shown"),
    [
        ("", "", None),
        ("collateral = 250_000.5", "", 250_000.5),
        (
            "collateral = 250_000.5",
            'name = "call"\nkind = "margin"\nseverity = "info"\nabove = 7',
            7,
        ),
    ],
)
def test_collateral_is_that_of_the_rule_or_else_of_the_desk_file(
    tape: Tape, tmp_path: Path, line: str, rules: str, shown: float | None
) -> None:
    text = (Path(tape.folder) / "desk.toml").read_text("utf-8")
    (tmp_path / "desk.toml").write_text(text.replace("[desk]", f"[desk]\n{line}", 1))
    (tmp_path / "alerts.toml").write_text(f"[[rule]]\n{rules}" if rules else "")
    moved = Tape(tape.tables, tape.names, tape.facts, tmp_path)
    player = Player(tape.first, tape.end, at=tape.end, speed=60.0, wall=time.monotonic)
    alerts = Alerts(load_rules(tmp_path / "alerts.toml"), tmp_path / "alerts.sqlite")
    app = desk_app(Desk(moved, player, alerts), tmp_path / "desk.sqlite", ORIGIN)
    with TestClient(app, base_url=ORIGIN) as client:
        client.post("/v1/session", json={"role": "viewer"})
        assert client.get("/v1/risk/tails").json()["collateral"] == shown


def test_every_route_says_what_it_returns(client: TestClient) -> None:
    document = client.get("/v1/openapi.json").json()
    assert document["info"]["title"] == "Wattbook desk"
    for path, methods in document["paths"].items():
        assert path.startswith(("/v1/", "/.well-known/"))
        for one in methods.values():
            assert one["summary"]
            assert one["description"]


def test_headers_of_a_careful_server(client: TestClient) -> None:
    headers = client.get("/v1/health").headers
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    cookie = client.post("/v1/session", json={}).headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie


def test_a_deal_changes_only_with_a_second_person(tape: Tape, store: Path, tmp_path: Path) -> None:
    example = Path(__file__).parents[3] / "examples" / "book"
    book, reference = make_book(tmp_path / "book", example / "reference.toml", person="ana")
    import_deals(book, reference, example / "deals.csv", person="ana")
    player = Player(tape.first, tape.end, at=tape.end, speed=60.0, wall=time.monotonic)
    alerts = Alerts(load_rules(), store.with_name("alerts.sqlite"))
    desk = Desk(tape, player, alerts)
    with TestClient(
        desk_app(desk, store, ORIGIN, beside=Beside(tmp_path / "book")), base_url=ORIGIN
    ) as client:
        client.post("/v1/session", json={"role": "trader"})
        (stands,) = client.get("/v1/deals/D-1003/history").json()["versions"]
        left_out = ("version", "known_ns", "entered_by", "approved_by")
        deal = {name: value for name, value in stands.items() if name not in left_out}
        asked = {**deal, "power_mw": "9", "person": "ana"}

        def enter(key: str, **more: object) -> tuple[int, dict[str, object]]:
            headers = {"Idempotency-Key": key}
            answer = client.post("/v1/deals", json={**asked, **more}, headers=headers)
            return answer.status_code, answer.json()

        def decide(number: int, person: str) -> int:
            said = {"approves": True, "person": person}
            return client.post(f"/v1/deals/amendments/{number}", json=said).status_code

        assert enter("one") == (201, {"new": 0, "unchanged": 0, "waits": 1})
        assert enter("one") == (201, {"new": 0, "unchanged": 0, "waits": 1})
        assert enter("one", power_mw="10")[0] == 422
        assert decide(1, "ana") == 422
        assert decide(1, "nobody") == 422
        assert decide(1, "ben") == 200
        versions = client.get("/v1/deals/D-1003/history").json()["versions"]
        assert [(one["power_mw"], one["approved_by"]) for one in versions] == [
            (8.0, None), (9.0, "ben"),
        ]  # fmt: skip
        status, problem = enter("two", product="Mars Cal-27 Base?")
        assert (status, "product" in str(problem["detail"])) == (422, True)
        assert enter("three", person=None)[0] == 422
        fresh = {"deal": "D-9001", "status": "live"}
        assert enter("new", **fresh) == (201, {"new": 1, "unchanged": 0, "waits": 0})
        # An amendment that was decided meanwhile leaves the answer of its key as it was.
        assert enter("one") == (201, {"new": 0, "unchanged": 0, "waits": 1})
        assert enter("new", **fresh) == (201, {"new": 1, "unchanged": 0, "waits": 0})
        status, problem = enter("new", deal="D-9002")
        assert (status, "another deal" in str(problem["detail"])) == (422, True)
        for slip in (
            {"deal": "=1+1"}, {"power_mw": "999999999"}, {"trade_date": "1900-01-01"},
            {"trade_date": "2099-01-01"}, {"deal": "D-9003", "status": "cancelled"},
        ):  # fmt: skip
            assert enter(f"slip {slip}", **slip)[0] == 422
        deals = {one["deal"] for one in client.get("/v1/deals").json()["deals"]}
        assert "D-9001" in deals
        assert not deals & {"D-9002", "D-9003", "=1+1"}
        assert enter("four", status="cancelled")[1]["waits"] == 1


def test_volume_at_a_price_is_that_of_every_trade_of_the_contract(client: TestClient) -> None:
    number = client.get("/v1/quotes").json()["rows"][0]["instrument"]
    trades = client.get(f"/v1/trades?instrument={number}&limit=5000").json()["rows"]
    assert trades
    sums: dict[float, float] = {}
    for one in trades:
        sums[one["price"]] = sums.get(one["price"], 0.0) + one["volume"]
    found = client.get(f"/v1/instruments/{number}/book").json()["traded"]
    assert [one["price"] for one in found] == sorted(sums)
    assert [one["volume"] for one in found] == pytest.approx(
        [sums[price] for price in sorted(sums)]
    )
