"""The reference of a book: changed by two persons, and never by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.cli.conftest import EXAMPLES, told

from wattbook.cli import main
from wattbook.errors import InputError
from wattbook.runtime.book import open_book


def test_a_reference_is_changed_by_two_of_its_persons(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changed = desk / "reference.toml"
    text = (EXAMPLES / "reference.toml").read_text()
    changed.write_text(text.replace('"cleo"]', '"cleo", "dan"]'))
    asked = ["book", "init", str(desk / "book"), "--reference", str(changed)]
    assert main(asked) == 2
    assert "propose the change of its reference with --person" in capsys.readouterr().err
    assert main([*asked, "--person", "dan"]) == 2
    assert "'dan' is no person of Stadtwerk" in capsys.readouterr().err
    assert main([*asked, "--person", "cleo"]) == 0
    capsys.readouterr()
    # It waits once, however often it comes, and nothing of it counts before another lets it stand.
    assert told(capsys, *asked, "--person", "ben")["number"] == "R2"
    (waits,) = told(capsys, "book", "pending", str(desk / "book"))
    assert (waits["number"], waits["entered_by"]) == ("R2", "cleo")
    assert '+persons = ["ana", "ben", "cleo", "dan"]' in waits["reason"]
    with pytest.raises(InputError, match="'dan' is no person"):
        open_book(desk / "book")[1].person("dan")
    deciding = ["book", "approve", str(desk / "book"), "R2", "--person"]
    assert main([*deciding, "cleo"]) == 2
    assert "R2 was entered by cleo; a second decides" in capsys.readouterr().err
    assert main([*deciding, "dan"]) == 2
    assert "'dan' is no person" in capsys.readouterr().err
    assert main([*deciding, "ana"]) == 0
    assert main([*deciding, "ben"]) == 2
    assert "R2 is no longer one that waits" in capsys.readouterr().err
    _, reference = open_book(desk / "book")
    assert reference.person("dan") == "dan"
    first, second = told(capsys, "book", "references", str(desk / "book"))
    assert (first["person"], first["changes"]) == ("", "")
    assert (second["person"], second["approved_by"]) == ("cleo", "ana")
    assert second["changes"].splitlines() == [
        '-persons = ["ana", "ben", "cleo"]', '+persons = ["ana", "ben", "cleo", "dan"]'
    ]  # fmt: skip
    # Changed by hand, the book is not opened, and what was taken over can still be told.
    kept = desk / "book" / "reference.toml"
    kept.write_text(kept.read_text().replace("dan", "eve"))
    assert main(["book", "pending", str(desk / "book")]) == 2
    assert "is not the reference that was taken over" in capsys.readouterr().err
    assert len(told(capsys, "book", "references", str(desk / "book"))) == 2
    # Who approves and is cut off before the file is written leaves the one before: it is mended.
    kept.write_bytes((EXAMPLES / "reference.toml").read_bytes())
    assert open_book(desk / "book")[1].person("dan") == "dan"
    assert "dan" in kept.read_text()
    kept.unlink()
    assert main(asked) == 0
    assert "dan" in kept.read_text()


def test_of_two_changes_of_one_reference_one_stands(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (EXAMPLES / "reference.toml").read_text()
    book, changed = str(desk / "book"), desk / "reference.toml"
    for rate in ("1.18", "1.19"):
        changed.write_text(text.replace("GBP = 1.17 ", f"GBP = {rate} "))
        assert main(["book", "init", book, "--reference", str(changed), "--person", "ana"]) == 0
    assert main(["book", "approve", book, "R3", "--person", "ben"]) == 0
    assert main(["book", "approve", book, "R2", "--person", "ben"]) == 2
    assert "made on a reference that stands no more; reject it" in capsys.readouterr().err
    assert main(["book", "reject", book, "R2", "--person", "ben"]) == 0
    assert open_book(desk / "book")[1].fx["GBP"] == 1.19
    changed.write_text(text.replace('["ana", "ben", "cleo"]', '["ana"]'))
    assert main(["book", "init", book, "--reference", str(changed), "--person", "ana"]) == 2
    assert "fewer than two persons" in capsys.readouterr().err


def test_a_close_tells_days_that_were_left_out_and_a_changed_reference(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book, curves = str(desk / "book"), str(desk / "curves")
    first = told(capsys, "close", book, "2027-01-04", "--curves", curves, code=1)
    assert first["notes"] == []
    changed = desk / "reference.toml"
    text = (EXAMPLES / "reference.toml").read_text()
    changed.write_text(text.replace("GBP = 1.17 ", "GBP = 1.18 "))
    again = ["book", "init", book, "--reference", str(changed), "--person", "ben"]
    assert main(again) == 0
    assert main(["book", "approve", book, "R2", "--person", "ana"]) == 0
    capsys.readouterr()
    left, reference = told(capsys, "close", book, "2027-01-07", "--curves", curves, code=1)["notes"]
    assert left.startswith("not closed since 2027-01-04: 2027-01-05, 2027-01-06; P&L and theta")
    assert reference.startswith("the reference was changed by ben, approved by ana, at 20")
    assert "-GBP = 1.17" in reference
    assert "+GBP = 1.18" in reference


def test_a_reference_edited_by_hand_is_not_used(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    reference = desk / "book" / "reference.toml"
    text = reference.read_text(encoding="utf-8")
    reference.write_text(text.replace('"ana", ', '"ana", "eve", '), encoding="utf-8")
    asked = ["book", "import", str(desk / "book"), str(EXAMPLES / "changes.csv"), "--person"]
    assert main([*asked, "eve"]) == 2
    assert "not the reference that was taken over" in capsys.readouterr().err
