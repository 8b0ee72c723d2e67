"""Documents as nested values: one description reads, checks and writes them.

A description names the elements of a document in their order, how often each may stand, and what
its text may be. Reading never expands an entity and is bounded (`wattbook.sources.xml.tree`);
whatever does not fit is a `DocumentError` that names line, element and what was expected.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple
from xml.sax.saxutils import escape, quoteattr

from wattbook.domain.instants import nanoseconds
from wattbook.errors import DecodeError, DocumentError
from wattbook.sources.xml import Element, tree

__all__ = [
    "Coded",
    "Document",
    "Group",
    "Kind",
    "Leaf",
    "Part",
    "code",
    "decimal",
    "instant",
    "integer",
    "interval",
    "minute",
    "read",
    "text",
    "write",
]

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
SECOND = 1_000_000_000
# Characters that XML 1.0 has no form for, and space that a reader would take off.
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class Coded(NamedTuple):
    """A name with the scheme that it comes from: ``305`` (EDIG@S), ``A01`` (ENTSO-E) for EIC."""

    value: str
    scheme: str


@dataclass(frozen=True, slots=True)
class Kind:
    """What the text of an element may be.

    Parameters
    ----------
    expected : str
        For errors.
    parse : callable
        From text to a value; raises ValueError.
    form : callable
        From a value to text.
    """

    expected: str
    parse: Callable[[str], Any]
    form: Callable[[Any], str]


@dataclass(frozen=True, slots=True)
class Leaf:
    """An element with text, and with a ``codingScheme`` of these if there are any."""

    kind: Kind
    schemes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """An element in its place: at least and at most so often, without a bound for None."""

    name: str
    node: Leaf | Group
    least: int = 1
    most: int | None = 1


@dataclass(frozen=True, slots=True)
class Group:
    """An element with elements in it, in this order."""

    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A document: its root, the name spaces that are read (the first is written), its elements.

    Parameters
    ----------
    root : str
        Name of the root.
    namespaces : tuple of str
        Versions of the document that have these elements.
    group : Group
        What is in the root.
    attributes : dict of str to str
        Of the root, written and needed.
    """

    root: str
    namespaces: tuple[str, ...]
    group: Group
    attributes: Mapping[str, str]


def text(most: int) -> Kind:
    """Return a text of 1 to `most` characters without space at its ends."""

    def parse(found: str) -> str:
        if not 1 <= len(found) <= most or found != found.strip() or UNWRITABLE.search(found):
            raise ValueError(found)
        return found

    return Kind(f"text of 1 to {most} characters", parse, parse)


def code(*known: str) -> Kind:
    """Return one of some codes; without any, a letter and two digits."""
    pattern = re.compile(r"[A-Z][0-9]{2}")

    def parse(found: str) -> str:
        if known and found not in known:
            raise ValueError(found)
        if not known and not pattern.fullmatch(found):
            raise ValueError(found)
        return found

    expected = f"one of {', '.join(known)}" if known else "code of a letter and two digits"
    return Kind(expected, parse, parse)


def integer(least: int, most: int) -> Kind:
    """Return a whole number within bounds."""

    def parse(found: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", found):
            raise ValueError(found)
        return within(int(found))

    def within(found: object) -> int:
        if type(found) is not int or not least <= found <= most:
            raise ValueError(str(found))
        return found

    return Kind(f"whole number from {least} to {most}", parse, lambda value: str(within(value)))


def decimal(whole: int, fraction: int) -> Kind:
    """Return a number of zero or above with so many digits before and behind its point."""
    pattern = re.compile(rf"[0-9]{{1,{whole}}}(\.[0-9]{{1,{fraction}}})?")

    def parse(found: str) -> Decimal:
        if not pattern.fullmatch(found):
            raise ValueError(found)
        return Decimal(found)

    def form(value: object) -> str:
        made = f"{value:f}" if isinstance(value, Decimal) else str(value)
        if not pattern.fullmatch(made):
            raise ValueError(made)
        return made

    return Kind(f"number with at most {whole} digits and {fraction} decimals", parse, form)


def utc(found: str, pattern: str) -> int:
    """Return a UTC text of a pattern as ns."""
    return nanoseconds(dt.datetime.strptime(found, pattern).replace(tzinfo=dt.UTC))


def utc_text(value: int, pattern: str, least: int) -> str:
    """Return ns UTC as text; refuses what the text has no room for."""
    if type(value) is not int or value % least or not 0 <= value < 2**62:
        raise ValueError(str(value))
    # Years of four digits, which strftime does not promise.
    return (EPOCH + dt.timedelta(seconds=value // SECOND)).strftime(pattern)


SECONDS, MINUTES = "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%MZ"


def instant() -> Kind:
    """Return a UTC instant to the second, ns."""
    form = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")

    def parse(found: str) -> int:
        if not form.fullmatch(found):
            raise ValueError(found)
        return utc(found, SECONDS)

    return Kind(
        "UTC instant as 2026-01-31T12:00:00Z", parse, lambda one: utc_text(one, SECONDS, SECOND)
    )


def minute() -> Kind:
    """Return a UTC instant to the minute, ns."""
    form = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}Z")

    def parse(found: str) -> int:
        if not form.fullmatch(found):
            raise ValueError(found)
        return utc(found, MINUTES)

    return Kind(
        "UTC minute as 2026-01-31T12:00Z", parse, lambda one: utc_text(one, MINUTES, 60 * SECOND)
    )


def interval() -> Kind:
    """Return two UTC minutes with a stroke between them, the second one later: a pair of ns."""
    one = minute()

    def parse(found: str) -> tuple[int, int]:
        begin, stroke, end = found.partition("/")
        made = one.parse(begin), one.parse(end)
        if not stroke or made[1] <= made[0]:
            raise ValueError(found)
        return made

    def form(value: tuple[int, int]) -> str:
        if value[1] <= value[0]:
            raise ValueError(str(value))
        return "/".join(one.form(part) for part in value)

    return Kind("interval as 2026-01-31T05:00Z/2026-02-01T05:00Z, its end later", parse, form)


def read(content: bytes, documents: Sequence[Document]) -> tuple[Document, dict[str, Any]]:
    """Return which of some documents `content` is, and its values by element.

    An element that may stand once is its value, another a list; one that is not there has no key.

    Raises
    ------
    DocumentError
        If it is no XML, another document, or breaks its description.
    """
    try:
        root = tree(content)
    except DecodeError as fault:
        message = f"no document: {fault}"
        raise DocumentError(message) from fault
    found = next((one for one in documents if one.root == root.name), None)
    if found is None:
        known = ", ".join(one.root for one in documents)
        message = f"line {root.line}: <{root.name}> where one of {known} was expected"
        raise DocumentError(message)
    if not set(found.namespaces) & set(root.attributes.values()):
        message = (
            f"line {root.line}, {root.name}: its name space is none of "
            f"{', '.join(found.namespaces)}; other versions are not read"
        )
        raise DocumentError(message)
    for name in found.attributes:
        if name not in root.attributes:
            message = f"line {root.line}, {root.name}: attribute {name} is missing"
            raise DocumentError(message)
    return found, values_of(root, found.group, found.root)


def values_of(element: Element, group: Group, path: str) -> dict[str, Any]:
    """Return the values of the elements in one, in the order of its description."""
    values: dict[str, Any] = {}
    at, children = 0, element.children
    for part in group.parts:
        found: list[Any] = []
        while at < len(children) and children[at].name == part.name:
            if part.most is not None and len(found) == part.most:
                message = (
                    f"line {children[at].line}, {path}: <{part.name}> stands more than "
                    f"{part.most} time(s)"
                )
                raise DocumentError(message)
            found.append(value_of(children[at], part.node, f"{path}/{part.name}"))
            at += 1
        if len(found) < part.least:
            line = children[at].line if at < len(children) else element.line
            what = f"<{children[at].name}>" if at < len(children) else f"the end of <{path}>"
            message = f"line {line}, {path}: {what} where <{part.name}> was expected"
            raise DocumentError(message)
        if found:
            values[part.name] = found[0] if part.most == 1 else found
    if at < len(children):
        message = f"line {children[at].line}, {path}: <{children[at].name}> was not expected here"
        raise DocumentError(message)
    if element.text:
        message = f"line {element.line}, {path}: text {element.text[:40]!r} was not expected here"
        raise DocumentError(message)
    return values


def value_of(element: Element, node: Leaf | Group, path: str) -> Any:  # noqa: ANN401 - as described
    """Return the value of an element."""
    if isinstance(node, Group):
        return values_of(element, node, path)
    place = f"line {element.line}, {path}"
    if element.children:
        message = f"{place}: <{element.children[0].name}> where only text was expected"
        raise DocumentError(message)
    try:
        value = node.kind.parse(element.text)
    except ValueError as fault:
        message = f"{place}: {element.text[:60]!r} is no {node.kind.expected}"
        raise DocumentError(message) from fault
    if not node.schemes:
        return value
    scheme = element.attributes.get("codingScheme")
    if scheme not in node.schemes:
        message = f"{place}: codingScheme {scheme!r}; use one of {', '.join(node.schemes)}"
        raise DocumentError(message)
    return Coded(value, scheme)


def write(document: Document, values: Mapping[str, Any]) -> bytes:
    """Return a document as XML.

    Raises
    ------
    DocumentError
        If a value is missing, has no place or does not fit; names the element.
    """
    more = "".join(f" {name}={quoteattr(value)}" for name, value in document.attributes.items())
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f"<{document.root} xmlns={quoteattr(document.namespaces[0])}{more}>",
        *lines_of(document.group, values, document.root, 1),
        f"</{document.root}>",
    ]
    return ("\n".join(lines) + "\n").encode()


def lines_of(group: Group, values: Mapping[str, Any], path: str, depth: int) -> list[str]:
    """Return the lines of the elements in a group."""
    names = {part.name for part in group.parts}
    unknown = sorted(set(values) - names)
    if unknown:
        message = f"{path}: {unknown[0]} is no element of it; known are {', '.join(sorted(names))}"
        raise DocumentError(message)
    lines: list[str] = []
    for part in group.parts:
        held = values.get(part.name)
        found = [] if held is None else [held] if part.most == 1 else list(held)
        if len(found) < part.least or (part.most is not None and len(found) > part.most):
            most = "any number" if part.most is None else part.most
            message = f"{path}: {len(found)} of {part.name}; it stands {part.least} to {most} times"
            raise DocumentError(message)
        for value in found:
            lines += element_lines(part, value, f"{path}/{part.name}", depth)
    return lines


def element_lines(part: Part, value: Any, path: str, depth: int) -> list[str]:  # noqa: ANN401 - as described
    """Return the lines of one element."""
    space, node = "  " * depth, part.node
    if isinstance(node, Group):
        inside = lines_of(node, value, path, depth + 1)
        return [f"{space}<{part.name}>", *inside, f"{space}</{part.name}>"]
    scheme = ""
    if node.schemes:
        value, found = value
        if found not in node.schemes:
            message = f"{path}: codingScheme {found!r}; use one of {', '.join(node.schemes)}"
            raise DocumentError(message)
        scheme = f" codingScheme={quoteattr(found)}"
    try:
        made = node.kind.form(value)
    except (ValueError, TypeError) as fault:
        message = f"{path}: {value!r} is no {node.kind.expected}"
        raise DocumentError(message) from fault
    return [f"{space}<{part.name}{scheme}>{escape(made)}</{part.name}>"]
