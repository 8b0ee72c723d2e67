"""FIX tag=value messages in columns.

`messages` finds every sound frame in bytes, checks length and checksum and tells the fields apart;
`book_entries` reads snapshots (35=W) and refreshes (35=X) as book events; `rejections` holds
messages against the standard's dictionaries. All of it happens in Rust with the interpreter
released. What is no sound frame is skipped up to the next one, and listed with place and reason.
`encode` writes a message.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple, overload

from wattbook import _core
from wattbook.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "NONE",
    "BookEntries",
    "Dictionary",
    "FieldDefinition",
    "Member",
    "Message",
    "Messages",
    "Nested",
    "Rejection",
    "Skipped",
    "Writable",
    "book_entries",
    "dictionary",
    "encode",
    "messages",
    "rejections",
]

NONE = -(2**63)
"""Stands for a price or volume that is not there."""

Nested = tuple[int, "bytes | tuple[tuple[Nested, ...], ...]"]
"""Tag and value of a field, or tag of a group's count and its entries, each fields in turn."""


Writable = tuple[int, "bytes | str | int | Decimal | Sequence[Iterable[Writable]]"]
"""Tag and value of a field to write, or tag of a group's count and its entries."""


class Rejection(NamedTuple):
    """A message that a dictionary refuses.

    Its number, RefTagID (371), SessionRejectReason (373), and that reason in words.
    """

    message: int
    tag: int
    reason: int
    text: str


class Skipped(NamedTuple):
    """Bytes that are no sound frame: where they begin, how many they are, and why."""

    offset: int
    bytes: int
    reason: str


@dataclass(frozen=True, slots=True)
class Message:
    """One message.

    Parameters
    ----------
    raw : bytes
        The whole frame.
    fields : tuple of (int, bytes)
        Tag and value of each field, in order, from 8 to 10.
    depth : tuple of int
        How many groups each field stands in.
    begins_entry : tuple of bool
        Whether each field begins an entry of its innermost group.
    """

    raw: bytes
    fields: tuple[tuple[int, bytes], ...]
    depth: tuple[int, ...]
    begins_entry: tuple[bool, ...]

    @property
    def msg_type(self) -> str:
        """MsgType (35)."""
        return self.fields[2][1].decode("latin-1")

    def get(self, tag: int) -> bytes | None:
        """Return the value of the first field with `tag`, or None if there is none."""
        return next((value for found, value in self.fields if found == tag), None)

    def nested(self) -> tuple[Nested, ...]:
        """Return the fields with each group's entries under the field that counts them."""
        level: list[Any] = []
        # From outermost to innermost: fields of the open entry, or of the message.
        open_entries = [level]
        rows = zip(self.fields, self.depth, self.begins_entry, strict=True)
        for (tag, value), depth, begins in rows:
            del open_entries[depth + (not begins) :]
            if begins:
                count, entries = open_entries[-1][-1]
                entry: list[Any] = []
                before = entries if isinstance(entries, list) else []
                open_entries[-1][-1] = (count, [*before, entry])
                open_entries.append(entry)
            open_entries[-1].append((tag, value))
        return _frozen(level)


@dataclass(frozen=True, slots=True)
class Messages(Sequence[Message]):
    """Messages in columns; indexing makes a `Message`.

    Parameters
    ----------
    data : bytes
        What they were read from; all places are counted from its start.
    message_start, message_end : ndarray of int64, shape (n_messages,)
        Where each message begins and ends.
    field_start : ndarray of int64, shape (n_messages + 1,)
        Place of each message's first field in the columns of fields.
    tag : ndarray of uint32, shape (n_fields,)
        Tag of each field.
    value_start, value_end : ndarray of int64, shape (n_fields,)
        Where each value begins and ends.
    depth : ndarray of uint8, shape (n_fields,)
        How many groups each field stands in, by the dictionary of the message's version.
    begins_entry : ndarray of bool, shape (n_fields,)
        Whether each field begins an entry of its innermost group.
    skipped : tuple of Skipped
        What was passed over.
    faults : tuple of (int, str)
        Fields without a tag or with a wrong length: number of the message, and why.
    """

    data: bytes
    message_start: NDArray[np.int64]
    message_end: NDArray[np.int64]
    field_start: NDArray[np.int64]
    tag: NDArray[np.uint32]
    value_start: NDArray[np.int64]
    value_end: NDArray[np.int64]
    depth: NDArray[np.uint8]
    begins_entry: NDArray[np.bool_]
    skipped: tuple[Skipped, ...]
    faults: tuple[tuple[int, str], ...]

    def __len__(self) -> int:
        """Return the number of messages."""
        return len(self.message_start)

    @overload
    def __getitem__(self, index: int) -> Message: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Message]: ...
    def __getitem__(self, index: int | slice) -> Message | Sequence[Message]:
        """Return one message, or several."""
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(len(self)))]
        place = range(len(self))[index]
        fields = slice(int(self.field_start[place]), int(self.field_start[place + 1]))
        values = zip(
            self.tag[fields].tolist(),
            self.value_start[fields].tolist(),
            self.value_end[fields].tolist(),
            strict=True,
        )
        return Message(
            self.data[int(self.message_start[place]) : int(self.message_end[place])],
            tuple((tag, self.data[start:end]) for tag, start, end in values),
            tuple(self.depth[fields].tolist()),
            tuple(self.begins_entry[fields].tolist()),
        )

    def __iter__(self) -> Iterator[Message]:
        """Return each message in turn."""
        return (self[place] for place in range(len(self)))


def messages(data: bytes) -> Messages:
    r"""Return every message in `data`, after which nothing follows.

    Parameters
    ----------
    data : bytes
        Frames back to back, with anything between them.

    Examples
    --------
    >>> data = b"noise8=FIX.4.4\x019=5\x0135=0\x0110=163\x01"
    >>> found = messages(data)
    >>> found[0].fields
    ((8, b'FIX.4.4'), (9, b'5'), (35, b'0'), (10, b'163'))
    >>> found.skipped
    (Skipped(offset=0, bytes=5, reason='no frame begins here; frames begin with 8=FIX'),)
    """
    starts, ends, field_start, tag, *values, skipped, faults = _core.fix_columns(data)
    value_start, value_end, depth, begins_entry = values
    return Messages(
        data,
        starts,
        ends,
        field_start,
        tag,
        *(value_start, value_end, depth, begins_entry),
        tuple(Skipped(*part) for part in skipped),
        tuple(faults),
    )


@dataclass(frozen=True, slots=True)
class BookEntries:
    """Entries of snapshots (35=W) and incremental refreshes (35=X), in columns, in order.

    Parameters
    ----------
    data : bytes
        What they were read from.
    message : ndarray of int64, shape (n_entries,)
        Number of the message in `messages`.
    action : ndarray of uint8
        MDUpdateAction (279): 0 new, 1 change, 2 delete, 3 delete thru, 4 delete from, 5 overlay.
        Every entry of a snapshot is new.
    kind : ndarray of uint8
        MDEntryType (269) as the code of its character: 48 bid, 49 offer, 50 trade; 0 when a
        deletion does not say.
    symbol_start, symbol_end : ndarray of int64
        Where Symbol (55) stands in `data`; empty when an entry names none.
    price : ndarray of int64
        In 1e-6 currency per price unit; `NONE` when there is none.
    volume : ndarray of int64
        In 1e-6 volume units; `NONE` when there is none.
    faults : tuple of (int, str)
        Messages that cannot be read to their end: number and why. Entries before the fault count.
    """

    data: bytes
    message: NDArray[np.int64]
    action: NDArray[np.uint8]
    kind: NDArray[np.uint8]
    symbol_start: NDArray[np.int64]
    symbol_end: NDArray[np.int64]
    price: NDArray[np.int64]
    volume: NDArray[np.int64]
    faults: tuple[tuple[int, str], ...]

    def __len__(self) -> int:
        """Return the number of entries."""
        return len(self.message)

    def symbol(self, entry: int) -> bytes:
        """Return the symbol of one entry."""
        return self.data[int(self.symbol_start[entry]) : int(self.symbol_end[entry])]


def book_entries(data: bytes) -> BookEntries:
    """Return every entry of the snapshots and refreshes in `data`, after which nothing follows."""
    message, action, kind, *symbol, price, volume, faults = _core.fix_book_columns(data)
    symbol_start, symbol_end = symbol
    where = (symbol_start, symbol_end)
    return BookEntries(data, message, action, kind, *where, price, volume, tuple(faults))


def rejections(
    data: bytes,
    version: str | None = None,
    *,
    allows_user_defined: bool = False,
    allows_any_group_order: bool = False,
) -> list[Rejection]:
    r"""Return the messages in `data` that a dictionary refuses, each with its first fault.

    Parameters
    ----------
    data : bytes
        Frames back to back.
    version : {"FIX.4.2", "FIX.4.4", "FIX.5.0SP2"}, optional
        Whose dictionary; that of each message's own version if left out. Under FIXT 1.1 its
        body is of the version that ApplVerID (1128), or DefaultApplVerID (1137) of the last
        Logon from the same sender to the same target, says.
    allows_user_defined : bool
        Let pass tags from 5,000 to 9,999 and from 20,000 on that the dictionary lacks.
    allows_any_group_order : bool
        Let pass a group's fields in another order than the standard's, behind the first.

    Raises
    ------
    InputError
        If there is no such version.

    Examples
    --------
    >>> data = b"8=FIX.4.4\x019=5\x0135=0\x0110=163\x01"
    >>> rejections(data)
    [Rejection(message=0, tag=49, reason=1, text='required tag missing')]
    """
    found = _core.fix_rejections(
        data,
        version=version,
        allows_user_defined=allows_user_defined,
        allows_any_group_order=allows_any_group_order,
    )
    return [Rejection(*row) for row in found]


def encode(begin_string: str, msg_type: str, fields: Iterable[Writable]) -> bytes:
    r"""Return the frame of one message.

    Version, length, type and checksum are written around `fields`, which stay in their order.

    Parameters
    ----------
    begin_string : str
        BeginString (8), such as ``"FIX.4.4"`` or ``"FIXT.1.1"``.
    msg_type : str
        MsgType (35).
    fields : iterable of (int, value)
        Tag and value: bytes as they are, ASCII text, whole numbers, `Decimal` with all its
        decimals, ``True`` and ``False`` as Y and N. A group is the tag that counts its entries
        and a list of them, each fields in turn, as `Message.nested` gives them; or the count
        and then the fields of all entries. A field of bytes such as RawData (96) may hold
        anything; its length is written before it where it does not stand there.

    Raises
    ------
    InputError
        If a value is empty, holds an SOH or is of another type, or a tag is not one or is
        written by the encoder (8, 9, 10, 35), with the tag.

    Examples
    --------
    >>> encode("FIX.4.4", "0", [(112, "one")])
    b'8=FIX.4.4\x019=13\x0135=0\x01112=one\x0110=230\x01'
    """
    return _core.fix_encode(begin_string, msg_type, list(_flat(fields)))


class FieldDefinition(NamedTuple):
    """A field of the standard: name, data type, and its values with their names, if listed."""

    name: str
    kind: str
    values: dict[str, str]


class Member(NamedTuple):
    """A field of a message, header or entry; `group` numbers the container of its entries."""

    tag: int
    is_required: bool
    group: int | None


@dataclass(frozen=True, slots=True)
class Dictionary:
    """What the standard says in one version.

    Parameters
    ----------
    fields : dict of int to FieldDefinition
        By tag.
    messages : dict of str to (str, bool, int)
        By MsgType (35): name, whether of the session, number of the body's container.
    containers : list of list of Member
        Members in order, components put in their place.
    header, trailer : int
        Numbers of their containers.
    """

    fields: dict[int, FieldDefinition]
    messages: dict[str, tuple[str, bool, int]]
    containers: list[list[Member]]
    header: int
    trailer: int


def dictionary(version: str) -> Dictionary:
    """Return what the standard says in `version`.

    Parameters
    ----------
    version : {"FIX.4.2", "FIX.4.4", "FIX.5.0SP2"}
        The last holds the session's messages of FIXT.1.1 as well.

    Raises
    ------
    InputError
        If there is no such version.

    Examples
    --------
    >>> dictionary("FIX.4.4").fields[54].values["1"]
    'BUY'
    """
    fields, messages, containers, header, trailer = _core.fix_dictionary(version)
    return Dictionary(
        {tag: FieldDefinition(name, kind, dict(values)) for tag, name, kind, values in fields},
        {kind: (name, is_admin, body) for kind, name, is_admin, body in messages},
        [[Member(*member) for member in members] for members in containers],
        header,
        trailer,
    )


def _flat(fields: Iterable[Writable]) -> Iterator[tuple[int, bytes]]:
    """Return tag and value of each field, groups as their count and the fields of their entries."""
    for tag, value in fields:
        if isinstance(value, Sequence) and not isinstance(value, (bytes, str)):
            yield tag, b"%d" % len(value)
            for entry in value:
                yield from _flat(entry)
        else:
            yield tag, _written(tag, value)


def _written(tag: int, value: object) -> bytes:
    """Return `value` as a field has it."""
    match value:
        case bytes():
            return value
        case bool():
            return b"Y" if value else b"N"
        case int():
            return b"%d" % value
        case str() if value.isascii():
            return value.encode()
        case Decimal() if value.is_finite():
            return f"{value:f}".encode()
    raise InputError(
        f"tag {tag}: {value!r} is no bytes, ASCII text, whole number, finite Decimal or list of "
        "entries; encode other text by the venue's character set, and floats as Decimal"
    )


def _frozen(fields: list[Any]) -> tuple[Nested, ...]:
    """Return fields with every list in them as a tuple."""
    return tuple(
        (tag, tuple(map(_frozen, value)) if isinstance(value, list) else value)
        for tag, value in fields
    )
