"""A small model of what a text says about prices: weighed words, turned round by a negation.

It ships with the package and needs nothing to be installed. It reads English headlines; of another
language it says nothing, which is zero.
"""

from __future__ import annotations

import math
import re

from wattbook.forecast.news.words import NEGATIONS, PRESSURE

__all__ = ["price_pressure", "words_of"]

WORD = re.compile(r"[a-z][a-z0-9'-]*")
REACH = 3
"""Words after a negation that it turns round."""


def words_of(text: str) -> list[str]:
    """Return the words of a text, lower case."""
    return WORD.findall(text.lower())


def price_pressure(text: str) -> float:
    """Return in (-1, 1) whether a text speaks for higher (+) or lower (−) prices; 0 for neither.

    Examples
    --------
    >>> price_pressure("Reactor tripped, power prices surge") > 0.5
    True
    >>> price_pressure("Strike averted? Union denies strike") < price_pressure("Strike begins")
    True
    >>> price_pressure("Die Sonne scheint")
    0.0
    """
    words = words_of(text)
    total, turned = 0.0, 0
    for place, word in enumerate(words):
        if word in NEGATIONS:
            turned = REACH
            continue
        pair = f"{word} {words[place + 1]}" if place + 1 < len(words) else word
        weight = PRESSURE.get(pair, PRESSURE.get(word, 0.0))
        total += -weight if turned else weight
        turned = max(0, turned - 1)
    return math.tanh(total / 2.0)
