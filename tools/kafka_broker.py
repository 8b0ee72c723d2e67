"""Starts real Kafka brokers on loopback, without containers: jars from Maven, KRaft, small heaps.

``python tools/kafka_broker.py fetch`` brings the jars into ``.build/kafka``, which the Makefile
does before the tests; ``run`` starts one broker and stops it on Ctrl-C. Tests and benchmarks use
`Cluster`.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

ROOT = Path(__file__).resolve().parent.parent
POM = ROOT / "tests" / "stack" / "kafka" / "pom.xml"
JARS = ROOT / ".build" / "kafka"
START_SECONDS_MAX = 120.0
STOP_SECONDS_MAX = 30.0
POLL_SECONDS = 0.05
CLUSTER_ID = "d2F0dGJvb2tXQVRUQk9PSw"

# Compiled by the quick compiler only: a test's broker lives too short for the other to pay.
JAVA = (
    *("java", "-Xms128m", "-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),
    *("-Xshare:auto", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"),
)

SETTINGS = """\
process.roles=broker,controller
node.id={node}
controller.quorum.voters={voters}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
log.dirs={logs}
num.network.threads=2
num.io.threads=2
background.threads=2
num.recovery.threads.per.data.dir=1
log.cleaner.threads=1
log.cleaner.dedupe.buffer.size=4194304
auto.create.topics.enable=false
default.replication.factor={replicas}
min.insync.replicas={in_sync}
offsets.topic.num.partitions=4
offsets.topic.replication.factor={replicas}
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor={replicas}
transaction.state.log.min.isr={in_sync}
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
group.consumer.session.timeout.ms=1500
group.consumer.min.session.timeout.ms=1000
group.consumer.heartbeat.interval.ms=200
group.consumer.min.heartbeat.interval.ms=100
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
controlled.shutdown.enable=false
"""


class UnavailableError(Exception):
    """Why no server can be had here."""


def missing() -> str:
    """Return what is missing to start a broker; empty if nothing is."""
    if shutil.which("java") is None:
        return "no java on the path; install a Java runtime of version 17 or newer"
    if not any(JARS.glob("kafka_*.jar")):
        return f"no jars in {JARS}; run `make stack`"
    return ""


def fetched(stamp: bytes, folder: Path, *goal: str) -> bool:
    """Bring what Maven's `goal` gives into `folder`; return False if it was there already.

    Parameters
    ----------
    stamp : bytes
        What is pinned; another one empties the folder first.
    """
    pinned = folder / "pinned"
    if pinned.is_file() and pinned.read_bytes() == stamp:
        return False
    for program in ("java", "mvn"):
        if shutil.which(program) is None:
            raise UnavailableError(f"{program} is not installed; tests that need it will skip")
    shutil.rmtree(folder, ignore_errors=True)
    command = ["mvn", "--quiet", "--batch-mode", *goal, f"-DoutputDirectory={folder}"]
    done = subprocess.run(command, check=False)
    if done.returncode != 0:
        raise UnavailableError(f"mvn ended with status {done.returncode}")
    pinned.write_bytes(stamp)
    return True


def fetch() -> None:
    """Bring the pinned jars into ``.build/kafka``."""
    fetched(POM.read_bytes(), JARS, "--file", str(POM), "dependency:copy-dependencies")


def free_ports(count: int) -> list[int]:
    """Return loopback ports that were free a moment ago."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


@dataclass(slots=True)
class Broker:
    """One broker: a process of its own, its data in a folder of its own."""

    node: int
    port: int
    controller_port: int
    folder: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Host and port for clients."""
        return f"127.0.0.1:{self.port}"

    @property
    def settings(self) -> Path:
        """The broker's settings file."""
        return self.folder / "server.properties"

    def start(self) -> None:
        """Start the process; `Cluster.wait` tells when it serves."""
        with (self.folder / "broker.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*JAVA, "-cp", f"{JARS}/*", "kafka.Kafka", str(self.settings)],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                cwd=self.folder,
            )

    def serves(self) -> bool:
        """Return whether the broker takes connections.

        Raises
        ------
        UnavailableError
            If its process has ended.
        """
        if self.process is None or self.process.poll() is not None:
            last = (self.folder / "broker.log").read_text(errors="replace")[-2000:]
            raise UnavailableError(f"broker {self.node} ended: {last}")
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True

    def kill(self) -> None:
        """End the process at once, as a power cut would (kill -9)."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def stop(self) -> None:
        """End the process in good order, or at once when it does not."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.kill()


@dataclass(slots=True)
class Cluster:
    """Brokers that know each other; each is a controller too.

    Examples
    --------
    ::

        with Cluster(1) as cluster:
            connect(cluster.address)
    """

    size: int = 1
    brokers: list[Broker] = field(default_factory=list)
    folder: Path | None = None

    @property
    def address(self) -> str:
        """What clients connect to: every broker's host and port."""
        return ",".join(broker.address for broker in self.brokers)

    def __enter__(self) -> Self:
        """Format the storage and start every broker."""
        if reason := missing():
            raise UnavailableError(reason)
        self.folder = Path(tempfile.mkdtemp(prefix="wattbook-kafka-"))
        ports = free_ports(2 * self.size)
        for node in range(self.size):
            home = self.folder / str(node)
            home.mkdir()
            self.brokers.append(Broker(node, ports[2 * node], ports[2 * node + 1], home))
        try:
            for broker in self.brokers:
                self._format(broker)
                broker.start()
            self.wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Stop what still runs and remove the data."""
        for broker in self.brokers:
            broker.kill()
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)

    def wait(self) -> None:
        """Wait until every broker takes connections."""
        deadline = time.monotonic() + START_SECONDS_MAX
        while not all(broker.serves() for broker in self.brokers):
            if time.monotonic() > deadline:
                raise UnavailableError(f"no broker within {START_SECONDS_MAX:.0f} s")
            time.sleep(POLL_SECONDS)

    def _format(self, broker: Broker) -> None:
        voters = ",".join(f"{b.node}@127.0.0.1:{b.controller_port}" for b in self.brokers)
        broker.settings.write_text(
            SETTINGS.format(
                node=broker.node,
                voters=voters,
                port=broker.port,
                controller_port=broker.controller_port,
                logs=broker.folder / "logs",
                replicas=self.size,
                in_sync=max(1, self.size - 1),
            )
        )
        tool = ["kafka.tools.StorageTool", "format", "--ignore-formatted"]
        done = subprocess.run(
            [*JAVA, "-cp", f"{JARS}/*", *tool, "-t", CLUSTER_ID, "-c", str(broker.settings)],
            check=False,
            capture_output=True,
            text=True,
        )
        if done.returncode != 0:
            raise UnavailableError(f"storage was not formatted: {done.stdout}{done.stderr}")


def main() -> int:
    """Run the command line; return its exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=["fetch", "run"])
    try:
        if parser.parse_args().command == "fetch":
            fetch()
            return 0
        with Cluster(1) as cluster:
            print(f"Kafka serves at {cluster.address}; Ctrl-C stops it", flush=True)
            signal.sigwait({signal.SIGINT, signal.SIGTERM})
    except UnavailableError as reason:
        print(reason, file=sys.stderr)
        # Without Maven the tests skip and say why; where no skip is allowed, they fail.
        return 0 if os.environ.get("WATTBOOK_FAIL_ON_SKIP") != "1" else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
