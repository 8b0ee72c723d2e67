"""FIX Adapted for Streaming (FAST), version 1.1."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from wattbook import _core
from wattbook.errors import DecodeError
from wattbook.ingest.columns import Column, to_columns

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["FastDecoder", "FastMessage", "framed"]

PREFIX_BYTES = 4


class FastMessage(NamedTuple):
    """A message: the name of its template, its fields by name, and its length in bytes.

    A field that is absent is None, a group a ``dict``, a sequence a list of them, a decimal a
    ``dict`` of exponent and mantissa, a byte vector hexadecimal text.
    """

    template: str
    fields: dict[str, Any]
    length: int


def framed(
    data: bytes | memoryview,
    *,
    prefix: int = PREFIX_BYTES,
    byteorder: Literal["little", "big"] = "little",
) -> Iterator[memoryview]:
    r"""Yield the messages of `data`, each behind its length in `prefix` bytes.

    Raises
    ------
    DecodeError
        If the data ends inside a message.

    Examples
    --------
    >>> [bytes(message) for message in framed(b"\x02\0\0\0ab\x01\0\0\0c")]
    [b'ab', b'c']
    """
    view = memoryview(data)
    at = 0
    while at < len(view):
        length = int.from_bytes(view[at : at + prefix], byteorder)
        end = at + prefix + length
        if end > len(view):
            message = f"byte {at}: a message of {length} bytes; {len(view) - at - prefix} are left"
            raise DecodeError(message)
        yield view[at + prefix : end]
        at = end


class FastDecoder:
    """Decodes a stream of messages with the dictionaries of their previous values.

    Parameters
    ----------
    templates : str
        Text of a template file.
    is_strict : bool
        Whether more bytes than needed are refused (ERR R6 to R8); many feeds send them.

    Raises
    ------
    SchemaError
        If the templates break a rule; with line and the standard's name of the fault.

    Examples
    --------
    >>> tick = '<template name="Tick" id="1"><uInt32 name="volume"/></template>'
    >>> FastDecoder(tick).decode(bytes([0xC0, 0x81, 0x85]))
    FastMessage(template='Tick', fields={'volume': 5}, length=3)
    """

    def __init__(self, templates: str, *, is_strict: bool = False) -> None:
        self._decoder = _core.FastDecoder(templates, is_strict)

    @property
    def templates(self) -> list[tuple[str, int | None]]:
        """Name and identifier of each template."""
        return self._decoder.templates

    def decode(self, data: bytes) -> FastMessage:
        """Return the message that `data` begins with.

        Raises
        ------
        DecodeError
            With the offset and the standard's name of the fault. Previous values may have changed.
        """
        text, length = self._decoder.decode_json(data)
        found = json.loads(text)
        return FastMessage(found["template"], found["fields"], length)

    def columns(
        self, messages: Iterable[bytes], names: Iterable[str], *, rows_of: str | None = None
    ) -> dict[str, Column]:
        """Return the fields `names` of `messages` as arrays.

        Parameters
        ----------
        messages : iterable of bytes
            One message each, in order.
        names : iterable of str
            Fields of the message or of what repeats in it.
        rows_of : str or None
            The sequence whose elements are the rows, with the fields around them repeated; a row
            for each message if None.

        Raises
        ------
        DecodeError
            With the message's number, the offset and the reason.
        """
        found = self._decoder.columns(
            [bytes(message) for message in messages], list(names), rows_of
        )
        return to_columns(found)

    def reset(self) -> None:
        """Forget every previous value."""
        self._decoder.reset()
