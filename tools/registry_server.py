"""Starts a real Apicurio schema registry on loopback: a Java process, its store in memory.

``python tools/registry_server.py`` brings it by Maven into ``.build/registry``, which the Makefile
does before the tests.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Self

from kafka_broker import JAVA, UnavailableError, fetched, free_ports

ROOT = Path(__file__).resolve().parent.parent
# The last one for Java 17; whole, so that none of its dependencies is asked for.
ARTIFACT = "io.apicurio:apicurio-registry-app:3.0.9:tar.gz:all"
HOME = ROOT / ".build" / "registry"
START_SECONDS_MAX = 120.0
POLL_SECONDS = 0.1


def missing() -> str:
    """Return what is missing to start a registry; empty if nothing is."""
    if shutil.which("java") is None:
        return "no java on the path; install a Java runtime of version 17 or newer"
    if not any(HOME.glob("*-runner.jar")):
        return f"no registry in {HOME}; run `make stack`"
    return ""


def fetch() -> None:
    """Bring the pinned registry into ``.build/registry`` and unpack it."""
    fetched(ARTIFACT.encode(), HOME, "dependency:copy", f"-Dartifact={ARTIFACT}")
    for archive in HOME.glob("*.tar.gz"):
        # Not `tarfile`: its filters are there from Python 3.11.4 on.
        subprocess.run(["tar", "--extract", "--file", archive, "--directory", HOME], check=True)
        archive.unlink()


class RegistryServer:
    """One registry: a process of its own that ends with the context."""

    def __enter__(self) -> Self:
        """Start it and wait until it serves."""
        [port] = free_ports(1)
        self.address = f"http://127.0.0.1:{port}/apis/ccompat/v7"
        self.folder = Path(tempfile.mkdtemp(prefix="wattbook-registry-"))
        [jar] = HOME.glob("*-runner.jar")
        settings = {"QUARKUS_HTTP_PORT": str(port), "QUARKUS_HTTP_HOST": "127.0.0.1"}
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*JAVA, "-jar", str(jar)],
                env={**os.environ, **settings},
                stdout=log,
                stderr=log,
                cwd=self.folder,
            )
        deadline = time.monotonic() + START_SECONDS_MAX
        while not self.serves():
            if self.process.poll() is not None or time.monotonic() > deadline:
                said = (self.folder / "log").read_text(errors="replace")[-2000:]
                self.__exit__()
                raise UnavailableError(f"the registry does not serve: {said}")
            time.sleep(POLL_SECONDS)
        return self

    def serves(self) -> bool:
        """Return whether it answers."""
        try:
            with urllib.request.urlopen(f"{self.address}/subjects", timeout=5) as answer:  # noqa: S310
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def __exit__(self, *_: object) -> None:
        """Stop it and remove what it wrote."""
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


if __name__ == "__main__":
    try:
        fetch()
    except UnavailableError as reason:
        print(reason, file=sys.stderr)
        # Without Maven the tests skip and say why; where no skip is allowed, they fail.
        sys.exit(1 if os.environ.get("WATTBOOK_FAIL_ON_SKIP") == "1" else 0)
