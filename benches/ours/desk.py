"""The desk of the generated day under load. Usage: ``desk.py rest|stream FOLDER``.

``rest`` asks for the P&L over eight connections, ``stream`` reads the stream with 100 readers. The
desk is a process of its own; rates are per second of its processor time.
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
from websockets.asyncio.client import connect

from wattbook.api.packed import unpack

CONNECTIONS = 8
REQUESTS = 8_000
READERS = 100
MESSAGES = 30


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
    return seconds, wall, cpu, REQUESTS, {"answers": REQUESTS}


async def read(address, cookie, delays):
    headers = {"Cookie": cookie}
    async with connect(address, additional_headers=headers, max_size=None) as socket:
        await socket.recv()
        await socket.send("taken")
        last = None
        for _ in range(MESSAGES):
            header, _ = unpack(await socket.recv())
            await socket.send("taken")
            delays.append(max(time.time() - header["sent_ms"] / 1e3, 0.0))
            assert last is None or header["first"] == last + 1, "a number was lost"
            last = header["last"]


async def stream(host, port, cookie, process):
    delays = []
    wall, cpu = time.perf_counter(), processor_seconds(process)
    address = f"ws://{host}:{port}/v1/stream"
    await asyncio.gather(*(read(address, cookie, delays) for _ in range(READERS)))
    wall, cpu = time.perf_counter() - wall, processor_seconds(process) - cpu
    return delays, wall, cpu, len(delays), {"readers": READERS}


def main(kind, scratch):
    folder = traded(scratch)
    command = [sys.executable, "-m", "wattbook", "desk", str(folder), "--port", "0", "--plain"]
    command += ["--speed", "600"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        address = re.search(r"http://\S+", process.stdout.readline())[0]
        answer = httpx.post(f"{address}v1/session", json={"role": "viewer"})
        cookie = answer.headers["set-cookie"].split(";")[0]
        host, port = answer.url.host, answer.url.port
        made = {"rest": rest, "stream": stream}[kind](host, port, cookie, process)
        seconds, wall, cpu, count, work = asyncio.run(made)
    finally:
        process.kill()
        process.wait()
    cuts = statistics.quantiles(seconds, n=100)
    line = {
        "rate": count / cpu,
        "wall_rate": count / wall,
        "unit": "answers/s" if kind == "rest" else "messages/s",
        "n": count,
        "p50_ms": cuts[49] * 1e3,
        "p99_ms": cuts[98] * 1e3,
        "work": work,
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main(*sys.argv[1:])
