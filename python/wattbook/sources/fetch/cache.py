"""Every answer as it came, under its own hash, with where and when it came from.

``objects/ab/abcd…`` holds bytes by their SHA-256. ``received/ab/<key>/<ts_recv>.json`` holds one
reception of a request: its provenance. The key is a hash of the request without its credential, so
no file name and no record can tell one. A file is written beside its place and then renamed, so a
process that is killed leaves a whole file or none.
"""

import hashlib
import json
import os
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wattbook.errors import StoreError
from wattbook.sources.payload import Payload, Request

__all__ = ["Cache", "Received", "request_key"]

PIECE_BYTES = 1 << 20


def request_key(request: Request) -> str:
    """Return what tells one request from another, credentials left out, in hexadecimal.

    Examples
    --------
    >>> one = Request("https://example.org/a", {"x": "1", "y": "2"})
    >>> two = Request("https://example.org/a", {"y": "2", "x": "1"}, credential="KEY")
    >>> request_key(one) == request_key(two) != request_key(Request("https://example.org/b"))
    True
    """
    headers = {name.lower(): value for name, value in request.headers.items()}
    parts = [
        request.url,
        sorted(request.parameters.items()),
        sorted(headers.items()),
        hashlib.sha256(request.body).hexdigest(),
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:40]


@dataclass(frozen=True, slots=True)
class Received:
    """One answer and its provenance.

    Parameters
    ----------
    sha256 : str
        Of the content, in hexadecimal.
    source, dataset : str
        Who asked.
    key : str
        Of the request.
    name : str
        File name of the payload.
    address : str
        With query string, without credentials.
    status : int
        HTTP status; 0 for a file.
    headers : mapping of str to str
        Those that matter: type, validators, date.
    ts_recv : int
        When its last byte arrived, ns UTC.
    size : int
        Bytes of content.
    is_new : bool
        Whether it differs from the answer before to the same request.
    """

    sha256: str
    source: str
    dataset: str
    key: str
    name: str
    address: str
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    ts_recv: int = 0
    size: int = 0
    is_new: bool = True

    def to_json(self) -> dict[str, Any]:
        """Return the provenance for JSON."""
        names = ("sha256", "source", "dataset", "key", "name", "address", "status")
        made: dict[str, Any] = {name: getattr(self, name) for name in names}
        return made | {
            "headers": dict(self.headers),
            "ts_recv": self.ts_recv,
            "size": self.size,
        }


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole or not at all, also after a loss of power."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    with beside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Bring the names in a folder to the disk."""
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


class Cache:
    """Payloads on disk.

    Parameters
    ----------
    root : Path
        Its folder; made when first written to.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def object_path(self, sha256: str) -> Path:
        """Return where the content with that hash lies."""
        return self.root / "objects" / sha256[:2] / sha256

    def folder(self, key: str) -> Path:
        """Return where the receptions of a request lie."""
        return self.root / "received" / key[:2] / key

    def content(self, sha256: str) -> bytes:
        """Return the bytes with that hash.

        Raises
        ------
        StoreError
            If they are not there, or are no longer what they were.
        """
        path = self.object_path(sha256)
        try:
            content = path.read_bytes()
        except OSError as fault:
            message = f"{path} cannot be read ({fault.strerror}); fetch the payload again"
            raise StoreError(message) from fault
        if hashlib.sha256(content).hexdigest() != sha256:
            message = f"{path} no longer has the hash that names it; delete it and fetch it again"
            raise StoreError(message)
        return content

    def land(self, path: Path) -> str:
        """Copy a file among the contents, a piece at a time; return its SHA-256."""
        beside = self.root / "objects" / f".{uuid.uuid4().hex}"
        beside.parent.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256()
        try:
            with path.open("rb") as source, beside.open("wb") as copy:
                while piece := source.read(PIECE_BYTES):
                    digest.update(piece)
                    copy.write(piece)
                copy.flush()
                os.fsync(copy.fileno())
            place = self.object_path(digest.hexdigest())
            if not place.exists():
                place.parent.mkdir(exist_ok=True)
                beside.replace(place)
                sync_folder(place.parent)
        finally:
            beside.unlink(missing_ok=True)
        return digest.hexdigest()

    def keep(self, received: Received, content: bytes | None = None) -> Received:
        """Write an answer down; the same answer as before to the same request adds nothing.

        Parameters
        ----------
        received : Received
            Its provenance.
        content : bytes, optional
            The answer; one that has landed already by default.
        """
        before = self.latest(received.key)
        if before and (before.sha256, before.status) == (received.sha256, received.status):
            return Received(**before.to_json(), is_new=False)
        path = self.object_path(received.sha256)
        if content is not None and not path.exists():
            write_whole(path, content)
        text = json.dumps(received.to_json(), indent=1, sort_keys=True)
        name = f"{received.ts_recv:020}.json"
        write_whole(self.folder(received.key) / name, text.encode())
        return received

    def latest(self, key: str) -> Received | None:
        """Return the last reception of a request, or none."""
        folder = self.folder(key)
        names = sorted(path.name for path in folder.glob("[0-9]*.json")) if folder.is_dir() else []
        return load(folder / names[-1]) if names else None

    def receptions(self, source: str = "", dataset: str = "") -> Iterator[Received]:
        """Yield every reception, or those of a source or dataset, request by request."""
        for path in sorted((self.root / "received").glob("*/*/[0-9]*.json")):
            received = load(path)
            if source in ("", received.source) and dataset in ("", received.dataset):
                yield received

    def payload(self, received: Received) -> Payload:
        """Return an answer as the payload that a source reads."""
        content = self.content(received.sha256)
        return Payload(received.name, content, received.ts_recv, received.address)


def load(path: Path) -> Received:
    """Return the provenance that a file holds.

    Raises
    ------
    StoreError
        If it is damaged.
    """
    try:
        return Received(**json.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError) as fault:
        message = f"{path} is no record of a reception ({fault}); delete it and fetch again"
        raise StoreError(message) from fault
