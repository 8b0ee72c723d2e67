"""What an FpML message says besides its trades: its place among others, and what it takes back.

References
----------
FpML 5.13 recommendation, confirmation view: fpml-msg-5-13.xsd (Correlation.model, Sequence.model),
fpml-confirmation-processes-5-13.xsd (messages that retract).
"""

from __future__ import annotations

from dataclasses import dataclass

from wattbook.errors import DecodeError
from wattbook.portfolio.book.fpml import every, leaves, text
from wattbook.sources.xml import Element, tree

__all__ = ["Message", "read_message"]

RETRACTS = "Retracted"
"""How the names of messages end that take an earlier one back."""


@dataclass(frozen=True, slots=True)
class Message:
    """A document as a message.

    Parameters
    ----------
    correlation : str
        What messages on the same trades share; empty for a data document.
    sequence : int
        Its place among them, from 1; 0 where it says none.
    retracts : bool
        Whether it takes the trades back.
    numbers : tuple of str
        Of the trades that it names, each once.
    terms : tuple of (str, str)
        As of `Trade.terms`, of the whole document.
    """

    correlation: str
    sequence: int
    retracts: bool
    numbers: tuple[str, ...]
    terms: tuple[tuple[str, str], ...]


def read_message(content: bytes) -> Message:
    """Return a document as a message.

    Parameters
    ----------
    content : bytes
        FpML 5, UTF-8.

    Raises
    ------
    DecodeError
        If it is no XML, or takes something back without saying what; names line, element and fix.
    """
    root = tree(content)
    found = Message(
        text(root, "correlationId"),
        sequence_of(root),
        root.name.endswith(RETRACTS),
        tuple(dict.fromkeys(one.text for one in every(root, "tradeId"))),
        tuple(leaves(root)),
    )
    if found.retracts and not (found.numbers or found.correlation):
        raise DecodeError(
            f"line {root.line}, {root.name}: it names neither a trade nor the messages that it "
            "takes back; give a tradeId or a correlationId"
        )
    return found


def sequence_of(root: Element) -> int:
    """Return the sequence number of a message, 0 for none.

    Raises
    ------
    DecodeError
        If it is no whole number above zero.
    """
    stated = text(root, "sequenceNumber")
    if not stated:
        return 0
    if not (stated.isascii() and stated.isdigit() and int(stated[:16]) > 0 and len(stated) < 16):
        raise DecodeError(
            f"line {root.line}, {root.name}: sequenceNumber is {stated!r}; give a whole number "
            "from 1"
        )
    return int(stated)
