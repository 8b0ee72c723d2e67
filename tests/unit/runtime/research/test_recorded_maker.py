"""A maker in a recorded book ends each block flat, pays its fees, and is chosen on past blocks."""

from __future__ import annotations

import dataclasses
import json
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wattbook.cli.main import main
from wattbook.errors import DeskError, InputError
from wattbook.runtime.research.recorded import RecordedRows
from wattbook.runtime.research.recorded_maker import RecordedBook, block_ends, books_of, played

EXAMPLE = Path("examples/recorded_maker.toml")
SECOND = 10**9
BEGINS = 1_703_545_200 * SECOND
ADD, MODIFY, TRADE, BUY, SELL = 1, 2, 5, 1, 2


def books(text: str) -> tuple[RecordedBook, ...]:
    return books_of(tomllib.loads(text, parse_float=Decimal), text, "books.toml")


def made_up(minutes: int = 20) -> RecordedRows:
    """A book two ticks wide, in which buyers and sellers take through several prices in turn."""
    rows: list[tuple[int, int, int, int, int, int]] = []
    number = 0
    for level in range(1, 20):
        for side, sign in ((BUY, -1), (SELL, 1)):
            number += 1
            price = 100_000_000 + sign * level * 250_000
            rows.append((BEGINS, ADD, number, side, price, 50_000_000))
    for step in range(minutes * 12):
        side, sign = ((BUY, 1), (SELL, -1))[step % 2]
        at = BEGINS + (5 * step + 60) * SECOND
        # What is told of the best orders is a quote to look at.
        rows.extend(
            (at, MODIFY, 1 + place, (BUY, SELL)[place], price, (40 + step % 5) * 1_000_000)
            for place, price in enumerate((99_750_000, 100_250_000))
        )
        at += 2 * SECOND
        rows.append((at, TRADE, 0, side, 100_000_000 + sign * 4 * 250_000, 5_000_000))
    table = np.array(rows, np.int64)
    return RecordedRows(*(table[:, place].copy() for place in range(6)))


def example() -> RecordedBook:
    return books(EXAMPLE.read_text(encoding="utf-8"))[0]


def test_each_block_ends_flat_and_fees_are_taken_off_for_every_fill() -> None:
    rows = made_up()
    book = dataclasses.replace(example(), maker_fee=Decimal(0), taker_fee=Decimal(0))
    ends = block_ends(book, rows)
    free, left, fills = played(book, rows, ends)
    assert fills > 0
    assert left == [0.0] * ends.size
    # Rests and takes cost the same here, so every contract that traded does.
    charged = dataclasses.replace(book, maker_fee=Decimal("1.38"), taker_fee=Decimal("1.38"))
    paid, _, same = played(charged, rows, ends)
    assert same == fills
    assert sum(free) - sum(paid) == pytest.approx(1.38 * fills)


def test_nothing_is_quoted_before_the_first_block() -> None:
    rows = made_up()
    first = example()
    ends = block_ends(first, rows)
    late = dataclasses.replace(first, begins=first.begins.replace(minute=11))
    own, _, fills = played(late, rows, block_ends(late, rows))
    whole, _, more = played(first, rows, ends)
    assert (len(own), len(whole)) == (3, 5)
    assert 0 < fills < more


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("block_seconds = 180", "block_seconds = 20", "shorter than a block, 20 s"),
        ("decay = 4", "decoy = 4", "'decoy'"),
        ("lot = 1\n", "lots = 1\n", "did you mean 'lot'"),
        ("23:05:00Z", "23:05:00", "has no time zone"),
        ('format = "dbn_mbo"', 'format = "itch"', "'itch' is no value of this key"),
        ('[[recorded_book]]\nname = "ESH4"', '[desk]\n[[recorded_book]]\nname = "ESH4"', "'desk'"),
    ],
)
def test_a_wrong_word_in_the_file_names_its_fix(old: str, new: str, told: str) -> None:
    text = EXAMPLE.read_text(encoding="utf-8").replace(old, new, 1)
    with pytest.raises((DeskError, InputError)) as refused:
        [book.made_quoting() for book in books(text)]
    assert told in str(refused.value)


def test_a_capture_that_holds_no_block_is_refused_with_its_times() -> None:
    late = dataclasses.replace(example(), begins=example().begins.replace(hour=12))
    with pytest.raises(InputError, match=r"lasts from 2023-12-25T23:00:00Z"):
        block_ends(late, made_up())


@pytest.mark.long
def test_walk_judges_blocks_of_the_recorded_time(
    recorded_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = [
        "walk", str(EXAMPLE), "--strategy", "BTCUSDT", "--data", str(recorded_data),
        "--set", "quoting.decay=0.2,0.5", "--train", "5", "--test", "5", "--json",
    ]  # fmt: skip
    assert main(asked) == 0
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert (told["unit"], told["is_energy"], told["days"]) == ("blocks", False, 21)
    assert [fold["from"] for fold in told["folds"]] == [
        "2024-08-08T23:55:45+00:00",
        "2024-08-08T23:57:00+00:00",
        "2024-08-08T23:58:15+00:00",
    ]
    assert told["judged_days"] == 15
    assert min(told["fills"]) > 0


def test_recorded_books_are_not_walked_over_days(capsys: pytest.CaptureFixture[str]) -> None:
    asked = [
        "walk",
        str(EXAMPLE),
        "--set",
        "volume=1",
        "--from",
        "2024-01-01",
        "--to",
        "2024-01-02",
    ]
    assert main(asked) == 2
    assert "leave --from, --to" in capsys.readouterr().err


def test_a_desk_file_is_not_walked_without_days(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["walk", "examples/market_making.toml", "--set", "volume=1"]) == 2
    assert "give --from and --to" in capsys.readouterr().err
