"""Rounding keeps energy and balance; documents come back as they went; nothing else gets out."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattbook.errors import NominationError
from wattbook.execution.nominations import read_gas, read_power, rounded
from wattbook.execution.nominations.gas_documents import ACKNOW, NOMINT, NOMRES
from wattbook.execution.nominations.power_documents import ANOMALY, CONFIRMATION, SCHEDULE
from wattbook.execution.nominations.schema import Coded, Document, Group, Kind, Leaf, read, write

DOCUMENTS = (NOMINT, NOMRES, ACKNOW, SCHEDULE, CONFIRMATION, ANOMALY)
MINUTE = 60 * 10**9


@st.composite
def tables(draw: st.DrawFn) -> tuple[dict[str, list[int]], int]:
    """Return energies of some series; the last one balances the others, if it is to."""
    step, periods = draw(st.integers(1, 1_000)), draw(st.integers(1, 8))
    energy = st.integers(-100_000, 100_000)
    found = {
        f"s{number}": draw(st.lists(energy, min_size=periods, max_size=periods))
        for number in range(draw(st.integers(1, 4)))
    }
    if draw(st.booleans()):
        found["net"] = [-sum(column) for column in zip(*found.values(), strict=True)]
    return found, step


@settings(max_examples=30)
@given(tables())
def test_rounding_keeps_every_period_and_every_total_to_within_a_step(
    table: tuple[dict[str, list[int]], int],
) -> None:
    energies, step = table
    made = rounded(energies, step)
    for name, exact in energies.items():
        assert all(
            one // step <= found <= -(-one // step)
            for one, found in zip(exact, made[name], strict=True)
        )
        assert sum(exact) // step <= sum(made[name]) <= -(-sum(exact) // step)
    for exact_column, column in zip(
        zip(*energies.values(), strict=True), zip(*made.values(), strict=True), strict=True
    ):
        assert sum(exact_column) // step <= sum(column) <= -(-sum(exact_column) // step)


def values_for(kind: Kind) -> st.SearchStrategy[Any]:
    """Return values of a kind, by what it says that it expects."""
    expected = kind.expected
    words = expected.split()
    if expected.startswith("one of"):
        return st.sampled_from(expected.removeprefix("one of ").split(", "))
    return VALUES[words[0]](words)


def texts(words: list[str]) -> st.SearchStrategy[str]:
    letters = st.characters(min_codepoint=33, max_codepoint=0x2FF)
    made = st.text(letters, min_size=1, max_size=int(words[4]))
    return made.filter(lambda one: one == one.strip())


def numbers(words: list[str]) -> st.SearchStrategy[Decimal]:
    whole, fraction = int(words[4]), int(words[7])
    return st.builds(
        lambda one, two, digits: Decimal(one) + Decimal(two).scaleb(-digits),
        st.integers(0, 10 ** min(whole, 12) - 1), st.integers(0, 9), st.integers(1, fraction),
    )  # fmt: skip


def intervals(_: list[str]) -> st.SearchStrategy[tuple[int, int]]:
    return st.builds(
        lambda begin, length: (begin, begin + length * MINUTE), MINUTES, st.integers(1, 10_000)
    )


MINUTES = st.integers(0, 60 * 24 * 365 * 100).map(lambda one: one * MINUTE)
VALUES: dict[str, Callable[[list[str]], st.SearchStrategy[Any]]] = {
    "text": texts,
    "code": lambda _: st.from_regex(r"[A-Z][0-9]{2}", fullmatch=True),
    "whole": lambda words: st.integers(int(words[3]), int(words[5])),
    "number": numbers,
    "interval": intervals,
    "UTC": lambda _: MINUTES,
}


@st.composite
def filled(draw: st.DrawFn, node: Leaf | Group, depth: int = 0) -> Any:
    """Return values for a description."""
    if isinstance(node, Leaf):
        value = draw(values_for(node.kind))
        return Coded(value, draw(st.sampled_from(node.schemes))) if node.schemes else value
    found: dict[str, Any] = {}
    for part in node.parts:
        most = part.most if part.most is not None else part.least + (1 if depth < 4 else 0)
        count = draw(st.integers(part.least, most))
        made = [draw(filled(part.node, depth + 1)) for _ in range(count)]
        if made:
            found[part.name] = made[0] if part.most == 1 else made
    return found


@settings(max_examples=20)
@given(st.data(), st.sampled_from(DOCUMENTS))
def test_any_document_comes_back_as_it_was_written(data: st.DataObject, document: Document) -> None:
    values = data.draw(filled(document.group))
    content = write(document, values)
    assert read(content, DOCUMENTS) == (document, values)
    assert write(*read(content, DOCUMENTS)) == content


@settings(max_examples=60)
@given(st.data(), st.sampled_from(DOCUMENTS), st.integers(0, 2**32))
def test_whatever_is_done_to_a_document_only_typed_errors_come_out(
    data: st.DataObject, document: Document, seed: int
) -> None:
    content = bytearray(write(document, data.draw(filled(document.group))))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        cut = data.draw(st.integers(0, 40))
        content[at : at + cut] = data.draw(st.binary(max_size=20)) or bytes([seed % 256])
    refused = 0
    for reader in (read_gas, read_power):
        try:
            reader(bytes(content))
        except NominationError:
            refused += 1
    # No document is one of gas and of power.
    assert refused >= 1


@given(st.binary(max_size=200))
def test_bytes_of_any_kind_are_refused_in_words(content: bytes) -> None:
    for reader in (read_gas, read_power):
        with pytest.raises(NominationError):
            reader(content)
