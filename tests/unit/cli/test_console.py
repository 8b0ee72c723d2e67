"""What the commands print for programs is JSON, whatever the figures are."""

import datetime as dt
import json

import pytest

from wattbook.cli.console import print_json


def refuse(name: str) -> None:
    raise AssertionError(name)


def test_figures_that_are_not_finite_are_null(capsys: pytest.CaptureFixture[str]) -> None:
    document = {"price": float("nan"), "rows": [(1.5, float("-inf")), {"loss": float("inf")}]}
    print_json(document)
    line = capsys.readouterr().out
    # Python's reader takes NaN, which others refuse.
    assert json.loads(line, parse_constant=refuse) == {
        "price": None,
        "rows": [[1.5, None], {"loss": None}],
    }


def test_a_document_is_one_line_with_dates_and_names_as_text(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_json({"zone": "Île-de-France", "day": dt.date(2026, 3, 29)})
    assert capsys.readouterr().out == '{"zone": "Île-de-France", "day": "2026-03-29"}\n'
