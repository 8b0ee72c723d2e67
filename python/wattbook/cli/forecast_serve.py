"""``wattbook forecast export`` and ``serve``: models as ONNX files, and their answers."""

from __future__ import annotations

import asyncio
import sys
import time
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wattbook.cli.console import Console, print_json
from wattbook.cli.options import port, whole

if TYPE_CHECKING:
    import argparse

    import numpy as np
    from numpy.typing import NDArray

    from wattbook.forecast.serving import ServedModel

__all__ = ["add_serve_acts", "execute_export", "execute_serve"]


def add_serve_acts(acts: Any) -> None:  # noqa: ANN401 - argparse keeps the type to itself
    """Add the arguments of the acts."""
    export = acts.add_parser("export", help="write a model as ONNX files")
    export.add_argument(
        "--market", metavar="NAME", help="fit a five-minute model: VIC1, N.Y.C. or LONGIL"
    )
    export.add_argument("--data", metavar="DIR", type=Path, help="of the market")
    export.add_argument(
        "--training",
        metavar="DIR",
        type=Path,
        help="the network that `wattbook forecast train` left there, instead of a market's model",
    )
    export.add_argument(
        "--eight-bits",
        action="store_true",
        help="of a training: a second file whose products are of 8 bits, and what it costs",
    )
    export.add_argument(
        "--days",
        metavar="N",
        type=lambda text: whole(text, 2, 2_000),
        default=300,
        help="newest days that it learns from; default: %(default)s",
    )
    export.add_argument("--out", metavar="DIR", type=Path, default=Path("onnx"))
    serve = acts.add_parser("serve", help="answer with ONNX files on this machine until Ctrl-C")
    serve.add_argument("files", metavar="FILE", type=Path, nargs="+", help="served by its stem")
    serve.add_argument("--port", metavar="N", type=port, default=8766, help="0 for any")
    serve.add_argument(
        "--grpc-port",
        metavar="N",
        type=port,
        help="also by the Open Inference Protocol over gRPC; 0 for any",
    )
    serve.add_argument(
        "--device",
        choices=("auto", "cpu", "cuda", "tensorrt"),
        default="auto",
        help="what computes; default: a GPU where the installed ONNX Runtime has one",
    )
    for act in (export, serve):
        act.add_argument("--json", action="store_true", help="print JSON instead")
        act.add_argument("--plain", action="store_true", help="plain lines, also on a terminal")


def execute_export(chosen: argparse.Namespace) -> int:
    """Write the files of a market's model or of a trained network."""
    from wattbook.errors import ForecastError  # noqa: PLC0415

    if chosen.training is not None and chosen.market is None:
        return _export_training(chosen)
    if chosen.market is None or chosen.data is None or chosen.training or chosen.eight_bits:
        message = "give --market and --data, or --training with or without --eight-bits"
        raise ForecastError(message)
    return _export_five_minute(chosen)


def _export_training(chosen: argparse.Namespace) -> int:
    """Write the newest checkpoint; judge each file on the days that were not learnt from."""
    import numpy as np  # noqa: PLC0415

    from wattbook.forecast.deep import day_table  # noqa: PLC0415
    from wattbook.forecast.deep.export import trained_file  # noqa: PLC0415 - PyTorch takes seconds
    from wattbook.forecast.deep.settings import read_settings  # noqa: PLC0415
    from wattbook.forecast.serving import ServedModel, quantized  # noqa: PLC0415

    settings = read_settings(chosen.training)
    table = day_table(Path(settings.data), settings.market, settings.judged_days)
    whole = trained_file(chosen.training, settings, table)
    made = {f"{settings.market.lower()}-{settings.net}": whole}
    if chosen.eight_bits:
        small = quantized(whole, table.rows[: table.judged.start])
        made[f"{settings.market.lower()}-{settings.net}-int8"] = small
    chosen.out.mkdir(parents=True, exist_ok=True)
    rows = table.rows[table.judged]
    files = []
    for name, file in made.items():
        path = chosen.out / f"{name}.onnx"
        path.write_bytes(file)
        served = ServedModel.open(path)
        median = served.predict(rows).reshape(-1, 24, 3)[:, :, 1]
        error = float(np.abs(median - table.prices).mean())
        files.append({"file": str(path), "mae": error, "days_per_second": _rate(served, rows)})
    if chosen.json:
        print_json({"files": files})
        return 0
    console = Console(plain=chosen.plain or None)
    for each in files:
        console.line(
            f"{each['file']}: 5, 50 and 95 % quantiles of 24 prices; error of the median on the "
            f"{settings.judged_days} days not learnt from {each['mae']:.3f}; "
            f"{each['days_per_second']:,.0f} days a second by one thread"
        )
    return 0


def _rate(served: ServedModel, rows: NDArray[np.float64]) -> float:
    """Return answers a second of processor time, in batches of 512, the best of a few."""
    import numpy as np  # noqa: PLC0415 - keeps `--help` light

    batch = np.resize(rows, (512, rows.shape[1]))
    taken = []
    for _ in range(6):
        began = time.thread_time()
        served.predict(batch)
        taken.append(time.thread_time() - began)
    return batch.shape[0] / min(taken)


def _export_five_minute(chosen: argparse.Namespace) -> int:
    """Fit on the newest days and write one file for each answer."""
    from dataclasses import replace  # noqa: PLC0415 - keeps `--help` light

    from wattbook.forecast.five_minute import (  # noqa: PLC0415
        FiveMinuteBacktest,
        inputs,
        load_five_minute,
    )
    from wattbook.forecast.five_minute.market import SLOTS  # noqa: PLC0415
    from wattbook.forecast.five_minute.one_step import ANSWERS, fit_one_step  # noqa: PLC0415
    from wattbook.forecast.serving import trees_file  # noqa: PLC0415

    market = load_five_minute(chosen.data, chosen.market)
    how = replace(FiveMinuteBacktest(), window_days=chosen.days)
    newest = slice(-how.window_days * SLOTS, None)
    table = inputs(market)[newest]
    made = fit_one_step(how, table, market.price[newest] - table[:, 0], chosen.market)
    chosen.out.mkdir(parents=True, exist_ok=True)
    stem = chosen.market.lower().replace(".", "")
    files = []
    for answer, group in zip(ANSWERS, made.base, strict=True):
        path = chosen.out / f"{stem}-{answer}.onnx"
        path.write_bytes(trees_file(group))
        files.append(str(path))
    if chosen.json:
        print_json({"files": files, "width": made.width})
        return 0
    Console(plain=chosen.plain or None).line(
        f"{', '.join(files)}: moves on the tame scale, {made.width:.4g} × sinh(answer) in the "
        "price's unit; lean is the direction"
    )
    return 0


def execute_serve(chosen: argparse.Namespace) -> int:
    """Serve files until interrupted."""
    try:
        import uvicorn  # noqa: PLC0415 - an extra
    except ImportError as fault:
        from wattbook.errors import ForecastError  # noqa: PLC0415

        message = "the server is not installed; pip install 'wattbook[api]'"
        raise ForecastError(message) from fault

    from wattbook.api.address import Address  # noqa: PLC0415
    from wattbook.api.predict import PredictServer, predict_app  # noqa: PLC0415
    from wattbook.api.serve import bound  # noqa: PLC0415
    from wattbook.forecast.serving import MicroBatches, ServedModel, Slot  # noqa: PLC0415

    console = Console(plain=chosen.plain or None)
    with ExitStack() as until_the_end:
        served = {path.stem: ServedModel.open(path, device=chosen.device) for path in chosen.files}
        batches = {
            name: until_the_end.enter_context(MicroBatches(Slot(model)))
            for name, model in served.items()
        }
        config = uvicorn.Config(predict_app(batches), log_level="warning", access_log=False)
        listening = until_the_end.enter_context(bound(Address(), chosen.port))
        told = {"address": f"http://127.0.0.1:{listening.getsockname()[1]}/v1/predict"}

        def on_open() -> None:
            if chosen.json:
                devices = {name: model.model.device for name, model in served.items()}
                print_json({**told, "models": devices})
                sys.stdout.flush()
            else:
                models = ", ".join(f"{name} ({each.model.device})" for name, each in served.items())
                console.line(f"{models} on {' and '.join(told.values())}; Ctrl-C ends")

        async def serve() -> None:
            async with AsyncExitStack() as beside:
                if chosen.grpc_port is not None:
                    from wattbook.api.inference import inference_server  # noqa: PLC0415 - an extra

                    server = inference_server(batches, chosen.grpc_port)
                    told["grpc"] = f"grpc://127.0.0.1:{await beside.enter_async_context(server)}"
                await PredictServer(config, on_open).serve([listening])

        with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
            runner.run(serve())
    return 0
