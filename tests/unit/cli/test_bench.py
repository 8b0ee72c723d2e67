"""``wattbook bench`` compares medians, sees different work, and calls nothing missing a pass."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from wattbook.cli import bench
from wattbook.cli.bench_plan import Bench, Side, Target, plan, repository
from wattbook.cli.bench_side import NotMeasured, Workshop
from wattbook.errors import InputError

OURS = Side("ours", "python", ("ours.py",), None)
PEER = Side("peer", "peer", ("peer.py",), None)
TWICE = Target("ours", "peer", "rate", at_least=2.0, at_most=None)


def line(rate: float, **work: int) -> dict[str, object]:
    return {"rate": rate, "wall_rate": rate, "unit": "x/s", "rss_bytes": 1, "work": work}


class Prepared(Workshop):
    """A workshop whose sides answer from a list; a missing side is not installed."""

    def __init__(self, answers: dict[str, list[dict[str, object]]]) -> None:
        super().__init__(Path(), "quick")
        self.answers = answers

    def run(self, _: Bench, side: Side) -> dict[str, object]:
        if side.name not in self.answers:
            raise NotMeasured("not installed")
        return self.answers[side.name].pop(0)


def run(
    capsys: pytest.CaptureFixture[str], answers: dict[str, list[dict[str, object]]], rounds: int = 3
) -> tuple[bool, list[dict[str, object]], str]:
    plan = Bench("b", "work", None, (OURS, PEER), (TWICE,))
    good = bench._run(Prepared(answers), plan, rounds, as_json=True)
    shown = capsys.readouterr()
    return good, [json.loads(text) for text in shown.out.splitlines()], shown.err


def test_medians_and_the_ratio_of_each_round_count(capsys: pytest.CaptureFixture[str]) -> None:
    # In the second round the machine is slow for both sides: the ratio does not notice.
    answers = {
        "ours": [line(30.0, fills=7), line(3.0, fills=7), line(36.0, fills=7)],
        "peer": [line(10.0, fills=7), line(1.0, fills=7), line(9.0, fills=7)],
    }
    good, (ours, peer), table = run(capsys, answers)
    assert good
    assert (ours["rate"], peer["rate"]) == (30.0, 9.0)
    assert "ours ÷ peer ≥ 2: 3: met" in table


def test_a_figure_below_its_target_says_by_how_much(capsys: pytest.CaptureFixture[str]) -> None:
    _, _, table = run(capsys, {"ours": [line(15.0)], "peer": [line(10.0)]}, rounds=1)
    assert "ours ÷ peer ≥ 2: 1.5: short by 25%" in table


def test_a_missing_peer_is_not_measured(capsys: pytest.CaptureFixture[str]) -> None:
    good, (_, peer), table = run(capsys, {"ours": [line(1.0)]}, rounds=1)
    assert good
    assert peer == {
        "name": "b",
        "side": "peer",
        "status": "not measured",
        "reason": "not installed",
    }
    assert "ours ÷ peer ≥ 2: not measured" in table


def test_a_side_of_ours_that_is_missing_is_a_failure(capsys: pytest.CaptureFixture[str]) -> None:
    good, _, _ = run(capsys, {"peer": [line(1.0)]}, rounds=1)
    assert not good


def test_sides_that_did_different_work_are_a_failure(capsys: pytest.CaptureFixture[str]) -> None:
    good, _, table = run(
        capsys, {"ours": [line(1.0, fills=7)], "peer": [line(1.0, fills=8)]}, rounds=1
    )
    assert not good
    assert "DIFFERENT WORK: fills: peer did 8, ours did 7" in table


def test_every_side_of_the_plan_exists() -> None:
    root = repository()
    sources = (root / "benches" / "src" / "main.rs").read_text()
    peers = (root / "benches" / "peers" / "rust" / "src" / "main.rs").read_text()
    for found in plan(root).values():
        for side in found.sides:
            first, *rest = side.arguments
            if side.runner == "rust":
                assert f'("{first}", "{rest[0]}"' in sources, f"{found.name}: {side.name}"
            elif side.runner == "rust-peer":
                peers = (root / "benches" / "peers" / "rust" / "src" / "main.rs").read_text()
                assert f'("{first}", "{rest[0]}"' in peers, f"{found.name}: {side.name}"
            elif side.runner == "java":
                assert (root / "benches" / "peers" / f"{first}.java").is_file()
            elif side.runner == "rust-peer":
                assert f'"{first}"' in peers, f"{found.name}: {side.name}"
            else:
                assert (root / "benches" / first).is_file()


def test_an_unknown_benchmark_is_refused_with_the_names_that_exist() -> None:
    chosen = argparse.Namespace(name="matchng", json=False, rounds=1, quick=True)
    with pytest.raises(InputError, match="matching"):
        bench.execute(chosen)
