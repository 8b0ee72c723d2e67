"""What the gate says when it refuses, with the names that the desk file gives."""

import re
from collections.abc import Sequence
from typing import Final

from wattbook._core import refusal_sentence

__all__ = ["limits_named", "refusal_words"]

LIMIT: Final = re.compile(r"(?<= of )limit (\d+)(?= would be )|^limit (\d+)(?= holds )")
"""Where a sentence of the engine, which knows numbers only, tells of a limit of a scope."""


def limits_named(sentence: str, limits: Sequence[str]) -> str:
    """Return a sentence of the engine with the name of the limit that it tells of.

    Examples
    --------
    >>> limits_named("exposure of limit 1 would be 7, the hard level is 5", ["intraday"])
    "exposure of limit 'intraday' would be 7, the hard level is 5"
    """

    def name(found: re.Match[str]) -> str:
        number = int(found[1] or found[2])
        return f"limit {limits[number - 1]!r}" if 0 < number <= len(limits) else found[0]

    return LIMIT.sub(name, sentence)


def refusal_words(refusal: str, limits: Sequence[str]) -> str:
    """Return what a refusal, in its text form, says to a person: place, value and fix."""
    return limits_named(refusal_sentence(refusal), limits)
