"""On which line of a TOML file a key stands, so that an error can name it."""

import re

__all__ = ["line_of"]

HEADER = re.compile(r"^\s*(\[\[?)\s*([A-Za-z0-9_.\-\"' ]+?)\s*\]\]?\s*(?:#.*)?$")
KEY = re.compile(r"^\s*([A-Za-z0-9_.\-\"' ]+?)\s*=")


def split(dotted: str) -> list[str]:
    """Return the parts of a dotted key, quotes removed."""
    return [part.strip().strip("\"'") for part in dotted.split(".")]


def line_of(text: str, path: tuple[str | int, ...]) -> int:
    r"""Return the 1-based line of the key at `path`, or of the nearest table that holds it.

    Parameters
    ----------
    text : str
        A TOML document.
    path : tuple of str or int
        Keys from the top; an int counts the tables of an array from 0.

    Examples
    --------
    >>> text = '[[market]]\nname = "a"\n[[market]]\nname = "b"\n[market.forecast]\nmodel = 1'
    >>> line_of(text, ("market", 1, "forecast", "model"))
    6
    >>> line_of(text, ("market", 1, "day"))
    3
    """
    found: dict[tuple[str | int, ...], int] = {(): 1}
    counts: dict[tuple[str | int, ...], int] = {}
    table: tuple[str | int, ...] = ()

    def settle(parts: list[str]) -> tuple[str | int, ...]:
        place: tuple[str | int, ...] = ()
        for part in parts:
            place = (*place, part)
            if place in counts:
                place = (*place, counts[place])
        return place

    for number, line in enumerate(text.splitlines(), start=1):
        if header := HEADER.match(line):
            parts = split(header[2])
            if header[1] == "[[":
                array = (*settle(parts[:-1]), parts[-1])
                counts[array] = counts.get(array, -1) + 1
                found.setdefault(array, number)
                table = (*array, counts[array])
            else:
                table = settle(parts)
            found.setdefault(table, number)
        elif key := KEY.match(line):
            place = table
            for part in split(key[1]):
                place = (*place, part)
                found.setdefault(place, number)
    while path not in found:
        path = path[:-1]
    return found[path]
