"""Serve scripted HTTP answers on 127.0.0.1, byte for byte, for tests of clients.

An answer is the whole of what goes over the wire, so it can be truncated, false or silent.
"""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import parse_qsl, urlsplit

__all__ = ["LoopbackServer", "Seen", "answer"]

REASONS = {200: "OK", 206: "Partial Content", 302: "Found", 304: "Not Modified"}


@dataclass(frozen=True)
class Seen:
    """One request as it arrived."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes = b""
    head: bytes = field(default=b"", repr=False)


def answer(status: int = 200, body: bytes = b"", headers: Mapping[str, str] | None = None) -> bytes:
    """Return a well-formed answer; headers given replace those computed."""
    lines = {"Content-Length": str(len(body)), "Connection": "close"} | dict(headers or {})
    head = f"HTTP/1.1 {status} {REASONS.get(status, 'Status')}\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return head.encode() + b"\r\n" + body


class Handler(socketserver.StreamRequestHandler):
    """Reads one request, notes it, and writes what the script says."""

    server: LoopbackServer

    def handle(self) -> None:
        """Answer one request and close."""
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = self.rfile.readline()
            if not line:
                return
            head += line
        first, *rest = head.decode("latin-1").split("\r\n")
        method, target, _ = first.split(" ")
        headers = {
            name.lower(): value
            for name, _, value in (line.partition(": ") for line in rest if line)
        }
        parts = urlsplit(target)
        body = self.rfile.read(int(headers.get("content-length", 0)))
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        seen = Seen(method, parts.path, query, headers, body, head)
        with self.server.lock:
            self.server.seen.append(seen)
        made = self.server.script(seen)
        if made is None:
            # Silent until the client gives up or the test ends.
            self.server.ended.wait()
            return
        self.wfile.write(made)


class LoopbackServer(socketserver.ThreadingTCPServer):
    """A server whose answers a function decides; none is silence.

    Parameters
    ----------
    script : callable
        Takes what was asked, gives what goes over the wire.
    """

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True

    def __init__(self, script: Callable[[Seen], bytes | None]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.script = script
        self.seen: list[Seen] = []
        self.lock = threading.Lock()
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)

    @property
    def origin(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a client that hangs up in the middle is part of the tests."""

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self.shutdown()
        self.server_close()
        self.thread.join()
