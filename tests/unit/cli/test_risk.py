"""``wattbook risk``: tables, JSON, pages and exit statuses."""

import json
from pathlib import Path

import pytest

from wattbook.cli.main import main


def test_report_sums_and_writes_a_page(
    recorded_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "risk.html"
    given = ["risk", "report", "--data", str(recorded_data), "--holdings", "300"]
    assert main([*given, "--json", "--report", str(page)]) == 0
    found = json.loads(capsys.readouterr().out)
    for parts in found["parts"].values():
        total = sum(part["component"] for part in parts)
        assert total == pytest.approx(found["value_at_risk"], rel=1e-9)
    assert "<svg" in page.read_text(encoding="utf-8")
    assert main([*given, "--plain-text"]) == 0
    assert "By trader" in capsys.readouterr().out


def test_a_ladder_sums_exactly_and_stands_in_the_report(
    recorded_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "ladder.html"
    given = ["--data", str(recorded_data), "--holdings", "200"]
    assert main(["risk", "ladder", *given, "--json", "--report", str(page)]) == 0
    found = json.loads(capsys.readouterr().out)
    for name, total in found["total"].items():
        assert sum(rung[name] for rung in found["rungs"]) == total
    assert found["total"]["holdings"] == 200
    assert found["total"]["vega_millionths"] != 0
    assert "Theta, a day" in page.read_text(encoding="utf-8")
    assert main(["risk", "ladder", *given, "--plain-text"]) == 0
    assert "vega per point of volatility" in capsys.readouterr().out
    assert main(["risk", "report", *given, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["ladder"] == found


def test_what_if_shows_both_tails(
    recorded_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["risk", "what-if", "--data", str(recorded_data), "--holdings", "50"]
    assert main([*given, "--factor", "NG01", "--lots", "900", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    for measure in ("expected_shortfall", "margin"):
        assert found["after"][measure] > found["before"][measure]
    page = tmp_path / "what-if.html"
    assert main([*given, "--factor", "NG01", "--lots", "900", "--report", str(page)]) == 0
    written = page.read_text(encoding="utf-8")
    assert "<svg" in written
    assert f"{found['after']['margin']:,.0f}" in written
    capsys.readouterr()
    limits = tmp_path / "limits.toml"
    limits.write_text(
        '[[limit]]\nmeasure = "value_at_risk"\nsoft = 1\nhard = 10\n', encoding="utf-8"
    )
    order = ["--factor", "NG01", "--lots", "900", "--limits", str(limits)]
    assert main([*given, *order, "--plain-text"]) == 1
    assert "beyond the hard limit 10: reduce it" in capsys.readouterr().out
    assert main([*given, "--factor", "XX01", "--lots", "1"]) == 2
    assert "factor 'XX01' is not traded" in capsys.readouterr().err


def test_stress_of_the_example_sums_exactly(
    recorded_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "stress.html"
    given = ["risk", "stress", "examples/stress.toml", "--data", str(recorded_data)]
    assert main([*given, "--json", "--report", str(page)]) == 0
    for one in json.loads(capsys.readouterr().out):
        for split in one["by"].values():
            assert sum(split.values()) == one["total_cents"]
    assert "Negative WTI" in page.read_text(encoding="utf-8")


def test_a_loss_that_is_not_reached_ends_no_table(
    recorded_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scenarios = tmp_path / "stress.toml"
    move = "moves = { CL = { absolute = 1.0 } }\n"
    scenarios.write_text(
        f'[[scenario]]\nname = "far"\nloss = 1e15\n{move}[[scenario]]\nname = "near"\n{move}',
        encoding="utf-8",
    )
    given = ["risk", "stress", str(scenarios), "--data", str(recorded_data), "--holdings", "50"]
    assert main([*given, "--plain-text"]) == 1
    shown = capsys.readouterr().out
    assert "near" in shown
    assert "far: no multiple up to 1000 of its moves loses" in shown


def test_regulatory_shocks_of_two_buckets_are_those_of_each(
    recorded_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["risk", "stress", "examples/stress_regulatory.toml", "--data", str(recorded_data)]
    assert main([*given, "--json"]) == 0
    totals = [one["total_cents"] for one in json.loads(capsys.readouterr().out)]
    fuels_up, fuels_down, gas_up, gas_down, up, down = totals
    assert (up, down) == (fuels_up + gas_up, fuels_down + gas_down)


def test_report_has_liquidity_horizons(
    recorded_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["risk", "report", "--data", str(recorded_data), "--holdings", "200"]
    assert main([*given, "--horizon", "NG=10", "--horizon", "CL=5", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    horizons = found["horizons"]
    assert [step["to_days"] for step in horizons["steps"]] == [1.0, 5.0, 10.0]
    assert horizons["steps"][0]["shortfall"] == pytest.approx(found["expected_shortfall"])
    squares = sum(step["scaled"] ** 2 for step in horizons["steps"])
    assert horizons["expected_shortfall"] == pytest.approx(squares**0.5)
    assert main([*given, "--horizon", "CL=5", "--plain-text"]) == 0
    assert "By liquidity horizon" in capsys.readouterr().out
    assert main([*given, "--horizon", "XX=5"]) == 2
    assert "no factor begins so" in capsys.readouterr().err
    assert main([*given, "--horizon", "NG"]) == 2
    assert "such as NG=10" in capsys.readouterr().err


@pytest.mark.long
def test_backtest_exits_by_its_verdict(
    recorded_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "backtest.html"
    given = ["risk", "backtest", "--data", str(recorded_data)]
    assert main([*given, "--report", str(page), "--plain-text"]) == 0
    assert "The measure holds" in capsys.readouterr().out
    assert page.read_text(encoding="utf-8").count("<figcaption") == 6
    assert main([*given, "--garch", "--json"]) == 1
    garch = json.loads(capsys.readouterr().out)
    assert len(garch["garch"]) == 6
    assert all(test["kupiec_holm"] > 0.05 for test in garch["tests"])
    assert all(test["zone"] != "red" for test in garch["tests"])
    assert main([*given, "--plain", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["is_good"] is False
    assert main(["risk", "backtest", "--data", str(tmp_path)]) == 2


def test_a_day_is_explained_by_greeks(
    recorded_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["risk", "explain", "--data", str(recorded_data), "--holdings", "400", "--by", "trader"]
    assert main([*given, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["from"], found["to"]) == ("2023-12-28", "2023-12-29")
    for lines in (*found["by"].values(), found["together"]):
        told = sum(amount for name, amount in lines.items() if name != "change")
        assert told == pytest.approx(lines["change"], rel=1e-9, abs=1e-6)
    # A day is short enough for second order to explain nearly all of it.
    together = found["together"]
    assert abs(together["unexplained"]) < 0.01 * abs(together["change"])
    assert main([*given, "--plain-text"]) == 0
    assert "unexplained" in capsys.readouterr().out
