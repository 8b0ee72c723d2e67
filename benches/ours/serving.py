"""Serving of forecast models: one at a time, in batches, over HTTP and gRPC, in 8 bits.

``python serving.py SIDE SECONDS``; sides: trees, lear, network, network-int8, dense, dense-int8,
lstm, transformer, http, grpc.
"""

import asyncio
import http.client
import json
import multiprocessing
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from wattbook._core import BoostedTrees
from wattbook.forecast.day_ahead.inputs import WEEKDAYS
from wattbook.forecast.day_ahead.network import NetworkMember
from wattbook.forecast.serving import (
    MicroBatches,
    ServedModel,
    Slot,
    lear_file,
    network_file,
    quantized,
    trees_file,
)

DAYS, TEST = 600, 100
BATCH = 512
CLIENTS = 4
JSON = {"Content-Type": "application/json"}


def days(count: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Inputs of the benchmark's shape (240 values, 7 weekdays) and 24 prices that follow them."""
    rng = np.random.default_rng(seed)
    level = np.cumsum(rng.normal(0.0, 0.6, count))[:, None]
    inputs = 40.0 + level + rng.normal(0.0, 8.0, (count, 240))
    price = 0.6 * inputs[:, :24] + 0.4 * inputs[:, 96:120] - 6.0 * np.tanh(inputs[:, 144:168] / 30)
    weekday = np.eye(WEEKDAYS)[np.arange(count) % 7]
    return np.hstack([inputs, weekday]), price + rng.normal(0.0, 2.0, price.shape)


def model(side: str) -> tuple[ServedModel, np.ndarray, np.ndarray | None]:
    """The model of a side, rows to ask, and what came."""
    inputs, price = days(DAYS + TEST)
    if side == "trees":
        rng = np.random.default_rng(2)
        rows = rng.normal(0.0, 1.0, (20_000, 37))
        target = rows[:, 0] * rows[:, 1] - np.abs(rows[:, 2])
        trees = BoostedTrees.fit(
            rows, target, quantile=0.5, trees=200, depth=6, learning_rate=0.06, leaf_rows=100,
            share=0.5, seed=1,
        )  # fmt: skip
        return ServedModel.load("trees", trees_file(trees), 37), rows[:2_048].copy(), None
    asked, came = inputs[DAYS:], price[DAYS:]
    known = np.ascontiguousarray(inputs[:DAYS])
    if side == "lear":
        file = lear_file(known, np.ascontiguousarray(price[:DAYS]), WEEKDAYS)
        return ServedModel.load("lear", file, 247), asked, came
    if side.removesuffix("-int8") in {"dense", "lstm", "transformer"}:
        return deep(side, inputs, price)
    file = network_file(NetworkMember(DAYS).fit(known, price[:DAYS], np.ones(DAYS)))
    if side == "network-int8":
        file = quantized(file, known)
    return ServedModel.load(side, file, 247), asked, came


def deep(
    side: str, inputs: np.ndarray, price: np.ndarray
) -> tuple[ServedModel, np.ndarray, np.ndarray | None]:
    """A network of `wattbook forecast train`, briefly trained; its error is of all quantiles."""
    import torch

    from wattbook.forecast.deep import TrainSettings
    from wattbook.forecast.deep.export import trained_file
    from wattbook.forecast.deep.table import table_of_days
    from wattbook.forecast.deep.trainer import train
    from wattbook.forecast.deep.worker import Worker

    net, _, bits = side.partition("-")
    table = table_of_days(inputs, price, price[DAYS:])
    settings = TrainSettings(
        "none", "none", net=net, width=512 if net == "dense" else 64, steps=200, judged_days=TEST
    )
    with tempfile.TemporaryDirectory(prefix="wattbook-") as name:
        train(settings, table, Path(name), Worker(0, 1, torch.device("cpu")))
        file = trained_file(Path(name), settings, table)
    if bits:
        file = quantized(file, np.ascontiguousarray(inputs[:DAYS]))
    return ServedModel.load(side, file, 247), inputs[DAYS:], np.repeat(price[DAYS:], 3, axis=1)


def percentiles(taken: list[int]) -> dict[str, int]:
    """Nanoseconds by percentile."""
    found = np.quantile(taken, [0.5, 0.99, 0.999])
    return {name: int(value) for name, value in zip(("p50", "p99", "p999"), found, strict=True)}


def in_process(side: str, seconds: float) -> dict[str, object]:
    """Single rows, then batches, by one thread each time."""
    served, asked, came = model(side)
    singles = [np.ascontiguousarray(asked[row : row + 1]) for row in range(asked.shape[0])]
    for row in singles:
        served.predict(row)
    taken: list[int] = []
    computed: list[int] = []
    ends = time.perf_counter() + seconds
    while time.perf_counter() < ends:
        row = singles[len(taken) % len(singles)]
        began, busy_ns = time.perf_counter_ns(), time.thread_time_ns()
        served.predict(row)
        computed.append(time.thread_time_ns() - busy_ns)
        taken.append(time.perf_counter_ns() - began)
    batch = np.ascontiguousarray(np.resize(asked, (BATCH, asked.shape[1])))
    count, began, busy = 0, time.perf_counter(), time.process_time()
    while time.perf_counter() - began < seconds:
        served.predict(batch)
        count += BATCH
    # By processor time, so that a busy machine changes little; one thread computes.
    rate = count / (time.process_time() - busy)
    found: dict[str, object] = {"rate": rate, "unit": "predictions/s", "n": count}
    found["latency_ns"] = percentiles(taken)
    # What the thread computed, without its waits for a core.
    found["computed_ns"] = percentiles(computed)
    if came is not None:
        found["mae"] = float(np.abs(served.predict(np.ascontiguousarray(asked)) - came).mean())
    return found


def serve(side: str, port: multiprocessing.Queue, ends: multiprocessing.Event) -> None:
    """Serve LEAR until told to end."""
    with MicroBatches(Slot(model("lear")[0])) as batches:
        if side == "grpc":
            asyncio.run(serve_grpc(batches, port, ends))
        else:
            serve_http(batches, port, ends)


def serve_http(
    batches: MicroBatches, port: multiprocessing.Queue, ends: multiprocessing.Event
) -> None:
    """Serve over HTTP."""
    import uvicorn

    from wattbook.api.address import Address
    from wattbook.api.predict import PredictServer, predict_app
    from wattbook.api.serve import bound

    listening = bound(Address(), 0)
    config = uvicorn.Config(predict_app({"lear": batches}), log_level="warning")
    server = PredictServer(config, lambda: port.put(listening.getsockname()[1]))

    def stop() -> None:
        ends.wait()
        server.should_exit = True

    threading.Thread(target=stop, daemon=True).start()
    server.run([listening])


async def serve_grpc(
    batches: MicroBatches, port: multiprocessing.Queue, ends: multiprocessing.Event
) -> None:
    """Serve over gRPC."""
    from wattbook.api.inference import inference_server

    async with inference_server({"lear": batches}, 0) as bound_port:
        port.put(bound_port)
        await asyncio.to_thread(ends.wait)


def http_asker(port: int, rows: np.ndarray) -> Callable[[int], None]:
    """Return what asks for one row over a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    bodies = [json.dumps({"model": "lear", "rows": [row.tolist()]}) for row in rows]

    def ask(place: int) -> None:
        connection.request("POST", "/v1/predict", bodies[place], JSON)
        answer = connection.getresponse()
        assert answer.status == 200, answer.read()
        answer.read()

    return ask


def grpc_asker(port: int, rows: np.ndarray) -> Callable[[int], None]:
    """Return what asks for one row over a channel of its own."""
    import grpc

    from wattbook.api.inference.messages import SERVICE, new, parsed

    # Channels of one process share a connection unless they are told not to.
    own = [("grpc.use_local_subchannel_pool", 1)]
    channel = grpc.insecure_channel(f"127.0.0.1:{port}", options=own)
    infer = channel.unary_unary(
        f"/{SERVICE}/ModelInfer",
        request_serializer=lambda message: message.SerializeToString(),
        response_deserializer=lambda wire: parsed("ModelInferResponse", wire),
    )
    table = new("InferTensor", name="rows", datatype="FP64", shape=[1, rows.shape[1]])
    asked = [
        new("ModelInferRequest", model_name="lear", inputs=[table], raw_input_contents=[raw])
        for raw in (row.astype("<f8").tobytes() for row in rows)
    ]

    def ask(place: int) -> None:
        assert infer(asked[place]).raw_output_contents

    return ask


def over_network(side: str, seconds: float) -> dict[str, object]:
    """Requests of one row each by some connections at once."""
    context = multiprocessing.get_context("spawn")
    ports, ends = context.Queue(), context.Event()
    server = context.Process(target=serve, args=(side, ports, ends))
    server.start()
    port = ports.get(timeout=300)
    rows, _ = days(64)
    taken: list[list[int]] = [[] for _ in range(CLIENTS)]

    def ask(place: int) -> None:
        asks = (grpc_asker if side == "grpc" else http_asker)(port, rows)
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            began = time.perf_counter_ns()
            asks(len(taken[place]) % 64)
            taken[place].append(time.perf_counter_ns() - began)

    threads = [threading.Thread(target=ask, args=(place,)) for place in range(CLIENTS)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    spent = time.perf_counter() - began
    ends.set()
    server.join()
    every = [value for each in taken for value in each]
    return {
        "rate": len(every) / spent,
        "unit": "predictions/s",
        "n": len(every),
        "latency_ns": percentiles(every),
    }


if __name__ == "__main__":
    side, seconds = sys.argv[1], float(sys.argv[2])
    answer = over_network if side in {"http", "grpc"} else in_process
    made = answer(side, seconds)
    sys.stdout.write(json.dumps(made) + "\n")
