"""Tasks give the same results whoever carries them out, and say when nobody can."""

import importlib.util
import os
import signal
import socket
from pathlib import Path

import numpy as np
import pytest

from wattbook.cli.main import main
from wattbook.errors import InputError, WorkersError
from wattbook.runtime.research.quotes import made_up_quotes
from wattbook.strategy.sweep import fill_paths, grid, sweep
from wattbook.workers import Workers, in_order, mapped, ray_session, shares, unchanged


def plus(base: int, item: int) -> int:
    return base + item


def dies(_base: None, item: int) -> int:
    if item:
        os.kill(os.getpid(), signal.SIGKILL)
    return item


def test_this_process_carries_out_in_order() -> None:
    assert list(mapped(Workers(), unchanged, 10, plus, [1, 2])) == [(0, 11), (1, 12)]
    assert list(mapped(Workers(), unchanged, 10, plus, [])) == []


def test_early_results_wait_for_the_ones_before() -> None:
    results = iter([(2, "c"), (0, "a"), (1, "b")])
    assert list(in_order(results)) == ["a", "b", "c"]


@pytest.mark.parametrize(("count", "parts"), [(0, 3), (1, 3), (10, 3), (10, 10), (7, 1)])
def test_shares_are_all_places_once(count: int, parts: int) -> None:
    places = [place for share in shares(count, parts) for place in range(count)[share]]
    assert places == list(range(count))
    assert all(share.stop > share.start for share in shares(count, parts))


@pytest.mark.long
def test_processes_change_no_bit_of_a_sweep() -> None:
    quotes = made_up_quotes(5_000, 3)
    sets = grid("ema_cross", {"fast": list(range(3, 23)), "slow": [40, 60]})
    told: list[tuple[int, int]] = []
    alone = sweep(quotes.bid, quotes.ask, "ema_cross", sets, fee=0.01, parts=20)
    two = sweep(
        quotes.bid, quotes.ask, "ema_cross", sets, fee=0.01, parts=20,
        workers=Workers(2), tell=lambda done, whole: told.append((done, whole)),
    )  # fmt: skip
    assert np.array_equal(alone.by_part, two.by_part)
    assert np.array_equal(alone.pnl, two.pnl)
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1] == (40, 40)
    luck, same_luck = (
        fill_paths(quotes.bid, quotes.ask, "ema_cross", [5, 40], paths=60, workers=workers)
        for workers in (None, Workers(2))
    )
    assert np.array_equal(luck, same_luck)


@pytest.mark.long
def test_a_process_that_is_killed_is_told() -> None:
    with pytest.raises(WorkersError, match="a worker process was killed"):
        list(mapped(Workers(2), unchanged, None, dies, [0, 1]))


@pytest.mark.parametrize(
    "address", ["", "6379", "host:", "ray://host:10001", "host:70000", "Local"]
)
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(InputError, match="give HOST:PORT of its head, or local"):
        Workers(2, address)


def test_no_process_is_refused() -> None:
    with pytest.raises(InputError, match="give 1 or more"):
        Workers(0)


def test_a_missing_ray_is_told_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with (
        pytest.raises(WorkersError, match=r"install `wattbook\[ray\]`"),
        ray_session("local", 1),
    ):
        pass


def test_a_head_that_does_not_answer_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if importlib.util.find_spec("ray") is None:
        pytest.skip("Ray is not installed")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    sets = ["--set", "fast=3", "--set", "slow=9", "--tear-sheet", str(tmp_path / "page.html")]
    assert main(["sweep", "--made-up", "2000", *sets, "--ray", f"127.0.0.1:{port}"]) == 2
    said = capsys.readouterr().err
    assert f"Ray does not answer at 127.0.0.1:{port}" in said
    assert "Traceback" not in said
