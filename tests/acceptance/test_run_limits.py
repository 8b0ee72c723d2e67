"""A day within limits of scopes: what `wattbook run` shows, and what its folder answers."""

import datetime as dt
import json
import shutil
import time
from collections.abc import Mapping
from pathlib import Path

import polars as pl
import pytest
from fastapi.testclient import TestClient
from tests.acceptance.desk.served import ORIGIN
from tests.acceptance.runs import EXAMPLES, facts, ledger_of, traded_in, wattbook

from wattbook.api.app import desk_app
from wattbook.api.desk import Desk
from wattbook.errors import InputError
from wattbook.runtime.alerts import Alerts, load_rules
from wattbook.runtime.desk import parse_desk
from wattbook.runtime.figures.risk import breaches, risk_path
from wattbook.runtime.folder import RunFolder
from wattbook.runtime.risk.run_book import run_book, run_ledger
from wattbook.runtime.watch import GateAnswer, Player, ScopeLimits, Tape
from wattbook.runtime.watch.order_trial import order_trial


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return traded_in(tmp_path_factory.mktemp("limits"), EXAMPLES / "limits.toml")


def test_a_run_keeps_its_limits_and_tells_their_use(day: Path) -> None:
    limits = {entry[0]: entry for entry in facts(day)["limits"]}
    assert list(limits) == [
        "desk value at risk",
        "Ana's volume",
        "power delta",
        "notional at ECC",
        "clearing headroom",
        "stop-loss",
    ]
    for _, _, _, _, hard, highest, _ in limits.values():
        assert 0.0 <= highest <= hard
    for name in ("Ana's volume", "notional at ECC", "clearing headroom"):
        assert limits[name][5] > 0.0
    assert limits["notional at ECC"][1] == "counterparty ECC"
    assert limits["clearing headroom"][1] == "member ClearBank, currency EUR"
    report = (day / "report.html").read_text(encoding="utf-8")
    assert "Risk and limits" in report
    assert "value at risk 99 % of a day, EUR" in report
    assert "Limits of scopes at their highest use" in report


def test_nobody_holds_more_than_the_hard_limit(day: Path) -> None:
    ledger = ledger_of(day)
    table = ledger.table("position_changed")
    # Ana is the first trader of the file; her volume is that of one strategy.
    held: dict[int, int] = {}
    for instrument, trader, volume in table.select("instrument", "trader", "volume").iter_rows():
        if trader == 1:
            held[instrument] = volume
            assert sum(abs(one) for one in held.values()) <= 7_000_000
    refused = [row["refusal"] for row in ledger.table("refused").iter_rows(named=True)]
    assert any("ScopeLimit" in text for text in refused)


def test_every_breach_was_told_with_its_order(day: Path) -> None:
    ledger = ledger_of(day)
    found = breaches(ledger)
    assert found
    for line in found:
        assert line.value > line.level
        assert line.is_active == (line.order_id != 0)


def test_the_use_of_limits_at_any_instant_is_that_of_the_engine(day: Path) -> None:
    tape = Tape.load(RunFolder(day))
    watched = ScopeLimits(RunFolder(day), tape.names.currency)
    names = [limit.name for limit in parse_desk((day / "desk.toml").read_text()).limit]
    told = {entry[0]: entry for entry in facts(day)["limits"]}
    last = {row["limit"]: row for row in watched.rows(tape.end)}
    assert list(last) == names
    for name, row in last.items():
        assert row["highest"] == pytest.approx(told[name][5])
        assert row["highest"] >= (row["value"] or 0.0)
    passed = tape.tables["limit_breached"].filter(pl.col("limit") > 0)
    cured = set(tape.tables.get("limit_cured", passed)["ts_recv"])
    lines = passed.filter(~pl.col("ts_recv").is_in(cured)).iter_rows(named=True)
    # Backwards, so that each instant begins the journal anew.
    for line in [*lines][:3][::-1]:
        row = watched.rows(line["ts_recv"])[line["limit"] - 1]
        assert row["severity"] == line["severity"]
        before = watched.rows(line["ts_recv"] - 1)[line["limit"] - 1]
        assert before["severity"] != "hard"


def test_the_folder_tells_what_was_at_risk(day: Path, tmp_path: Path) -> None:
    page = tmp_path / "risk.html"
    done = wattbook("risk", "report", day, "--json", "--report", page, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    path = risk_path(ledger_of(day))
    assert path is not None
    worst = path.worst
    assert found["expected_shortfall"] == pytest.approx(path.expected_shortfall[worst], rel=1e-9)
    assert found["value_at_risk"] == pytest.approx(path.value_at_risk[worst], rel=1e-9)
    assert [part["name"] for part in found["parts"]["counterparty"]] == ["ECC"]
    at = int(path.ts[worst])
    assert found["limits"] == ScopeLimits(RunFolder(day), "EUR").rows(at)
    # The gate counts open orders too, where that is worse.
    assert found["limits"][0]["value"] >= found["value_at_risk"] - 1e-5
    for parts in found["parts"].values():
        total = sum(part["component"] for part in parts)
        assert total == pytest.approx(found["value_at_risk"], rel=1e-9, abs=1e-9)
    assert "<svg" in page.read_text(encoding="utf-8")


def test_what_if_and_stress_read_the_folder(day: Path, tmp_path: Path) -> None:
    wrong = wattbook("risk", "what-if", day, "--factor", "none", "--lots", "1", cwd=tmp_path)
    assert wrong.returncode == 2
    symbol = wrong.stderr.split("choose ")[1].split(", ")[0].strip()
    changes = []
    for lots in ("50000", "-50000"):
        order = ["--factor", symbol, f"--lots={lots}", "--json"]
        done = wattbook("risk", "what-if", day, *order, cwd=tmp_path)
        found = json.loads(done.stdout)
        assert (done.returncode, found["is_refused"]) == (1, True)
        assert found["gate"]["refused"]
        changes.append(found["after"]["value_at_risk"] - found["before"]["value_at_risk"])
    # One way at least it is more than what was held.
    assert max(changes) > 0.0
    scenarios = EXAMPLES / "limits_stress.toml"
    done = wattbook("risk", "stress", scenarios, day, "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for one in json.loads(done.stdout):
        for split in one["by"].values():
            assert sum(split.values()) == one["total_cents"]
    late = wattbook("risk", "report", day, "--at", "2020-01-01T00:00Z", cwd=tmp_path)
    assert late.returncode != 0
    assert "nothing was held" in late.stderr


def test_the_first_order_of_a_day_can_be_asked_about(day: Path, tmp_path: Path) -> None:
    ledger = run_ledger(day)
    first = int(ledger.table("position_changed")["ts_recv"].to_numpy().min()) - 10**9
    at = dt.datetime.fromtimestamp(first // 10**9, dt.UTC).isoformat()
    symbol = run_book(ledger).book.factors.names[0]
    order = ["--factor", symbol, "--lots=1", "--at", at, "--json"]
    done = wattbook("risk", "what-if", day, *order, cwd=tmp_path)
    found = json.loads(done.stdout)
    assert (done.returncode, found["gate"]["refused"]) == (0, None)
    assert set(found["before"].values()) == {0.0}
    assert found["after"]["expected_shortfall"] > 0.0
    refused = wattbook("risk", "report", day, "--at", at, cwd=tmp_path)
    assert "nothing was held" in refused.stderr


def test_what_if_asks_the_gate(day: Path) -> None:
    ledger = run_ledger(day)
    held = run_book(ledger)
    symbol = held.book.factors.names[0]
    journal = {path: path.read_bytes() for path in (day / "journal").iterdir()}

    def ask(volume: float, strategy: str, price: float | None = None) -> GateAnswer:
        return order_trial(day, ledger, held.ts, symbol, volume, strategy=strategy, price=price)

    def used(answer: GateAnswer, name: str) -> float:
        return float(next(row["value"] for row in answer.limits if row["limit"] == name))

    before = {
        row["limit"]: row["value"] for row in ScopeLimits(RunFolder(day), "EUR").rows(held.ts)
    }
    volume = before["Ana's volume"]
    assert volume < 7.0
    for more in (1.0, 7.0 - volume):
        taken = ask(more, "momentum")
        assert (taken.refused, taken.is_held) == (None, False)
        assert used(taken, "Ana's volume") == pytest.approx(volume + more)
        # What Ben orders is none of Ana's, but of the same member.
        other = ask(more, "mean reversion")
        assert used(other, "Ana's volume") == volume
        assert used(other, "clearing headroom") > before["clearing headroom"]
    for refused, told in (
        (ask(7.1 - volume, "momentum"), '"Ana\'s volume" would be 7.1, the hard level is 7'),
        (ask(1.0, "momentum", price=50.005), "off the tick"),
        (ask(1.0, "momentum", price=50_000.0), "price"),
        (ask(0.05, "momentum"), "off the lot"),
        (ask(21.0, "mean reversion"), "order volume"),
    ):
        assert refused.refused is not None
        assert told in refused.refused
    for wrong, told in (((symbol, 1.0, "nobody"), "nobody"), (("none", 1.0, None), "no contract")):
        with pytest.raises(InputError, match=told):
            order_trial(day, ledger, held.ts, *wrong[:2], strategy=wrong[2])
    with pytest.raises(InputError, match="other than 0"):
        ask(0.0, "momentum")
    assert journal == {path: path.read_bytes() for path in (day / "journal").iterdir()}


def test_a_breach_is_explained_approved_and_stays_readable(day: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    shutil.copytree(day, folder)

    def say(*words: str) -> int:
        return wattbook("risk", "breaches", folder, *words, cwd=tmp_path).returncode

    first = ["--number", "1", "--by", "Cleo"]
    accepts = ["--number", "1", "--by", "Dan", "--approved-by", "Dan"]
    assert say(*accepts) == 2, "no reason yet"
    assert say("--reason", "late fill", "--by", "Cleo") == 2, "of no breach"
    assert say("--number", "1", "--by", "  ", "--reason", "late fill") == 2, "by nobody"
    assert say(*first, "--cure-by", "1999-01-01") == 2, "over"
    assert not (folder / "breaches.jsonl").exists()
    say(*first, "--owner", "Ana", "--reason", "late fill", "--cure-by", "2099-01-01")
    assert say(*first, "--approved-by", "Dan") == 2, "not hers to say"
    assert say("--number", "1", "--by", " ana", "--approved-by", " ana") == 2, "her own"
    say(*accepts)
    # Another reason was not accepted.
    say(*first, "--reason", "a late fill")
    assert not json.loads(wattbook("risk", "breaches", folder, "--json", cwd=tmp_path).stdout)[0][
        "approved_by"
    ]
    say(*first, "--reason", "late fill")
    say(*accepts)
    done = wattbook("risk", "breaches", folder, "--json", cwd=tmp_path)
    case = json.loads(done.stdout)[0]
    limits = {one.name: one for one in parse_desk((folder / "desk.toml").read_text()).limit}
    assert case["limit_owner"] == limits[case["name"]].owner
    assert (case["owner"], case["reason"], case["approved_by"]) == ("Ana", "late fill", "Dan")
    assert case["status"] in ("approved", "cured")
    lines = (folder / "breaches.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["by"] for line in lines] == ["Cleo", "Dan", "Cleo", "Cleo", "Dan"]


def test_the_desk_says_what_is_said_of_a_breach_and_who_may(day: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    shutil.copytree(day, folder)
    tape = Tape.load(RunFolder(folder))
    player = Player(tape.first, tape.end, at=tape.end, speed=1.0, wall=time.monotonic)
    alerts = Alerts(load_rules(), tmp_path / "alerts.sqlite")
    app = desk_app(Desk(tape, player, alerts), tmp_path / "desk.sqlite", ORIGIN)
    with TestClient(app, base_url=ORIGIN) as client:

        def say(role: str, number: int, words: Mapping[str, object]) -> tuple[int, str]:
            client.post("/v1/session", json={"role": role}).raise_for_status()
            answer = client.post(f"/v1/risk/breaches/{number}", json=words)
            return answer.status_code, answer.text

        assert say("viewer", 1, {"reason": "late fill"})[0] == 403
        for role, number, words, status, told in (
            ("risk", 1, {"approve": True}, 422, "no reason yet"),
            ("risk", 1, {"cure_by": "soon"}, 422, "is no day"),
            ("risk", 9_999, {"reason": "none"}, 422, "is not there"),
            ("trader", 1, {"reason": "late fill", "owner": "Ana"}, 200, "late fill"),
            ("trader", 1, {"approve": True}, 403, "may not approve"),
        ):
            code, text = say(role, number, words)
            assert code == status
            assert told in text
        found = {one["breach"]: one for one in client.get("/v1/risk/tails").json()["breaches"]}
        assert (found[1]["owner"], found[1]["reason"]) == ("Ana", "late fill")
        # Nothing was said of the second; the owner is that of its limit.
        assert found[2]["owner"] == "head of trading"
        scopes = client.get("/v1/kill-switch").json()["scopes"]
        assert (scopes["counterparties"], scopes["members"]) == (["ECC"], ["ClearBank"])
