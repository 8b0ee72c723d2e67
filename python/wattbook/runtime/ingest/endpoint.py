"""Metrics over HTTP: the last text measured, for Prometheus to scrape."""

import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

from wattbook.errors import InputError
from wattbook.runtime.address import is_this_machine, port_of

__all__ = ["MetricsEndpoint"]

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Handler(BaseHTTPRequestHandler):
    """Answers ``GET /metrics`` and nothing else."""

    server: "MetricsServer"
    timeout = 10.0

    def do_GET(self) -> None:
        """Send the text."""
        is_known = self.path.split("?", 1)[0] == "/metrics"
        body = self.server.text.encode() if is_known else b"metrics are at /metrics\n"
        self.send_response(200 if is_known else 404)
        self.send_header("Content-Type", CONTENT_TYPE)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the library's name
        """Say nothing: a line for each scrape would drown the polls."""


class MetricsServer(ThreadingHTTPServer):
    """Holds the text that its handlers send."""

    daemon_threads = True
    text = ""

    def __init__(self, host: str, port: int) -> None:
        # The library's own servers listen on IPv4 whatever the host is.
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        self.address_family, address = found[0][0], found[0][4]
        super().__init__((str(address[0]), port), Handler)


class MetricsEndpoint:
    """Serves a text that is replaced now and then.

    Parameters
    ----------
    listen : str
        ``host:port``; port 0 takes a free one.
    allow_remote : bool, optional
        Whether other machines may reach it: whoever does reads what is polled, and how much.

    Raises
    ------
    InputError
        If it is no such text, other machines reach it and that is not allowed, or nothing can
        listen there.
    """

    def __init__(self, listen: str, *, allow_remote: bool = False) -> None:
        host, _, text = listen.rpartition(":")
        port = port_of(text)
        if not host or port is None:
            message = f"listen = {listen!r} is no address; write host:port, as in 127.0.0.1:9477"
            raise InputError(message)
        host = host.strip("[]")
        if not (allow_remote or is_this_machine(host)):
            message = (
                f"listen = {listen!r} lets other machines read the metrics; give 127.0.0.1:{port}, "
                "or allow_remote = true in the file if they may"
            )
            raise InputError(message)
        try:
            self.server = MetricsServer(host, port)
        except OSError as fault:
            message = f"nothing can listen on {listen} ({fault.strerror}); give another port"
            raise InputError(message) from fault
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    @property
    def address(self) -> str:
        """Where it listens."""
        host, port = self.server.server_address[:2]
        place = f"[{host!s}]" if ":" in str(host) else str(host)
        return f"http://{place}:{port}/metrics"

    def show(self, text: str) -> None:
        """Replace the text."""
        self.server.text = text

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
