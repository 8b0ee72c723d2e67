"""``wattbook forecast serve`` answers with files until it is told to end; bad files are refused."""

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path

import grpc
import httpx
import numpy as np
import pytest

from wattbook.api.inference.messages import SERVICE, new, parsed
from wattbook.cli import main
from wattbook.forecast.serving import linear_file


@pytest.mark.long
def test_a_file_is_served_by_its_stem(tmp_path: Path) -> None:
    path = tmp_path / "line.onnx"
    path.write_bytes(linear_file(np.array([[1.0], [2.0]]), np.array([5.0])))
    serve = [sys.executable, "-m", "wattbook", "forecast", "serve", str(path), "--json"]
    command = [*serve, "--port", "0", "--grpc-port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        assert told["models"] == {"line": "cpu"}
        asked = {"model": "line", "rows": [[1.0, 1.0]]}
        answer = httpx.post(told["address"], json=asked, timeout=60).json()
        assert answer["answers"] == [[8.0]]
        assert answer["version"].startswith("line@")
        with grpc.insecure_channel(told["grpc"].removeprefix("grpc://")) as channel:
            metadata = channel.unary_unary(f"/{SERVICE}/ModelMetadata")
            wanted = new("ModelMetadataRequest", name="line").SerializeToString()
            known = parsed("ModelMetadataResponse", metadata(wanted, timeout=60))
        assert list(known.versions) == [answer["version"]]
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)
        if process.stdout is not None:
            process.stdout.close()


@pytest.mark.parametrize("data", [None, b"no model", b""])
def test_a_file_that_is_no_model_is_refused(
    data: bytes | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "line.onnx"
    if data is not None:
        path.write_bytes(data)
    assert main(["forecast", "serve", str(path), "--port", "0"]) == 2
    assert str(path) in capsys.readouterr().err


def test_a_port_for_grpc_that_is_taken_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "line.onnx"
    path.write_bytes(linear_file(np.array([[1.0], [2.0]]), np.array([5.0])))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ports = ["--port", "0", "--grpc-port", str(taken.getsockname()[1])]
        assert main(["forecast", "serve", str(path), *ports]) == 2
    assert "give another --grpc-port" in capsys.readouterr().err
