"""The desk of the generated day under load. Usage: ``desk.py rest|stream FOLDER [RUST]``.

``rest`` asks for the P&L over eight connections, ``stream`` reads the stream with 500 readers,
which the program RUST holds. The desk is a process of its own; rates are per second of its
processor time.
"""

import asyncio
import json
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path

import httpx

CONNECTIONS = 8
REQUESTS = 8_000
READERS = 500
SECONDS = 10


def traded(scratch):
    folder = Path(scratch) / "desk-run"
    if not (folder / "run.json").is_file():
        command = [sys.executable, "-m", "wattbook", "run", "--out", str(folder), "--plain"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return folder


def processor_seconds(process):
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100.0


async def ask(host, port, cookie, count, seconds):
    reader, writer = await asyncio.open_connection(host, port)
    request = (f"GET /v1/pnl HTTP/1.1\r\nHost: {host}:{port}\r\nCookie: {cookie}\r\n\r\n").encode()
    for _ in range(count):
        began = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head
        length = int(re.search(rb"content-length: (\d+)", head)[1])
        await reader.readexactly(length)
        seconds.append(time.perf_counter() - began)
    writer.close()


async def rest(host, port, cookie, process):
    seconds = []
    wall, cpu = time.perf_counter(), processor_seconds(process)
    each = REQUESTS // CONNECTIONS
    await asyncio.gather(*(ask(host, port, cookie, each, seconds) for _ in range(CONNECTIONS)))
    wall, cpu = time.perf_counter() - wall, processor_seconds(process) - cpu
    cuts = statistics.quantiles(seconds, n=100)
    return {
        "rate": REQUESTS / cpu,
        "wall_rate": REQUESTS / wall,
        "unit": "answers/s",
        "n": REQUESTS,
        "p50_ms": cuts[49] * 1e3,
        "p99_ms": cuts[98] * 1e3,
        "work": {"answers": REQUESTS},
    }


def stream(host, port, cookie, process, scratch, rust):
    asked = Path(scratch) / "desk-stream.txt"
    asked.write_text(f"{host}:{port}\n{cookie}\n{READERS}\n{SECONDS}\n")
    cpu = processor_seconds(process)
    command = [rust, "desk-stream", "readers", str(asked)]
    made = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    cpu = processor_seconds(process) - cpu
    line = json.loads(made.stdout)
    return {**line, "rate": line["n"] / cpu, "server_cpu_s": cpu}


def main(kind, scratch, *rust):
    folder = traded(scratch)
    command = [sys.executable, "-m", "wattbook", "desk", str(folder), "--port", "0", "--plain"]
    command += ["--speed", "600"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        address = re.search(r"http://\S+", process.stdout.readline())[0]
        answer = httpx.post(f"{address}v1/session", json={"role": "viewer"})
        cookie = answer.headers["set-cookie"].split(";")[0]
        host, port = answer.url.host, answer.url.port
        if kind == "stream":
            line = stream(host, port, cookie, process, scratch, *rust)
        else:
            line = asyncio.run(rest(host, port, cookie, process))
    finally:
        process.kill()
        process.wait()
    print(json.dumps(line))


if __name__ == "__main__":
    main(*sys.argv[1:])
