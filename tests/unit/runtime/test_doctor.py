"""The doctor finds what is wrong, and says how to mend it."""

from __future__ import annotations

import datetime as dt
import json
import socket
import tempfile
from pathlib import Path

import pytest
from tests.unit.runtime.test_alerts import mailbox

from wattbook.api.address import certificate_in
from wattbook.runtime.alerts import Alert
from wattbook.runtime.alerts.store import AlertStore
from wattbook.runtime.doctor import _certificate, _secrets, diagnoses
from wattbook.runtime.folder import RunFolder

ALERT = Alert(1, "limit broken", "intraday", "uses 125 %", "critical", 1, 0, 0)


def bad(runs: Path, *desks: Path, alerts: Path | None = None) -> list[str]:
    return [one.text for one in diagnoses(runs, desks, alerts=alerts) if one.state == "bad"]


def noted(runs: Path, port: int = 8765) -> list[str]:
    return [one.text for one in diagnoses(runs, port=port) if one.state == "note"]


def test_a_whole_installation_has_nothing_to_mend(
    tmp_path: Path, recorded_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATTBOOK_DATA", str(recorded_data))
    assert bad(tmp_path) == []


def test_data_that_is_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATTBOOK_DATA", str(tmp_path / "nowhere"))
    (text,) = bad(tmp_path)
    assert "nowhere is no folder" in text


def test_runs_that_are_not_whole_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WATTBOOK_DATA", raising=False)
    begun, damaged, empty = (RunFolder(tmp_path / name) for name in ("begun", "damaged", "empty"))
    for folder in (begun, damaged, empty):
        folder.begin({"title": "day"}, "")
    damaged.facts.write_text("{", encoding="utf-8")
    empty.save({"format": 1, "asked": {"title": "day"}, "state_hash": "00"})
    found = bad(tmp_path)
    assert any("damaged" in text and "copy" in text for text in found)
    assert any("empty lacks its event files" in text for text in found)
    assert any("begun has not ended" in text for text in noted(tmp_path))


def test_alerts_that_have_not_arrived_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WATTBOOK_DATA", raising=False)
    folder = RunFolder(tmp_path / "day")
    folder.begin({"title": "day"}, "")
    store = AlertStore(folder.path / "alerts.sqlite")
    store.keep([ALERT], [(ALERT, "chat")], 0.0)
    store.failed(store.due("chat", 0.0)[0], "ConnectError: refused", 0.0, holds=True)
    (text,) = bad(tmp_path)
    assert "1 alerts have not arrived" in text
    assert "chat (ConnectError: refused)" in text


def test_databases_that_are_damaged_and_work_that_was_cut_off_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WATTBOOK_DATA", raising=False)
    folder = RunFolder(tmp_path / "run")
    folder.begin({"title": "day"}, "")
    AlertStore(folder.path / "alerts.sqlite").keep([ALERT], [], 0.0)
    assert bad(tmp_path) == []
    keys = folder.path / "desk.sqlite"
    keys.write_bytes(b"SQLite format 3\0" + bytes(range(256)) * 40)
    (text,) = bad(tmp_path)
    assert "desk.sqlite is damaged" in text
    begun = {"job": "a", "at": 1, "kind": "refit", "subject": "lear", "process": "0-0"}
    again = [{**begun, "job": "b"}, {"job": "b", "at": 2, "state": "done"}]
    log = folder.path / "jobs.jsonl"
    log.write_text(json.dumps(begun) + "\n", encoding="utf-8")
    assert any("refit lear was cut off" in text for text in noted(tmp_path))
    log.write_text("".join(json.dumps(line) + "\n" for line in (begun, *again)), encoding="utf-8")
    assert not any("was cut off" in text for text in noted(tmp_path))


def test_a_folder_without_runs_is_named(tmp_path: Path) -> None:
    assert any("holds no run" in text for text in noted(tmp_path / "nowhere"))
    RunFolder(tmp_path / "run").begin({"title": "day"}, "")
    assert not any("holds no run" in text for text in noted(tmp_path))
    assert not any("holds no run" in text for text in noted(tmp_path / "run"))


def test_a_place_that_is_too_long_for_a_socket_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WATTBOOK_DATA", raising=False)
    deep = tmp_path / ("x" * 100)
    deep.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(deep))
    (text,) = bad(tmp_path)
    assert "shorter TMPDIR" in text


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert any(f"port {port} is taken" in text for text in noted(tmp_path, port))


def test_files_that_cannot_be_read_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WATTBOOK_DATA", raising=False)
    desk, alerts = tmp_path / "desk.toml", tmp_path / "alerts.toml"
    desk.write_text('[desk]\nname = "x"\ncurency = "EUR"\n', encoding="utf-8")
    alerts.write_text("[[rules]]", encoding="utf-8")
    first, second = bad(tmp_path, desk, alerts=alerts)
    assert "line 3" in first
    assert "did you mean 'currency'" in first
    assert "did you mean 'rule'" in second


MAIL = """
[[rule]]
name = "a"
kind = "limit"
severity = "info"
above = 1

[[mail]]
name = "risk"
host = "127.0.0.1"
port = {port}
sender = "desk@example.com"
to = ["risk@example.com"]
"""


def test_a_mail_server_is_called_and_must_encrypt(tmp_path: Path) -> None:
    alerts = tmp_path / "alerts.toml"
    with mailbox() as (port, mails):
        alerts.write_text(MAIL.format(port=port), encoding="utf-8")
        (text,) = bad(tmp_path, alerts=alerts)
        assert "does not encrypt" in text
        alerts.write_text(MAIL.format(port=port) + "starttls = false", encoding="utf-8")
        assert bad(tmp_path, alerts=alerts) == []
    assert mails == []
    (text,) = bad(tmp_path, alerts=alerts)
    assert "does not take mails" in text


def test_a_key_that_others_can_read_and_a_certificate_that_ended_are_named(
    tmp_path: Path,
) -> None:
    folder = RunFolder(tmp_path / "run")
    folder.path.mkdir()
    then = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    made = certificate_in(folder.path, frozenset({"localhost"}), then)
    made.key.chmod(0o644)
    made.key.with_name("oauth-key.pem").touch(mode=0o644)
    assert ["chmod 600" in one.text for one in _secrets(folder)] == [True, True]
    assert [*_certificate(folder, then)] == []
    (ended,) = _certificate(folder, then + dt.timedelta(days=400))
    assert "ended on" in ended.text
