"""FIX tag=value messages in columns.

`messages` finds every sound frame in bytes, checks length and checksum and tells the fields apart,
in Rust. What is no sound frame is skipped up to the next one, and listed with place and reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, overload

from wattbook import _core

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Message", "Messages", "Skipped", "messages"]

SOH = b"\x01"


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
    """

    raw: bytes
    fields: tuple[tuple[int, bytes], ...]

    @property
    def msg_type(self) -> str:
        """MsgType (35)."""
        return self.fields[2][1].decode("latin-1")

    def get(self, tag: int) -> bytes | None:
        """Return the value of the first field with `tag`, or None if there is none."""
        return next((value for found, value in self.fields if found == tag), None)


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
    starts, ends, field_start, tag, value_start, value_end, skipped, faults = _core.fix_columns(
        data
    )
    return Messages(
        data,
        starts,
        ends,
        field_start,
        tag,
        value_start,
        value_end,
        tuple(Skipped(*part) for part in skipped),
        tuple(faults),
    )
