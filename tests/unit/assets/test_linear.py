"""A linear programme that has no answer says why: rows in conflict, or what earns without end."""

from __future__ import annotations

import numpy as np
import pytest

from wattbook.assets.linear import LinearProgramme
from wattbook.assets.plants.solve import solved
from wattbook.assets.program import INFINITY, Label, Program, endless
from wattbook.errors import InputError


def test_rows_in_conflict_are_named_and_none_is_idle() -> None:
    programme = LinearProgramme()
    x = programme.columns(3, upper=[5.0, 5.0, 5.0], value=1.0)
    programme.rows("at least 8 together", [(x[:1], 1.0), (x[1:2], 1.0)], lower=8.0)
    programme.rows("at most 2 of the first", [(x[:1], 1.0)], upper=2.0)
    programme.rows("at most 3 of the second", [(x[1:2], 1.0)], upper=3.0)
    programme.rows("idle", [(x[2:], 1.0)], upper=1.0)
    with pytest.raises(InputError, match="in conflict: ") as refused:
        programme.maximum()
    text = str(refused.value)
    assert "at least 8 together" in text
    assert "idle" not in text
    # Either of the others alone leaves a way: 2 + 5 and 5 + 3.
    assert text.count("at most") == 1 or ("first" in text and "second" in text)


def test_what_earns_without_end_is_named_and_what_does_not_is_not() -> None:
    programme = LinearProgramme()
    bought = programme.columns(2, value=-20.0)
    sold = programme.columns(2, value=30.0)
    kept = programme.columns(2, upper=4.0, value=1.0)
    programme.rows("energy balance", [(bought, 1.0), (sold, -1.0)], lower=0.0)
    programme.rows("storage", [(kept, 1.0)], upper=3.0)
    with pytest.raises(InputError, match=r"has no bound: .* stands in: energy balance; "):
        programme.maximum()
    programme.rows("grid", [(sold, 1.0)], upper=10.0)
    assert programme.maximum()[0] == pytest.approx(2 * 10 * 10 + 2 * 3)


def test_a_column_in_no_row_is_said_to_be_in_none() -> None:
    programme = LinearProgramme()
    programme.columns(1, value=1.0)
    with pytest.raises(InputError, match="has no bound: it stands in no row; give a finite limit"):
        programme.maximum()


def test_a_plant_without_a_limit_is_named_by_its_rules() -> None:
    program = Program()
    columns = program.columns(
        3, 0.0, np.array([INFINITY, INFINITY, 7.0]), np.array([-5.0, 3.0, -1])
    )
    program.rows(Label("fuel", "plant"), 0.0, INFINITY, [(columns[1:2], 1.0), (columns[:1], -1.0)])
    program.rows(Label("heat", "boiler"), 0.0, 5.0, [(columns[2:], 1.0)])
    assert endless(program) == [Label("fuel", "plant")]
    with pytest.raises(
        InputError, match=r"site: nothing bounds what it earns: .* fuel of plant; g"
    ):
        solved(program, "site")
