"""Requests of persons: taken once, answered once, whatever dies between."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from wattbook.cli.main import main
from wattbook.errors import InputError
from wattbook.runtime.live.spool import Answer, Asked, Spool, ask


def run_folder(tmp_path: Path) -> Path:
    (tmp_path / "fix.store").touch()
    return tmp_path


def serve(spool: Spool, answer: Answer, taken: list[object]) -> threading.Thread:
    """Answer the next request, in a thread of its own."""

    def look() -> None:
        while not taken:
            for asked in spool.take():
                taken.append(asked)
                name = asked[0] if isinstance(asked, tuple) else asked.id
                spool.answer(name, answer)

    thread = threading.Thread(target=look)
    thread.start()
    return thread


def test_a_request_is_answered_and_leaves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spool = Spool.open(run_folder(tmp_path))
    taken: list[object] = []
    thread = serve(spool, Answer(good=True, lines=("order 1000-1 goes to the exchange",)), taken)
    arguments = ["order", str(tmp_path), "--trader", "anna", "place", "H0", "buy", "2", "-20.5"]
    assert main(arguments) == 0
    thread.join()
    assert capsys.readouterr().out == "order 1000-1 goes to the exchange\n"
    assert isinstance(taken[0], Asked)
    assert taken[0].user == tmp_path.stat().st_uid
    assert taken[0].fields == {
        "trader": "anna",
        "act": "place",
        "contract": "H0",
        "side": "buy",
        "volume": "2",
        "price": "-20.5",
        "life": "day",
    }
    assert list(spool.path.iterdir()) == []


def test_a_refusal_is_told_by_the_exit_status(tmp_path: Path) -> None:
    spool = Spool.open(run_folder(tmp_path))
    thread = serve(spool, Answer(good=False, lines=("refused",)), [])
    assert main(["order", str(tmp_path), "--trader", "anna", "stop", "--book", "b"]) == 1
    thread.join()


def test_a_request_that_nobody_takes_is_taken_back(tmp_path: Path) -> None:
    spool = Spool.open(run_folder(tmp_path))
    with pytest.raises(InputError, match="nothing was done"):
        ask(tmp_path, {"act": "stop"}, 0.0)
    assert list(spool.path.iterdir()) == []


def test_a_request_that_was_taken_by_a_run_that_died_is_never_carried_out_again(
    tmp_path: Path,
) -> None:
    spool = Spool.open(run_folder(tmp_path))
    (spool.path / "1-1.json").write_text("{}", encoding="utf-8")
    assert len(list(spool.take())) == 1
    again = Spool.open(tmp_path)
    assert list(again.take()) == []
    answer = json.loads((again.path / "1-1.answer").read_text(encoding="utf-8"))
    assert answer["good"] is False
    assert "before you ask again" in answer["lines"][0]


@pytest.mark.parametrize("text", ["", "[1]", "{", '"a"', "[" * 10_000, "{}" + " " * 70_000])
def test_what_is_no_request_is_told_and_taken_away(tmp_path: Path, text: str) -> None:
    spool = Spool.open(run_folder(tmp_path))
    (spool.path / "1-1.json").write_text(text, encoding="utf-8")
    (found,) = spool.take()
    assert isinstance(found, tuple)
    assert found[0] == "1-1"
    assert list(spool.take()) == []


def test_a_folder_without_a_live_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no live run"):
        ask(tmp_path, {}, 0.0)
