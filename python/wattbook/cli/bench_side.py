"""Runs one side of a benchmark as a process of its own and reads its JSON line."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from wattbook.cli.bench_plan import Bench, Side

__all__ = ["NotMeasured", "Workshop"]

TIMEOUT_S = 600.0
POLL_S = 0.01
PEERS = {"peer": ".venv-peers", "vollib": ".venv-vollib", "riskfolio": ".venv-riskfolio"}


class NotMeasured(Exception):  # noqa: N818 - it is an outcome to show, not a fault to mend
    """Why a side has no figures."""


@dataclass(slots=True)
class Workshop:
    """Everything that the sides need: built programs, generated inputs, fetched peers.

    Parameters
    ----------
    root : Path
        The clone.
    profile : str
        Cargo profile of our own sides.
    """

    root: Path
    profile: str
    _prepared: dict[str, str | None] = field(default_factory=dict)

    def run(self, bench: Bench, side: Side) -> dict[str, Any]:
        """Run `side` once and return what it printed, with its peak resident memory added.

        Raises
        ------
        NotMeasured
            If it is not installed, fails or takes more than ten minutes.
        """
        self._prepare(side.runner)
        scratch = self.root / ".build" / "bench"
        scratch.mkdir(parents=True, exist_ok=True)
        places = {"{scratch}": str(scratch), "{input}": str(self._input(bench))}
        if "{data}" in side.arguments:
            places["{data}"] = str(self._recorded())
        if "{rust}" in side.arguments:
            self._prepare("rust")
            places["{rust}"] = self._program("rust", "")[0]
        arguments = [places.get(argument, argument) for argument in side.arguments]
        command = [*self._program(side.runner, arguments[0]), *arguments[1:]]
        return self._measure(command)

    def _program(self, runner: str, first: str) -> list[str]:
        build = self.root / ".build" / "peers"
        match runner:
            case "rust":
                return [str(self.root / "target" / self.profile / "wattbook-bench"), first]
            case "rust-peer":
                return [str(build / "rust" / "release" / "wattbook-peers"), first]
            case "java":
                path = f"{build / 'exchange-core'}/*:{build / 'classes'}"
                return ["java", "-Xmx3g", "-XX:+UseSerialGC", "-cp", path, first]
            case "peer" | "vollib" | "riskfolio":
                return [str(self._peers(runner)), str(self.root / "benches" / first)]
            case _:
                return [sys.executable, str(self.root / "benches" / first)]

    def _measure(self, command: Sequence[str]) -> dict[str, Any]:
        """Run `command` to its end; its memory is the kernel's figure for this process alone."""
        caches = {"NUMBA_CACHE_DIR": str(self.root / ".build" / "numba")}
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
            process = subprocess.Popen(  # noqa: S603 - our own programs
                command,
                stdout=output,
                stderr=errors,
                cwd=self.root,
                env={**os.environ, **caches, "PYTHONDONTWRITEBYTECODE": "1"},
            )
            deadline = time.monotonic() + TIMEOUT_S
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            while pid == 0:
                if time.monotonic() > deadline:
                    process.kill()
                    process.wait()
                    raise NotMeasured(f"took more than {TIMEOUT_S:.0f} s")
                time.sleep(POLL_S)
                pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            process.returncode = os.waitstatus_to_exitcode(status)
            output.seek(0)
            lines = output.read().decode().splitlines()
            if process.returncode != 0 or not lines:
                errors.seek(0)
                said = errors.read().decode(errors="replace").strip().splitlines()
                raise NotMeasured(said[-1] if said else f"exit status {process.returncode}")
        found: dict[str, Any] = json.loads(lines[-1])
        found.setdefault("rss_bytes", usage.ru_maxrss * 1024)
        return found

    def _input(self, bench: Bench) -> Path:
        """Return the input file, generated if it is not there yet."""
        if bench.input is None:
            return Path(os.devnull)
        kind, rows = bench.input.kind, bench.input.rows
        file = self.root / ".build" / "bench" / f"{kind}_{rows}.bin"
        if not file.is_file():
            feed = str(self.root / "benches" / "feed.py")
            _call([sys.executable, feed, kind, str(rows), str(file)], self.root)
        return file

    def _recorded(self) -> Path:
        """Return the folder of recorded market data."""
        folder = Path(os.environ.get("WATTBOOK_DATA", self.root.parent / "shared" / "data"))
        if not folder.is_dir():
            raise NotMeasured(f"no recorded data in {folder}; set WATTBOOK_DATA")
        return folder.resolve()

    def _prepare(self, runner: str) -> None:
        """Build or fetch what `runner` needs, once; say again why it could not be had."""
        if runner not in self._prepared:
            steps: dict[str, Callable[[], None]] = {
                "rust": self._build,
                "rust-peer": self._build_peers,
                "java": self._fetch_java,
                **{peer: partial(self._find, self._peers(peer)) for peer in PEERS},
            }
            try:
                steps.get(runner, lambda: None)()
                self._prepared[runner] = None
            except NotMeasured as reason:
                self._prepared[runner] = str(reason)
        reason_before = self._prepared[runner]
        if reason_before is not None:
            raise NotMeasured(reason_before)

    def _build(self) -> None:
        profile = ["--profile", self.profile]
        package = ["--package", "wattbook-benches", "--locked", "--quiet"]
        _call(["cargo", "build", *profile, *package], self.root)

    def _build_peers(self) -> None:
        manifest = str(self.root / "benches" / "peers" / "rust" / "Cargo.toml")
        target = str(self.root / ".build" / "peers" / "rust")
        options = ["--release", "--locked", "--quiet", "--target-dir", target]
        _call(["cargo", "build", *options, "--manifest-path", manifest], self.root)

    def _fetch_java(self) -> None:
        jars = self.root / ".build" / "peers" / "exchange-core"
        sources = self.root / "benches" / "peers"
        for program in ("mvn", "javac"):
            if shutil.which(program) is None:
                raise NotMeasured(f"{program} is not installed")
        if not any(jars.glob("*.jar")):
            _call(
                [
                    *("mvn", "--quiet", "--batch-mode", "--file", str(sources / "pom.xml")),
                    *("dependency:copy-dependencies", f"-DoutputDirectory={jars}"),
                ],
                self.root,
            )
        classes = jars.parent / "classes"
        source = str(sources / "ExchangeCore.java")
        _call(["javac", "-cp", f"{jars}/*", "-d", str(classes), source], self.root)

    def _peers(self, runner: str) -> Path:
        """Return the interpreter of the peers in Python, or of the one with older packages."""
        return self.root / PEERS[runner] / "bin" / "python"

    def _find(self, interpreter: Path) -> None:
        if not interpreter.is_file():
            raise NotMeasured("the Python peers are not installed; `make bench` installs them")


def _call(command: Sequence[str], folder: Path) -> None:
    """Run `command` in `folder`, its output on standard error."""
    try:
        done = subprocess.run(  # noqa: S603 - our own programs
            command, cwd=folder, stdout=sys.stderr, timeout=TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as fault:
        raise NotMeasured(f"{command[0]}: {fault}") from fault
    if done.returncode != 0:
        raise NotMeasured(f"{' '.join(command[:3])} … ended with status {done.returncode}")
