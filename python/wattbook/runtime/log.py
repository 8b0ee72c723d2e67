"""Structured logs: JSON lines without secrets, in a file and, the newest, in memory."""

from __future__ import annotations

import json
import logging
import os
import re
import traceback
from collections import deque
from logging.handlers import RotatingFileHandler
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from wattbook.errors import StoreError
from wattbook.runtime.traces import TRACE

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["HIDDEN", "LOG", "NewestLines", "begin_log", "found_lines", "line_of", "redacted"]

LOG: Final = logging.getLogger("wattbook")
HIDDEN: Final = "•••"
FILE_BYTES_MAX: Final = 20 * 1024 * 1024
FILES_KEPT: Final = 5
LINES_KEPT: Final = 5_000
SECRET_NAMES: Final = re.compile(
    r"authorization|cookie|passw|pwd|passphrase|secret|token|credential|private|verifier|assertion"
    r"|signature|^(?:.*[_-])?(?:api|access|account|signing|hmac)[_-]?key$|^key$|^code$|^pin$|^otp$"
    r"|^auth$|^session(?:[_-]?id)?$",
    re.IGNORECASE,
)
"""Names of fields whose values are never logged."""
SECRETS: Final = tuple(
    re.compile(pattern, flags)
    for pattern, flags in (
        # Ours begin so: API keys, sessions, codes, refresh tokens, secrets of clients.
        (r"wb[a-z]?_[A-Za-z0-9_-]{8,}", 0),
        # JSON Web Tokens.
        (r"eyJ[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_.-]*", 0),
        (r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----.*?(?:-----END [A-Z0-9 ]*-----|\Z)", re.DOTALL),
        # RFC 9110: the credentials that follow a scheme, and those in an address.
        (r"(?<=\bBearer )\S+|(?<=\bBasic )\S+", re.IGNORECASE),
        (r"(?<=://)[^/\s]+(?=@)", 0),
        # FIX 4.4, tags 554 and 925: a password and a new one.
        (r"(?<![0-9])(?<![^\s\x01|^;])(?:554|925)=[^\x01|^]*", 0),
        # As a header, a query or a setting has it.
        (
            (
                r"(?<![A-Za-z])((?:proxy-)?authorization|(?:set-)?cookie|passw(?:or)?d|pwd|passphrase"
                r"|(?:client_|api_)?secret|(?:access_|refresh_|id_)?token|code_verifier"
                r"|client_assertion|(?:x-)?(?:api|access|account|signing)[_-]?key"
                r"|(?:x-amz-)?signature|sig)"
                r"[\"']?\s*[=:]\s*(?:\"[^\"]*\"|'[^']*'|[^\s,;&\"']+(?:;[^\n]*)?)"
            ),
            re.IGNORECASE,
        ),
    )
)
LINE: Final = "wattbook_line"
STANDARD: Final = frozenset(vars(logging.makeLogRecord({}))) | {
    "message", "asctime", "taskName", LINE,
}  # fmt: skip


def _hidden(text: str) -> str:
    for pattern in SECRETS:
        text = pattern.sub(HIDDEN, text)
    return text


def redacted(value: object, name: str = "") -> Any:  # noqa: ANN401 - JSON
    """Return a value as JSON may hold it, without secrets.

    Parameters
    ----------
    value : object
        What is logged.
    name : str
        Of its field: what is called a password or a token is none of the log's business.

    Examples
    --------
    >>> redacted({"user": "anna", "password": "x", "sent": "Authorization: Bearer abc"})
    {'user': 'anna', 'password': '•••', 'sent': '••• •••'}
    """
    if name and SECRET_NAMES.search(name):
        return HIDDEN
    if isinstance(value, dict):
        return {_hidden(str(key)): redacted(one, str(key)) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [redacted(one) for one in value]
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if abs(value) < float("inf") else str(value)
    if isinstance(value, bytes):
        value = value.decode(errors="backslashreplace")
    return _hidden(str(value))


def line_of(record: logging.LogRecord) -> dict[str, Any]:
    """Return a record as a line holds it, secrets hidden; made once for all who keep it."""
    held: dict[str, Any] | None = getattr(record, LINE, None)
    if held is not None:
        return held
    made: dict[str, Any] = {
        "ts": round(record.created * 1_000_000_000),
        "level": record.levelname,
        "logger": record.name,
        "text": _hidden(record.getMessage()),
    }
    trace = TRACE.get()
    if trace is not None:
        made["trace"] = trace.trace
    for name, value in vars(record).items():
        if name not in STANDARD:
            made[name] = redacted(value, name)
    if record.exc_info and record.exc_info[0] is not None:
        made["fault"] = _hidden("".join(traceback.format_exception(*record.exc_info)))
    setattr(record, LINE, made)
    return made


class JsonLines(logging.Formatter):
    """Formats a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        return json.dumps(line_of(record), ensure_ascii=False)


class NewestLines(logging.Handler):
    """Keeps the newest lines, to be searched in the desk.

    Parameters
    ----------
    kept : int
        How many.
    """

    def __init__(self, kept: int = LINES_KEPT) -> None:
        super().__init__()
        self._lines: deque[dict[str, Any]] = deque(maxlen=kept)
        self._number = 0
        self._guard = Lock()

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record."""
        line = line_of(record)
        with self._guard:
            self._number += 1
            self._lines.append({"line": self._number, **line})

    def lines(self) -> list[dict[str, Any]]:
        """Return the lines, oldest first; each has its number."""
        with self._guard:
            return list(self._lines)


class TurningFile(RotatingFileHandler):
    """A file in turns that asks for its size at each line, and for nothing else."""

    def shouldRollover(self, record: logging.LogRecord) -> bool:  # noqa: ARG002, N802 - logging's
        """Return whether the next line begins a new file; a line may pass the bound."""
        if self.stream is None:
            self.stream = self._open()
        return os.fstat(self.stream.fileno()).st_size >= self.maxBytes


def begin_log(path: Path, newest: NewestLines, loggers: Iterable[str] = ("wattbook",)) -> None:
    """Write what the loggers are told to a file, in turns of 20 MB, and to `newest`.

    Handlers of an earlier call are replaced.

    Raises
    ------
    StoreError
        If the file cannot be written.
    """
    try:
        file = TurningFile(path, maxBytes=FILE_BYTES_MAX, backupCount=FILES_KEPT, encoding="utf-8")
    except OSError as fault:
        message = f"{path} cannot be written ({fault.strerror}); give another folder"
        raise StoreError(message) from fault
    file.setFormatter(JsonLines())
    for name in loggers:
        logger = logging.getLogger(name)
        for old in list(logger.handlers):
            logger.removeHandler(old)
            old.close()
        logger.addHandler(file)
        logger.addHandler(newest)
        logger.setLevel(logging.INFO)
        logger.propagate = False


def found_lines(lines: Iterable[dict[str, Any]], *, least: str, text: str) -> list[dict[str, Any]]:
    """Return the lines of at least a level that hold a text, newest first.

    Parameters
    ----------
    lines : iterable of dict
        As `NewestLines.lines` returns them.
    least : str
        Level, such as ``WARNING``.
    text : str
        Searched in every field, whatever its case.
    """
    levels = logging.getLevelNamesMapping()
    bound, wanted = levels[least], text.casefold()
    return [
        line
        for line in lines
        if levels[line["level"]] >= bound
        and wanted in json.dumps(line, ensure_ascii=False).casefold()
    ][::-1]
