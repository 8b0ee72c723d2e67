"""Models answer by the Open Inference Protocol, and refuse with its statuses."""

import asyncio
import struct
from collections.abc import Awaitable, Callable
from typing import Any

import grpc
import numpy as np
import pytest

from wattbook.api.inference import inference_server
from wattbook.api.inference.messages import SERVICE, new, parsed
from wattbook.errors import ForecastError
from wattbook.forecast.serving import MicroBatches, ServedModel, Slot, linear_file

Call = Callable[[str, Any], Awaitable[Any]]


def model(level: float, version: str) -> ServedModel:
    file = linear_file(np.array([[1.0], [2.0]]), np.array([level]))
    return ServedModel.load(version, file, 2)


def played(scenario: Callable[[Call, Slot], Awaitable[None]]) -> None:
    """Play a scenario with a client of a server of one model."""

    async def play() -> None:
        slot = Slot(model(0.0, "line@1"))
        with MicroBatches(slot) as batches:
            async with (
                inference_server({"line": batches}, 0) as port,
                grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel,
            ):

                async def call(name: str, asked: Any) -> Any:
                    method = channel.unary_unary(
                        f"/{SERVICE}/{name}",
                        request_serializer=lambda message: message.SerializeToString(),
                        response_deserializer=lambda wire: parsed(f"{name}Response", wire),
                    )
                    return await method(asked, timeout=30)

                await scenario(call, slot)

    asyncio.run(play())


def table(rows: int = 2, columns: int = 2, datatype: str = "FP64") -> Any:
    return new("InferTensor", name="rows", datatype=datatype, shape=[rows, columns])


def test_raw_rows_come_back_raw_from_the_version_in_the_slot() -> None:
    async def scenario(call: Call, slot: Slot) -> None:
        raw = struct.pack("<4d", 1.0, 1.0, 2.0, -1.0)
        asked = new(
            "ModelInferRequest",
            model_name="line",
            id="7",
            inputs=[table()],
            raw_input_contents=[raw],
        )
        first = await call("ModelInfer", asked)
        assert (first.model_name, first.model_version, first.id) == ("line", "line@1", "7")
        assert list(first.outputs[0].shape) == [2, 1]
        assert struct.unpack("<2f", first.raw_output_contents[0]) == (3.0, 0.0)
        slot.swap(model(10.0, "line@2"))
        second = await call("ModelInfer", asked)
        assert second.model_version == "line@2"
        assert struct.unpack("<2f", second.raw_output_contents[0]) == (13.0, 10.0)

    played(scenario)


def test_typed_rows_come_back_typed() -> None:
    async def scenario(call: Call, slot: Slot) -> None:  # noqa: ARG001
        rows = table(datatype="FP32")
        rows.contents.fp32_contents.extend([1.0, 1.0, 2.0, -1.0])
        answer = await call(
            "ModelInfer", new("ModelInferRequest", model_name="line", inputs=[rows])
        )
        assert list(answer.outputs[0].contents.fp32_contents) == [3.0, 0.0]
        assert not answer.raw_output_contents

    played(scenario)


def test_what_is_served_is_told() -> None:
    async def scenario(call: Call, slot: Slot) -> None:  # noqa: ARG001
        assert (await call("ServerLive", new("ServerLiveRequest"))).live
        assert (await call("ServerReady", new("ServerReadyRequest"))).ready
        assert (await call("ServerMetadata", new("ServerMetadataRequest"))).name == "wattbook"
        asked = [new("ModelReadyRequest", name=name) for name in ("line", "curve")]
        assert [(await call("ModelReady", each)).ready for each in asked] == [True, False]
        told = await call("ModelMetadata", new("ModelMetadataRequest", name="line"))
        assert (list(told.versions), list(told.inputs[0].shape)) == (["line@1"], [-1, 2])

    played(scenario)


@pytest.mark.parametrize(
    ("name", "version", "rows", "raw", "status", "says"),
    [
        ("curve", "", table(), b"\0" * 32, "NOT_FOUND", "served are line"),
        ("line", "line@9", table(), b"\0" * 32, "NOT_FOUND", "served as line@1"),
        ("line", "", table(columns=3), b"\0" * 48, "INVALID_ARGUMENT", "give rows of 2 inputs"),
        ("line", "", table(), b"\0" * 24, "INVALID_ARGUMENT", "needs 4 numbers, not 3"),
        ("line", "", table(), b"\0" * 31, "INVALID_ARGUMENT", "no whole number"),
        ("line", "", table(datatype="INT64"), b"\0" * 32, "INVALID_ARGUMENT", "give FP32 or FP64"),
        ("line", "", table(rows=0), b"", "INVALID_ARGUMENT", "both from 1"),
        ("line", "", None, b"\0" * 32, "INVALID_ARGUMENT", "give one input"),
        (
            "line",
            "",
            table(rows=1),
            struct.pack("<2d", 1.0, float("inf")),
            "INVALID_ARGUMENT",
            "row 0, column 1 is infinite",
        ),
    ],
)
def test_what_cannot_be_answered_has_a_status_and_a_reason(
    name: str, version: str, rows: Any, raw: bytes, status: str, says: str
) -> None:
    async def scenario(call: Call, slot: Slot) -> None:  # noqa: ARG001
        asked = new(
            "ModelInferRequest",
            model_name=name,
            model_version=version,
            inputs=[] if rows is None else [rows],
            raw_input_contents=[raw],
        )
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await call("ModelInfer", asked)
        assert refused.value.code().name == status
        assert says in refused.value.details()

    played(scenario)


def test_a_client_of_the_protocol_is_understood_by_its_bytes() -> None:
    # model_name = 1, inputs = 5 with name, datatype, shape (packed), raw_input_contents = 7; and
    # the parameters (4), which are passed over.
    tensor = b"\x0a\x01x\x12\x04FP64\x1a\x02\x01\x02"
    wire = b"\x0a\x04line\x22\x05\x0a\x01p\x12\x00\x2a" + bytes([len(tensor)]) + tensor
    wire += b"\x3a\x10" + struct.pack("<2d", 1.0, 2.0)
    asked = parsed("ModelInferRequest", wire)
    assert (asked.model_name, asked.inputs[0].datatype) == ("line", "FP64")
    assert list(asked.inputs[0].shape) == [1, 2]
    assert asked.raw_input_contents == [struct.pack("<2d", 1.0, 2.0)]


def test_a_port_that_is_taken_is_told() -> None:
    async def twice() -> None:
        async with inference_server({}, 0) as port:
            with pytest.raises(ForecastError, match=f"port {port} .* give another --grpc-port"):
                async with inference_server({}, port):
                    pass

    asyncio.run(twice())
