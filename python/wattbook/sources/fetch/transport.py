"""The last step to the wire, where alone the credential is.

httpx logs the address of a request and puts it into its errors. A credential is therefore no part
of the request that httpx knows; it is put in below, on the way to the connection.
"""

from dataclasses import dataclass

import httpx

__all__ = ["CREDENTIAL", "Credential", "KeyedTransport"]

CREDENTIAL = "wattbook_credential"
"""Name of the request extension that carries a `Credential`."""


@dataclass(frozen=True, slots=True, repr=False)
class Credential:
    """A key and where it goes; its text form does not tell it.

    Parameters
    ----------
    place : str
        ``query:NAME`` or ``header:NAME``.
    value : str
        The key.
    """

    place: str
    value: str

    def __repr__(self) -> str:
        return f"Credential({self.place!r}, ***)"


class KeyedTransport(httpx.BaseTransport):
    """Puts a request's credential in, and hands it on.

    Parameters
    ----------
    below : httpx.BaseTransport
        The connection.
    """

    def __init__(self, below: httpx.BaseTransport) -> None:
        self.below = below

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request with its credential, if it has one."""
        credential = request.extensions.get(CREDENTIAL)
        if credential is None:
            return self.below.handle_request(request)
        kind, _, name = credential.place.partition(":")
        url, headers = request.url, request.headers.copy()
        if kind == "query":
            url = url.copy_merge_params({name: credential.value})
        else:
            headers[name] = credential.value
        extensions = {key: value for key, value in request.extensions.items() if key != CREDENTIAL}
        keyed = httpx.Request(
            request.method, url, headers=headers, stream=request.stream, extensions=extensions
        )
        return self.below.handle_request(keyed)

    def close(self) -> None:
        """Close the connection."""
        self.below.close()
