"""Simple Binary Encoding (SBE), version 1.0."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from wattbook import _core
from wattbook.ingest.columns import Column, to_columns

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

__all__ = ["SbeMessage", "SbeSchema"]


class SbeMessage(NamedTuple):
    """A message: the name of its template, its fields by name, and its length in bytes.

    A null or a field that the writer's version does not have is None, an enumeration the name of
    its value, a set a ``dict`` of bits, a composite a ``dict``, a group a list of them, data
    without an encoding hexadecimal text.
    """

    template: str
    fields: dict[str, Any]
    length: int


class SbeSchema:
    """A schema, ready to decode messages.

    Parameters
    ----------
    schema : str
        Text of a schema file.
    included : mapping of str to str
        Texts of the files that it includes, by the name in ``xi:include``.

    Raises
    ------
    SchemaError
        If it breaks a rule of the standard; with line and reason.

    Examples
    --------
    >>> parts = "blockLength templateId schemaId version".split()
    >>> header = "".join(f'<type name="{part}" primitiveType="uint16"/>' for part in parts)
    >>> schema = SbeSchema(
    ...     '<messageSchema id="7"><types><composite name="messageHeader">'
    ...     + header
    ...     + '</composite></types><message name="Tick" id="1">'
    ...     '<field name="volume" id="1" type="uint16"/></message></messageSchema>'
    ... )
    >>> schema.decode(bytes([2, 0, 1, 0, 7, 0, 0, 0, 5, 0]))
    SbeMessage(template='Tick', fields={'volume': 5}, length=10)
    """

    def __init__(self, schema: str, included: Mapping[str, str] | None = None) -> None:
        self._schema = _core.SbeSchema(schema, dict(included or {}))

    @classmethod
    def load(cls, path: Path) -> SbeSchema:
        """Return the schema at `path`; what it includes is looked for below its folder."""
        folder = path.parent
        included = {
            str(file.relative_to(folder)): file.read_text(encoding="utf-8")
            for file in folder.rglob("*.xml")
            if file != path
        }
        return cls(path.read_text(encoding="utf-8"), included)

    @property
    def id(self) -> int:
        """Identifier in message headers."""
        return self._schema.id

    @property
    def version(self) -> int:
        """Version of the schema."""
        return self._schema.version

    @property
    def messages(self) -> list[tuple[str, int]]:
        """Name and identifier of each message."""
        return self._schema.messages

    def decode(self, data: bytes, *, is_encoded: bool = False) -> SbeMessage:
        """Return the message that `data` begins with, header first.

        With `is_encoded`, enumerations and sets are the numbers or characters that stand there.

        Raises
        ------
        DecodeError
            With the offset and the reason.
        """
        text, length = self._schema.decode_json(data, is_encoded)
        found = json.loads(text)
        return SbeMessage(found["template"], found["fields"], length)

    def columns(
        self, messages: Iterable[bytes], names: Iterable[str], *, rows_of: str | None = None
    ) -> dict[str, Column]:
        """Return the fields `names` of `messages` as arrays.

        Parameters
        ----------
        messages : iterable of bytes
            One message each, in order.
        names : iterable of str
            Fields of the message or of what repeats in it; a part of a composite is
            ``field.part``, an enumeration its number, a set its bits.
        rows_of : str or None
            The group whose entries are the rows, with the fields around them repeated; a row for
            each message if None.

        Raises
        ------
        DecodeError
            With the message's number, the offset and the reason.
        """
        found = self._schema.columns([bytes(message) for message in messages], list(names), rows_of)
        return to_columns(found)

    def decode_all(self, data: bytes) -> Iterator[SbeMessage]:
        """Yield the messages of `data`, which follow each other without a gap."""
        at = 0
        while at < len(data):
            message = self.decode(data[at:])
            yield message
            at += message.length
