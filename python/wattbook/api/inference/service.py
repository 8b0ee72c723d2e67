"""The service: what is asked by gRPC is answered by the same batches as over HTTP."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

import wattbook
from wattbook.api.inference.messages import SERVICE, new, parsed
from wattbook.errors import ForecastError

try:
    import grpc
except ImportError as fault:
    text = "gRPC is not installed; pip install 'wattbook[grpc]'"
    raise ForecastError(text) from fault

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    from numpy.typing import NDArray

    from wattbook.forecast.serving import MicroBatches

__all__ = ["inference_server"]

DATATYPES: dict[str, np.dtype[Any]] = {"FP32": np.dtype("<f4"), "FP64": np.dtype("<f8")}
CONTENTS = {"FP32": "fp32_contents", "FP64": "fp64_contents"}
PLATFORM = "onnxruntime_onnx"


class Refused(Exception):  # noqa: N818 - it says what happened
    """A request that cannot be answered.

    Parameters
    ----------
    status : grpc.StatusCode
        As the protocol's clients read it.
    reason : str
        What is wrong, and the fix.
    """

    def __init__(self, status: grpc.StatusCode, reason: str) -> None:
        super().__init__(reason)
        self.status = status


def invalid(reason: str) -> Refused:
    """Return the refusal of a request that says something wrong."""
    return Refused(grpc.StatusCode.INVALID_ARGUMENT, reason)


def rows_of(asked: Any) -> NDArray[np.float64]:  # noqa: ANN401 - a message, made at run time
    """Return the table of the one input, raw or typed; a missing input is NaN.

    Raises
    ------
    Refused
        If there is not one input of 32- or 64-bit floats, or it has another size than its shape.
    """
    if len(asked.inputs) != 1:
        raise invalid(f"give one input, a table of rows, not {len(asked.inputs)}")
    tensor = asked.inputs[0]
    if tensor.datatype not in DATATYPES:
        raise invalid(f"datatype {tensor.datatype!r}: give FP32 or FP64")
    if len(tensor.shape) != 2 or min(tensor.shape) < 1:
        raise invalid(f"shape {list(tensor.shape)}: give [rows, inputs], both from 1")
    datatype = DATATYPES[tensor.datatype]
    if asked.raw_input_contents:
        raw = asked.raw_input_contents[0]
        if len(raw) % datatype.itemsize:
            raise invalid(f"{len(raw)} bytes are no whole number of {tensor.datatype}")
        flat = np.frombuffer(raw, datatype)
    else:
        flat = np.array(getattr(tensor.contents, CONTENTS[tensor.datatype]))
    rows, columns = tensor.shape
    if flat.size != rows * columns:
        raise invalid(f"shape {[rows, columns]} needs {rows * columns} numbers, not {flat.size}")
    made: NDArray[np.float64] = flat.reshape(rows, columns).astype(np.float64)
    return made


class Inference:
    """Answers to the requests of the protocol.

    Parameters
    ----------
    batches : mapping of str to MicroBatches
        Models by name.
    """

    def __init__(self, batches: Mapping[str, MicroBatches]) -> None:
        self.batches = batches

    def served(self, name: str, version: str) -> MicroBatches:
        """Return what answers for a model; no version means the one that is served.

        Raises
        ------
        Refused
            If there is no such model, or another version of it is served.
        """
        found = self.batches.get(name)
        if found is None:
            known = ", ".join(self.batches)
            reason = f"there is no model {name!r}; served are {known}"
            raise Refused(grpc.StatusCode.NOT_FOUND, reason)
        if version not in {"", found.slot.model.version}:
            reason = f"{name} is served as {found.slot.model.version}, not as {version}"
            raise Refused(grpc.StatusCode.NOT_FOUND, reason)
        return found

    async def server_live(self, _: Any) -> Any:  # noqa: ANN401 - messages are made at run time
        """Say that requests are answered."""
        return new("ServerLiveResponse", live=True)

    async def server_ready(self, _: Any) -> Any:  # noqa: ANN401
        """Say that models are loaded."""
        return new("ServerReadyResponse", ready=True)

    async def model_ready(self, asked: Any) -> Any:  # noqa: ANN401
        """Say whether a model is served."""
        try:
            self.served(asked.name, asked.version)
        except Refused:
            return new("ModelReadyResponse", ready=False)
        return new("ModelReadyResponse", ready=True)

    async def server_metadata(self, _: Any) -> Any:  # noqa: ANN401
        """Say who answers."""
        return new("ServerMetadataResponse", name="wattbook", version=wattbook.__version__)

    async def model_metadata(self, asked: Any) -> Any:  # noqa: ANN401
        """Say what a model takes; -1 stands for any number."""
        model = self.served(asked.name, asked.version).slot.model
        return new(
            "ModelMetadataResponse",
            name=asked.name,
            versions=[model.version],
            platform=PLATFORM,
            inputs=[new("TensorMetadata", name="rows", datatype="FP64", shape=[-1, model.columns])],
            outputs=[new("TensorMetadata", name="answers", datatype="FP32", shape=[-1, -1])],
        )

    async def model_infer(self, asked: Any) -> Any:  # noqa: ANN401
        """Answer rows, raw where they came raw; the version is the one that made the answer."""
        batches = self.served(asked.model_name, asked.model_version)
        try:
            answer = await asyncio.wrap_future(batches.ask(rows_of(asked)))
        except ForecastError as fault:
            raise invalid(str(fault)) from fault
        told = new("InferTensor", name="answers", datatype="FP32", shape=answer.rows.shape)
        made = new(
            "ModelInferResponse",
            model_name=asked.model_name,
            model_version=answer.version,
            id=asked.id,
        )
        if asked.raw_input_contents:
            made.raw_output_contents.append(answer.rows.astype("<f4").tobytes())
        else:
            told.contents.fp32_contents.extend(answer.rows.ravel())
        made.outputs.append(told)
        return made


async def answered(
    call: Callable[[Any], Awaitable[Any]],
    asked: Any,  # noqa: ANN401
    context: grpc.aio.ServicerContext,
) -> Any:  # noqa: ANN401
    """Return the answer, or end the call with the status of its refusal."""
    try:
        return await call(asked)
    except Refused as refusal:
        await context.abort(refusal.status, str(refusal))


@asynccontextmanager
async def inference_server(batches: Mapping[str, MicroBatches], port: int) -> AsyncIterator[int]:
    """Serve on loopback while the context lasts; it gives the port.

    It knows no users, like `predict_app`.

    Parameters
    ----------
    batches : mapping of str to MicroBatches
        Models by name.
    port : int
        0 for any.

    Raises
    ------
    ForecastError
        If the port cannot be had.
    """
    inference = Inference(batches)
    calls = {
        "ServerLive": inference.server_live,
        "ServerReady": inference.server_ready,
        "ModelReady": inference.model_ready,
        "ServerMetadata": inference.server_metadata,
        "ModelMetadata": inference.model_metadata,
        "ModelInfer": inference.model_infer,
    }
    handlers = {
        name: grpc.unary_unary_rpc_method_handler(
            partial(answered, call),
            request_deserializer=partial(parsed, f"{name}Request"),
            response_serializer=lambda message: message.SerializeToString(),
        )
        for name, call in calls.items()
    }
    # Without this option a second server could take the same port unseen.
    server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(SERVICE, handlers)])
    try:
        bound = server.add_insecure_port(f"127.0.0.1:{port}")
    except RuntimeError as fault:
        message = f"port {port} of this machine cannot be had; give another --grpc-port"
        raise ForecastError(message) from fault
    await server.start()
    try:
        yield bound
    finally:
        await server.stop(grace=1.0)
