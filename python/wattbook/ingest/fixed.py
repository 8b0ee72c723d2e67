"""Messages whose fields stand at fixed places: ITCH 5.0, and what a description file says."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from wattbook import _core
from wattbook.errors import InputError

__all__ = ["FixedLayout", "FixedMessage"]


class FixedMessage(NamedTuple):
    """A message: its name, its fields by name, and its length in bytes.

    Numbers are as they are meant, with their point; text is without its padding, bytes are
    hexadecimal text.
    """

    template: str
    fields: dict[str, Any]
    length: int


class FixedLayout:
    """A description of messages, ready to decode them.

    Parameters
    ----------
    description : str
        Text of a description file; ``schema/fixed`` has three, the documentation says how to
        write one.

    Raises
    ------
    SchemaError
        If it does not hold together; with line and reason.

    Examples
    --------
    >>> itch = FixedLayout.known("itch-5.0")
    >>> message = itch.decode(b"D" + bytes(10) + (7).to_bytes(8, "big"))
    >>> message.template, message.fields["order_reference"], message.length
    ('OrderDelete', 7, 19)
    """

    def __init__(self, description: str) -> None:
        self._layout = _core.FixedLayout(description)

    @classmethod
    def known(cls, name: str) -> FixedLayout:
        """Return a layout that comes with the package.

        It is ``itch-5.0``, ``impact-like`` or ``eobi-like``; the last two are examples in the
        manner of those feeds.

        Raises
        ------
        InputError
            If there is none of that name.
        """
        known = dict(_core.fixed_descriptions())
        if name not in known:
            message = f"no layout is called {name!r}; there are {', '.join(known)}"
            raise InputError(message)
        return cls(known[name])

    @property
    def name(self) -> str:
        """Name of the layout."""
        return self._layout.name

    @property
    def messages(self) -> list[tuple[str, int]]:
        """Name and length in bytes of each message."""
        return self._layout.messages

    def decode(self, data: bytes) -> FixedMessage:
        """Return the message that `data` begins with.

        Raises
        ------
        DecodeError
            With the offset and the reason.
        """
        text, length = self._layout.decode_json(data)
        found = json.loads(text)
        return FixedMessage(found["template"], found["fields"], length)
