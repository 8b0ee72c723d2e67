"""A counterparty of FIX 4.4 that sends what it is told to, right or wrong, over a socket."""

from __future__ import annotations

import contextlib
import datetime as dt
import re
import socket
import time

__all__ = ["SOH", "Peer", "framed", "now"]

SOH = b"\x01"
FRAME = re.compile(rb"8=FIX[^\x01]*\x019=\d+\x01.*?\x0110=\d{3}\x01", re.DOTALL)
WAIT_SECONDS = 60.0


def now(seconds: float = 0.0) -> str:
    """Return the time in so many seconds as FIX writes it."""
    then = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=seconds)
    return then.strftime("%Y%m%d-%H:%M:%S.") + f"{then.microsecond // 1000:03d}"


def framed(body: bytes, begin: bytes = b"FIX.4.4") -> bytes:
    """Return `body`, which ends with its last separator, as a message."""
    head = b"8=" + begin + SOH + b"9=%d" % len(body) + SOH + body
    return head + b"10=%03d" % (sum(head) % 256) + SOH


class Peer:
    """An exchange on a free port; one connection at a time."""

    def __init__(self, sender: str = "EXCHANGE", target: str = "DESK") -> None:
        self.names = (sender, target)
        self.server = socket.create_server(("127.0.0.1", 0))
        self.server.settimeout(WAIT_SECONDS)
        self.port: int = self.server.getsockname()[1]
        self.line: socket.socket | None = None
        self.unread = b""
        self.sequence = 1
        self.seen: list[dict[str, str]] = []

    def accept(self) -> dict[str, str]:
        """Take the next connection; return its first message."""
        self.close_line()
        self.line, _ = self.server.accept()
        self.line.settimeout(WAIT_SECONDS)
        self.unread = b""
        return self.next()

    def log_on(self) -> dict[str, str]:
        """Take a connection and its logon, answer it and the question after all orders."""
        logon = self.accept()
        assert logon["35"] == "A", logon
        is_reset = logon.get("141") == "Y"
        if is_reset:
            self.sequence = 1
        reset = "|141=Y" if is_reset else ""
        self.send("A", f"98=0|108={logon['108']}{reset}")
        self.no_orders(self.until("AF"))
        return logon

    def no_orders(self, question: dict[str, str]) -> None:
        """Answer a question after all orders: there are none."""
        self.send(
            "8",
            f"37=NONE|584={question['584']}|911=0|912=Y|17=S{self.sequence}|150=I|39=8|55=NONE"
            "|54=1|151=0|14=0|6=0",
        )

    def message(self, msg_type: str, fields: str, sequence: int, sent: str, header: str) -> bytes:
        """Return a message of ours."""
        ours, theirs = self.names
        head = f"35={msg_type}|34={sequence}|49={ours}|52={sent}|56={theirs}|{header}"
        body = head + fields + ("|" if fields else "")
        return framed(body.replace("|", "\x01").encode())

    def send(
        self,
        msg_type: str,
        fields: str,
        *,
        sequence: int | None = None,
        sent: str | None = None,
        header: str = "",
    ) -> bytes:
        """Send a message, with the next number unless another is given; return its bytes."""
        number = self.sequence if sequence is None else sequence
        if sequence is None:
            self.sequence += 1
        message = self.message(msg_type, fields, number, sent or now(), header)
        self.raw(message)
        return message

    def raw(self, sent: bytes) -> None:
        """Send bytes as they are."""
        assert self.line is not None
        self.line.sendall(sent)

    def next(self, seconds: float = WAIT_SECONDS) -> dict[str, str]:
        """Return the next message, the last value of each tag."""
        assert self.line is not None
        last = time.monotonic() + seconds
        while not (found := FRAME.search(self.unread)):
            self.line.settimeout(max(0.001, last - time.monotonic()))
            more = self.line.recv(65_536)
            assert more, ("closed where a message was expected", self.seen[-5:])
            self.unread += more
        self.unread = self.unread[found.end() :]
        parts = found[0].rstrip(SOH).decode().split("\x01")
        message = dict(part.partition("=")[::2] for part in parts)
        self.seen.append(message)
        return message

    def until(self, msg_type: str, **wanted: str) -> dict[str, str]:
        """Return the next message of a type with such fields (`tag_11="…"`), past any other."""
        while True:
            message = self.next()
            fits = all(message.get(tag[4:]) == value for tag, value in wanted.items())
            if message["35"] == msg_type and fits:
                return message

    def until_closed(self) -> list[dict[str, str]]:
        """Return what still comes until the other side closes."""
        came = []
        with contextlib.suppress(AssertionError, ConnectionResetError):
            while True:
                came.append(self.next())
        return came

    def is_alive(self, word: str) -> bool:
        """Whether a test request is answered."""
        self.send("1", f"112={word}")
        return self.until("0", tag_112=word)["112"] == word

    def report(self, order: dict[str, str], execution: str, kind: str, **more: str) -> str:
        """Send a report on an order; `more` replaces fields (`tag_39="1"`); return its fields."""
        fields = {
            "37": "X" + order["11"],
            "11": order["11"],
            "17": execution,
            "150": kind,
            "39": {"F": "2", "0": "0", "4": "4", "8": "8"}.get(kind, "0"),
            "55": order["55"],
            "54": order["54"],
            "38": order["38"],
            "44": order["44"],
            "151": "0" if kind in "F48" else order["38"],
            "14": order["38"] if kind == "F" else "0",
            "6": "0",
            "60": now(),
        }
        if kind == "F":
            fields |= {"32": order["38"], "31": order["44"]}
        fields |= {tag[4:]: value for tag, value in more.items()}
        text = "|".join(f"{tag}={value}" for tag, value in fields.items() if value)
        self.send("8", text)
        return text

    def close_line(self) -> None:
        """Close the connection."""
        if self.line is not None:
            self.line.close()
            self.line = None

    def close(self) -> None:
        """Close everything."""
        self.close_line()
        self.server.close()
