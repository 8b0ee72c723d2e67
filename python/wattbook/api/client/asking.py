"""Requests of a client to a desk, and what goes wrong with them in words."""

from __future__ import annotations

import ssl
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import httpx

from wattbook.errors import FetchError, InputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["Asking"]

TIMEOUT_S: Final = 30.0
ATTEMPTS: Final = 3
WAIT_S: Final = 0.5
UNAUTHORIZED: Final = 401
UNANSWERED: Final = frozenset({0, 502, 503})
"""Statuses of a command of which nobody knows yet whether the run has taken it."""


class Asking:
    """A connection to a desk with a key, or with a session that it begins and ends.

    Parameters
    ----------
    address : str
        Such as ``http://127.0.0.1:8765``.
    key : str or None
        API key or access token; None for a session of this machine's user.
    role : str
        Of that session.
    certificate : Path or None
        To trust, where the desk signed its own; None for those that this machine trusts.

    Raises
    ------
    InputError
        If the address is none, or the certificate cannot be read.
    FetchError
        If the desk is not reached, is none, or refuses.
    """

    def __init__(self, address: str, key: str | None, role: str, certificate: Path | None) -> None:
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            message = f"{address!r} is no address of a desk; write it as http://127.0.0.1:8765"
            raise InputError(message)
        self.address = f"{parts.scheme}://{parts.netloc}"
        self.tls = trusted(certificate) if parts.scheme == "https" else None
        self._key, self._role = key, role
        self._http = httpx.Client(
            base_url=self.address,
            headers={} if key is None else {"Authorization": f"Bearer {key}"},
            timeout=TIMEOUT_S,
            verify=self.tls or True,
        )
        try:
            self.begin()
        except FetchError:
            self._http.close()
            raise

    def begin(self) -> None:
        """Begin a session, or see whether the key is known.

        Raises
        ------
        FetchError
            If the desk is not reached, is none, or refuses.
        """
        if self._key is None:
            found = self._asked("POST", "/v1/session", body={"role": self._role})
        else:
            found = self._asked("GET", "/v1/session")
        if not isinstance(found, dict) or "role" not in found:
            raise FetchError(f"{self.address} answers, but as no desk does; is it the right port?")

    def identity(self) -> dict[str, str]:
        """Return the headers that say who asks."""
        if self._key is not None:
            return {"Authorization": f"Bearer {self._key}"}
        return {"Cookie": "; ".join(f"{name}={text}" for name, text in self._http.cookies.items())}

    def ask(
        self,
        method: str,
        path: str,
        *,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 - JSON
        """Return what a route answers; a session that has ended begins anew.

        Raises
        ------
        FetchError
            If the desk is not reached or refuses; it has the answer's status.
        """
        try:
            return self._asked(method, path, body=body, headers=headers, params=params)
        except FetchError as fault:
            if fault.status != UNAUTHORIZED or self._key is not None:
                raise
        self.begin()
        return self._asked(method, path, body=body, headers=headers, params=params)

    def command(self, method: str, path: str, key: str, body: object = None) -> Any:  # noqa: ANN401
        """Hand in a command under a key; asked again while nobody knows what became of it.

        Raises
        ------
        FetchError
            If the desk is not reached three times in a row, or refuses.
        """
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return self.ask(method, path, body=body, headers={"Idempotency-Key": key})
            except FetchError as fault:
                if fault.status not in UNANSWERED or attempt == ATTEMPTS:
                    raise
                time.sleep(WAIT_S * attempt)
        raise AssertionError("the last attempt answers or raises")

    def _asked(
        self,
        method: str,
        path: str,
        *,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 - JSON
        try:
            answer = self._http.request(method, path, json=body, headers=headers, params=params)
        except httpx.HTTPError as fault:
            message = f"{self.address} is not reached ({fault}); is the desk open?"
            raise FetchError(message) from fault
        try:
            found = answer.json() if answer.content else None
        except ValueError as fault:
            message = (
                f"{method} {path}: {answer.status_code} and no JSON; is a desk at {self.address}?"
            )
            raise FetchError(message, answer.status_code, answer.content[:1_000]) from fault
        if not answer.is_success:
            detail = found.get("detail", "") if isinstance(found, dict) else ""
            message = f"{method} {path}: {answer.status_code}, {detail or 'without a reason'}"
            raise FetchError(message, answer.status_code, answer.content[:1_000])
        return found

    def close(self) -> None:
        """End the session that was begun, and close the connections."""
        if self._key is None:
            # A desk that has gone has no session any more.
            with suppress(FetchError):
                self._asked("DELETE", "/v1/session")
        self._http.close()


def trusted(certificate: Path | None) -> ssl.SSLContext:
    """Return what a desk's certificate is checked with.

    Raises
    ------
    InputError
        If the certificate to trust cannot be read.
    """
    try:
        return ssl.create_default_context(cafile=certificate)
    except OSError as fault:
        message = f"{certificate}: no certificate that can be read ({fault}); name a PEM file"
        raise InputError(message) from fault
