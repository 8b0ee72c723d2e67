"""The FIX dictionaries kept in ``schema/fix`` are what the tool makes of their sources."""

from __future__ import annotations

from pathlib import Path

import pytest

import fix_dictionary

SCHEMA = Path(__file__).parents[3] / "schema" / "fix"


@pytest.mark.data
def test_the_dictionaries_are_current(recorded_data: Path, tmp_path: Path) -> None:
    fix_dictionary.main(str(recorded_data / "fix"), str(tmp_path))
    made = {file.name: file.read_text(encoding="utf-8") for file in tmp_path.iterdir()}
    kept = {file.name: file.read_text(encoding="utf-8") for file in SCHEMA.glob("*.txt")}
    assert len(made) == 4
    assert made == kept
