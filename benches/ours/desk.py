"""The desk of the generated day under load. Usage: ``desk.py rest|stream|orders FOLDER [RUST]``.

``rest`` asks for the P&L over eight connections, ``stream`` reads the stream with 500 readers,
which the program RUST holds; rates are per second of the desk's processor time. ``orders`` enters
orders into a paper run over sixteen connections; its rate is per second of the clock, for the run,
its engine and this program go on at once. The desk is a process of its own.
"""

import asyncio
import datetime as dt
import json
import os
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path

import httpx

from wattbook.runtime import paper
from wattbook.runtime.desk import parse_desk
from wattbook.runtime.desk.builtin import builtin_text
from wattbook.runtime.folder import RunFolder
from wattbook.runtime.paper.session import PaperTeller
from wattbook.runtime.run import Stop

CONNECTIONS = 8
REQUESTS = 8_000
READERS = 500
SECONDS = 10
SENDERS = 16
# The generated day needs no recorded data, and a resumed run is refused other data than it had.
AROUND = {name: value for name, value in os.environ.items() if name != "WATTBOOK_DATA"}
ORDERS = 20_000
TRADES_AT = int(dt.datetime(2026, 6, 30, 0, 5, tzinfo=dt.UTC).timestamp()) * 10**9
TRADER = """
[[book]]
name = "by hand"
order_volume = 20
order_value = 50_000
position_volume = 1_000_000
loss = 1_000_000
price_collar = 4_000
orders_per_second = 1_000_000

[[strategy]]
name = "trader"
kind = "trader"
market = "generated day"
book = "by hand"
"""


def traded(scratch):
    folder = Path(scratch) / "desk-run"
    if not (folder / "run.json").is_file():
        command = [sys.executable, "-m", "wattbook", "run", "--out", str(folder), "--plain"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=AROUND)
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


def paper_run(scratch):
    """Leave a paper run with a trader that stopped when its first book traded."""
    text = builtin_text("generated").partition("# --- Four coupled zones")[0] + TRADER
    folder, stop = RunFolder(Path(scratch) / f"desk-orders-{time.time_ns()}"), Stop()

    def on_status(status):
        stop.asked = status.now >= TRADES_AT

    def open_feed(planned, goes_on, has):
        clock = paper.ScaledClock(goes_on, 10_000.0)
        return clock, paper.ReplayFeed("bench", paper.lines_left(planned.lines, has), clock)

    request = paper.PaperRequest(
        desk=parse_desk(text), desk_text=text, market="generated day", data=None, seed=7,
        start=None, date=None, resume=False,
    )  # fmt: skip
    teller = PaperTeller(
        on_plan=lambda _plan, _names: None,
        on_resume=lambda _inputs, _at: None,
        on_happening=lambda _market, _step: None,
        on_fault=lambda _fault: None,
        on_status=on_status,
        on_step=lambda _step: None,
    )
    paper.paper_desk(request, folder, open_feed, teller, paper.SimulatedVenues(), stop)
    return folder.path


async def order(host, port, cookie, instrument, keys, seconds):
    reader, writer = await asyncio.open_connection(host, port)
    body = json.dumps(
        {
            "instrument": instrument, "side": "buy", "price": "-200", "volume": "0.1",
            "time_in_force": "immediate_or_cancel",
        }
    )  # fmt: skip
    for key in keys:
        began = time.perf_counter()
        writer.write(
            f"POST /v1/orders HTTP/1.1\r\nHost: {host}:{port}\r\nCookie: {cookie}\r\n"
            f"Content-Type: application/json\r\nIdempotency-Key: {key}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}".encode()
        )
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(re.search(rb"content-length: (\d+)", head)[1])
        answer = await reader.readexactly(length)
        assert head.startswith(b"HTTP/1.1 202"), head + answer
        seconds.append(time.perf_counter() - began)
    writer.close()


def quoted(address, cookie):
    """Return an instrument that has a price."""
    with httpx.Client(base_url=address, headers={"Cookie": cookie}) as client:
        while not (rows := client.get("/v1/quotes").json()["rows"]):
            time.sleep(0.1)
    return rows[-1]["instrument"]


async def orders(host, port, cookie, instrument, process):
    seconds = []
    wall, cpu = time.perf_counter(), processor_seconds(process)
    shares = [range(one, ORDERS, SENDERS) for one in range(SENDERS)]
    await asyncio.gather(
        *(order(host, port, cookie, instrument, share, seconds) for share in shares)
    )
    wall, cpu = time.perf_counter() - wall, processor_seconds(process) - cpu
    cuts = statistics.quantiles(seconds, n=100)
    return {
        "rate": ORDERS / wall,
        "unit": "orders/s",
        "n": ORDERS,
        "server_cpu_s": cpu,
        "p50_ms": cuts[49] * 1e3,
        "p99_ms": cuts[98] * 1e3,
        "work": {"orders": ORDERS},
    }


def main(kind, scratch, *rust):
    command = [sys.executable, "-m", "wattbook"]
    if kind == "orders":
        folder = paper_run(scratch)
        command += ["paper", str(folder / "desk.toml"), "--out", str(folder), "--resume", "--serve"]
        command += ["--replay-speed", "1", "--port", "0", "--plain"]
    else:
        command += ["desk", str(traded(scratch)), "--port", "0", "--plain", "--speed", "600"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=AROUND)
    try:
        said = (re.search(r"http://\S+", line) for line in process.stdout)
        address = next(found for found in said if found)[0]
        role = "trader" if kind == "orders" else "viewer"
        answer = httpx.post(f"{address}v1/session", json={"role": role})
        cookie = answer.headers["set-cookie"].split(";")[0]
        host, port = answer.url.host, answer.url.port
        if kind == "stream":
            line = stream(host, port, cookie, process, scratch, *rust)
        elif kind == "orders":
            instrument = quoted(address, cookie)
            line = asyncio.run(orders(host, port, cookie, instrument, process))
        else:
            line = asyncio.run(rest(host, port, cookie, process))
    finally:
        process.kill()
        process.wait()
    print(json.dumps(line))


if __name__ == "__main__":
    main(*sys.argv[1:])
