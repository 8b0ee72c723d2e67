"""The benchmarks: what each measures, its sides, and what it should reach."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wattbook.errors import InputError

__all__ = ["Bench", "Input", "Side", "Target", "plan", "repository"]

RUNNERS = ("rust", "rust-peer", "java", "peer", "vollib", "riskfolio", "python")


@dataclass(frozen=True, slots=True)
class Input:
    """A generated file: the first argument of every side.

    Parameters
    ----------
    kind : str
        A function of ``benches/feed.py``.
    rows : int
        How many rows it has.
    """

    kind: str
    rows: int


@dataclass(frozen=True, slots=True)
class Side:
    """One program of a benchmark.

    Parameters
    ----------
    name : str
        As shown.
    runner : str
        ``rust`` and ``python`` are ours; ``rust-peer``, ``java`` and ``peer`` run what we are
        measured against.
    arguments : tuple of str
        ``{input}`` stands for the input file, ``{scratch}`` for a folder to write into, ``{data}``
        for the folder of recorded data, ``{rust}`` for our Rust program.
    rounds : int or None
        How often to run it, if less often than the others: some peers take minutes.
    """

    name: str
    runner: str
    arguments: tuple[str, ...]
    rounds: int | None


@dataclass(frozen=True, slots=True)
class Target:
    """What a figure should reach.

    Parameters
    ----------
    side : str
        Whose figure.
    over : str or None
        The side that it is divided by, round by round.
    field : str
        Which figure, with points between the levels: ``latency_ns.p99``.
    at_least, at_most : float or None
        The bound.
    """

    side: str
    over: str | None
    field: str
    at_least: float | None
    at_most: float | None

    def sentence(self) -> str:
        """Return the target in words."""
        bound = f"≥ {self.at_least:,g}" if self.at_least is not None else f"≤ {self.at_most:,g}"
        what = self.side if self.field == "rate" else f"{self.side} {self.field}"
        return f"{what} ÷ {self.over} {bound}" if self.over else f"{what} {bound}"


@dataclass(frozen=True, slots=True)
class Bench:
    """A benchmark: a unit of work that a user would name, and the programs that do it."""

    name: str
    work: str
    input: Input | None
    sides: tuple[Side, ...]
    targets: tuple[Target, ...]


def repository() -> Path:
    """Return the clone that this package was built in.

    Raises
    ------
    InputError
        If the package was installed without its sources.
    """
    for folder in (Path(__file__).resolve().parents[3], Path.cwd()):
        if (folder / "benches" / "benches.toml").is_file():
            return folder
    raise InputError(
        "benchmarks need the source tree, which is not around this package; clone the project, "
        "run `make build` and then `wattbook bench` inside it"
    )


def plan(root: Path) -> dict[str, Bench]:
    """Return every benchmark of ``benches/benches.toml`` under `root`, by name."""
    file = root / "benches" / "benches.toml"
    with file.open("rb") as opened:
        tables = tomllib.load(opened)
    return {name: _bench(name, table) for name, table in tables.items()}


def _bench(name: str, table: Mapping[str, Any]) -> Bench:
    sides = tuple(_side(name, side) for side in table["sides"])
    known = {side.name for side in sides}
    targets = tuple(
        Target(
            side=target["side"],
            over=target.get("over"),
            field=target.get("field", "rate"),
            at_least=target.get("at_least"),
            at_most=target.get("at_most"),
        )
        for target in table.get("targets", ())
    )
    for target in targets:
        for side in (target.side, target.over):
            if side is not None and side not in known:
                raise InputError(f"benches.toml: {name} has no side {side!r}; it has {known}")
    given = table.get("input")
    return Bench(
        name=name,
        work=table["work"],
        input=Input(given["kind"], given["rows"]) if given else None,
        sides=sides,
        targets=targets,
    )


def _side(bench: str, table: Mapping[str, Any]) -> Side:
    if table["runner"] not in RUNNERS:
        raise InputError(f"benches.toml: {bench} has runner {table['runner']!r}; use {RUNNERS}")
    return Side(table["name"], table["runner"], tuple(table["arguments"]), table.get("rounds"))
