"""Asks for what a dataset needs, and keeps the answer."""

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import httpx

from wattbook.errors import FetchError, InputError
from wattbook.sources.fetch.body import Body, TooLarge, Unsound, too_large
from wattbook.sources.fetch.cache import Cache, Received, request_key
from wattbook.sources.fetch.pace import Pace
from wattbook.sources.fetch.retry import RETRIED, Retry, retry_after
from wattbook.sources.fetch.transport import CREDENTIAL, Credential, KeyedTransport
from wattbook.sources.fetch.world import World, real_world
from wattbook.sources.payload import Dataset, Payload, Request

__all__ = ["Bounds", "Fetcher"]

KEPT_HEADERS = ("content-type", "etag", "last-modified", "date", "content-range")
REDIRECTS = (301, 302, 303, 307, 308)
REDIRECTS_MAX = 5
BODY_SHOWN = 160
RANGE = re.compile(r"bytes=(\d+)-(\d*)$")


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much of the machine one answer may take.

    Parameters
    ----------
    bytes_max : int, optional
        Largest answer, unpacked from its transfer encoding.
    connect_seconds, read_seconds : float, optional
        Longest wait for a connection, and for the next bytes.
    total_seconds : float, optional
        Longest time from the first byte of an answer to its last, however it drips.
    """

    bytes_max: int = 256 * 1024 * 1024
    connect_seconds: float = 10.0
    read_seconds: float = 60.0
    total_seconds: float = 600.0


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer whose body was read."""

    status: int
    headers: httpx.Headers
    content: bytes


def shown(request: Request) -> str:
    """Return the address of a request for a person and for provenance; it has no credential."""
    return str(httpx.URL(request.url).copy_merge_params(dict(request.parameters)))


def file_name(address: str, headers: httpx.Headers) -> str:
    """Return the name that an answer gives itself, else the last part of its address."""
    given = re.search(r'filename="?([^";]+)"?', headers.get("content-disposition", ""))
    name = given[1].strip() if given else httpx.URL(address).path.rsplit("/", 1)[-1]
    # A name from outside is a label here, never a path.
    return re.sub(r"[^\w.#%+=-]", "_", name.rsplit("/", 1)[-1])[:200] or "payload"


class Fetcher:
    """Answers requests over HTTP, at the pace that each source allows.

    Parameters
    ----------
    cache : Cache
        Where answers are kept.
    world : World, optional
        Time, sleep and chance.
    bounds : Bounds, optional
        Largest and slowest answer.
    retry : Retry, optional
        When to ask again.
    origins : mapping of str to str, optional
        Another origin for one that a dataset names, such as a mirror:
        ``{"https://api.example.org": "http://127.0.0.1:8080"}``. Provenance keeps the dataset's.
    environment : mapping of str to str, optional
        Where credentials come from; that of the process by default.
    """

    def __init__(
        self,
        cache: Cache,
        world: World | None = None,
        bounds: Bounds | None = None,
        retry: Retry | None = None,
        origins: Mapping[str, str] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.cache = cache
        self.world = world or real_world()
        self.bounds = bounds or Bounds()
        self.retry = retry or Retry()
        self.origins = {name.rstrip("/"): at.rstrip("/") for name, at in (origins or {}).items()}
        self.environment = os.environ if environment is None else environment
        self.pace = Pace(self.world)
        timeout = httpx.Timeout(self.bounds.read_seconds, connect=self.bounds.connect_seconds)
        agent = {"user-agent": "wattbook", "accept-encoding": "gzip"}
        self.client = httpx.Client(
            timeout=timeout, headers=agent, transport=KeyedTransport(httpx.HTTPTransport())
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def payload(self, received: Received) -> Payload:
        """Return an answer as the payload that a source reads."""
        return self.cache.payload(received)

    def fetch(self, dataset: Dataset, request: Request, not_before: int | None = None) -> Received:
        """Return the answer to `request`; its bytes are in the cache.

        Parameters
        ----------
        dataset : Dataset
            Who asks; its source's pace holds.
        request : Request
            What to ask for.
        not_before : int, optional
            ns UTC: an answer that was received then or later is taken from the cache.

        Raises
        ------
        FetchError
            If the answer is a refusal, is too large, or does not come after all attempts.
        Stopped
            If a stop was asked for during a wait.
        """
        key = request_key(request)
        before = self.cache.latest(key)
        if before and not_before is not None and before.ts_recv >= not_before:
            return before
        credential = self.credential(request)
        answer = self.attempts(dataset, request, credential, before)
        if answer.status == 304 and before:
            return Received(**before.to_json(), is_new=False)
        content = answer.content
        address = shown(request)
        headers = {name: answer.headers[name] for name in KEPT_HEADERS if name in answer.headers}
        received = Received(
            hashlib.sha256(content).hexdigest(),
            dataset.source,
            dataset.name,
            key,
            file_name(address, answer.headers),
            address,
            answer.status,
            {name: redacted(value, credential) for name, value in headers.items()},
            self.world.now(),
            len(content),
        )
        return self.cache.keep(received, content)

    def credential(self, request: Request) -> Credential | None:
        """Return the key that a request needs, from the environment.

        Raises
        ------
        InputError
            If it is not set.
        """
        if not request.credential:
            return None
        value = self.environment.get(request.credential, "").strip()
        if not value or not value.isprintable():
            what = "has a line break or the like in it" if value else "is not set"
            message = (
                f"{request.url} needs a key, and the environment variable {request.credential} "
                f"{what}; put the publisher's key there"
            )
            raise InputError(message)
        kind, _, name = request.credential_place.partition(":")
        if kind not in ("query", "header") or not name:
            message = (
                f"credential place {request.credential_place!r}; write query:NAME or header:NAME"
            )
            raise InputError(message)
        return Credential(request.credential_place, value)

    def attempts(
        self,
        dataset: Dataset,
        request: Request,
        credential: Credential | None,
        before: Received | None,
    ) -> Answer:
        """Return a sound answer, asking again as often as allowed."""
        found, status, body = "", 0, b""
        for attempt in range(self.retry.attempts):
            self.pace.take(dataset.source, dataset.requests_per_minute)
            asked: float | None = None
            try:
                answer = self.ask(request, credential, before)
            except TooLarge as fault:
                found = str(fault)
                break
            except (httpx.TransportError, Unsound) as fault:
                found = f"{type(fault).__name__}: {redacted(str(fault), credential)}"
            else:
                status, body = answer.status, answer.content
                if status in (200, 203, 204, 206, 304):
                    return answer
                found = f"HTTP {status}"
                if status not in RETRIED:
                    break
                asked = retry_after(answer.headers.get("retry-after", ""), self.world.now())
            if asked is not None and asked > self.retry.asked_seconds_max:
                found += f", which asks to come again in {asked:,.0f} s"
                break
            if attempt + 1 < self.retry.attempts:
                wait = max(self.retry.wait(attempt, self.world.chance()), asked or 0.0)
                self.pace.hold(dataset.source, wait)
        raise self.refusal(request, credential, found, status, body)

    def refusal(
        self, request: Request, credential: Credential | None, found: str, status: int, body: bytes
    ) -> FetchError:
        """Return the error that says what came instead of an answer."""
        text = redacted(body[:BODY_SHOWN].decode("utf-8", errors="replace"), credential)
        said = f" saying {' '.join(text.split())!r}" if text.strip() else ""
        fix = "ask again later"
        if "above the bound" in found:
            fix = "ask for a shorter span or raise Bounds.bytes_max"
        if status in (401, 403):
            fix = (
                f"check the key in {request.credential}" if request.credential else "ask for access"
            )
        elif status in (400, 404, 410, 422):
            fix = "check the span and the options of the query"
        message = f"{shown(request)}: {found}{said}; {fix}"
        return FetchError(message, status, redacted_bytes(body, credential))

    def ask(
        self, request: Request, credential: Credential | None, before: Received | None
    ) -> Answer:
        """Send one request, follow its redirects, read the answer within bounds."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        if (
            before
            and before.status in (200, 206)
            and self.cache.object_path(before.sha256).exists()
        ):
            if etag := before.headers.get("etag"):
                headers["if-none-match"] = etag
            if changed := before.headers.get("last-modified"):
                headers["if-modified-since"] = changed
        url = self.rerouted(httpx.URL(request.url).copy_merge_params(dict(request.parameters)))
        method = "POST" if request.body else "GET"
        body: bytes | None = request.body or None
        for _ in range(REDIRECTS_MAX + 1):
            extensions = {} if credential is None else {CREDENTIAL: credential}
            with self.client.stream(
                method, url, headers=headers, content=body, extensions=extensions
            ) as response:
                target = response.headers.get("location")
                if response.status_code not in REDIRECTS or not target:
                    return self.read(response, headers.get("range", ""))
                if response.status_code in (301, 302, 303):
                    method, body = "GET", None
            onward = url.join(target)
            if (onward.scheme, onward.host, onward.port) != (url.scheme, url.host, url.port):
                # The key was meant for the first host alone.
                credential = None
            if url.scheme == "https" and onward.scheme != "https":
                message = f"it leads from https to {onward.scheme}://{onward.host}"
                raise Unsound(message)
            url = onward
        message = f"it leads on more than {REDIRECTS_MAX} times"
        raise Unsound(message)

    def rerouted(self, url: httpx.URL) -> httpx.URL:
        """Return `url` at the origin that stands in for its own, if one does."""
        text = str(url)
        for origin, instead in self.origins.items():
            if text == origin or text.startswith((f"{origin}/", f"{origin}?")):
                return httpx.URL(instead + text.removeprefix(origin))
        return url

    def read(self, response: httpx.Response, wanted_range: str) -> Answer:
        """Return the body, refused as soon as it is too large, too slow or not what it says.

        Raises
        ------
        TooLarge
            If it is larger than allowed.
        Unsound
            If it drips too slowly, or has not the length that its head says.
        """
        bounds, status = self.bounds, response.status_code
        length = response.headers.get("content-length", "")
        # A head may hold letters of Latin-1, of which ² is a digit that `int` refuses.
        declared = int(length) if length.isascii() and length.isdigit() else None
        began, arrived = self.world.monotonic(), 0
        body = Body(response.headers.get("content-encoding", "identity"), bounds.bytes_max)
        if declared is not None and declared > bounds.bytes_max:
            raise too_large(declared, bounds.bytes_max)
        for chunk in response.iter_raw():
            arrived += len(chunk)
            body.add(chunk)
            if self.world.monotonic() - began > bounds.total_seconds:
                message = f"only {arrived:,} bytes came within {bounds.total_seconds:g} s"
                raise Unsound(message)
        if status == 304:
            return Answer(status, response.headers, b"")
        if declared is not None and arrived != declared:
            message = f"{arrived:,} bytes came where its head says {declared:,}"
            raise Unsound(message)
        return Answer(status, response.headers, self.ranged(response, body.whole(), wanted_range))

    @staticmethod
    def ranged(response: httpx.Response, content: bytes, wanted_range: str) -> bytes:
        """Return the bytes that a range asked for, cut out here if the server sent everything."""
        asked = RANGE.match(wanted_range)
        if not asked or response.status_code not in (200, 206):
            return content
        start = int(asked[1])
        stop = int(asked[2]) + 1 if asked[2] else None
        if response.status_code == 200:
            return content[start:stop]
        given = response.headers.get("content-range", "")
        if not given.startswith(f"bytes {start}-"):
            message = f"it sent the range {given!r} where {wanted_range!r} was asked for"
            raise Unsound(message)
        if stop is not None and len(content) > stop - start:
            message = f"it sent {len(content):,} bytes for the range {wanted_range!r}"
            raise Unsound(message)
        return content


def redacted(text: str, credential: Credential | None) -> str:
    """Return `text` without the credential, should a server have echoed it.

    Examples
    --------
    >>> redacted("no such key: s3cret", Credential("query:key", "s3cret"))
    'no such key: ***'
    """
    if credential is None:
        return text
    quoted = str(httpx.QueryParams({"": credential.value}))[1:]
    return text.replace(credential.value, "***").replace(quoted, "***")


def redacted_bytes(body: bytes, credential: Credential | None) -> bytes:
    """Return `body` without the credential."""
    if credential is None:
        return body
    return body.replace(credential.value.encode(), b"***")
