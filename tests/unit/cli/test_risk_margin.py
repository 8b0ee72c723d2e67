"""``wattbook risk margin``: each part of the example, by hand, and files that are refused."""

import json
from pathlib import Path

import pytest

from wattbook.cli.main import main
from wattbook.errors import InputError
from wattbook.runtime.risk.margin import load_margin, read_crif

EXAMPLE = Path(__file__).parents[3] / "examples" / "margin.toml"
FUTURE = (
    '[[span.position]]\nmonth = "{}"\nkind = "future"\nquantity = {}\nmultiplier = 1000\n'
    "futures_price = 75\n"
)
SPAN = '[[span]]\ncommodity = "WTI"\nprice = 5\nvolatility = 0.1\n' + FUTURE.format("JAN", 2)
HEADINGS = "ProductClass;RiskType;Qualifier;Bucket;Label1;Label2;AmountUSD;TradeID\n"
POWER = "Commodity;Risk_Commodity;EU Power Germany;9;;;{};T1\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "margin.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_example_tells_each_part(
    recorded_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "margin.html"
    given = ["risk", "margin", str(EXAMPLE), "--data", str(recorded_data)]
    assert main([*given, "--json", "--report", str(page)]) == 0
    found = json.loads(capsys.readouterr().out)
    filtered = found["filtered"]
    assert filtered["total"] == pytest.approx(
        max(filtered["blended"], filtered["floor"])
        + filtered["liquidity"]
        + filtered["concentration"]
    )
    # 100 lots are beyond a day's volume of 800.
    assert filtered["concentration"] > 0.0
    assert found["collateral"] == {"cash, USD": 2e6, "German bonds": 2.5e6}
    required = found["totals"]["span"] + filtered["total"]
    assert found["required"] == pytest.approx(required)
    assert 0.0 <= found["call"]["amount"] - (required + 35_000 - 4.5e6) < 1_000.0
    assert found["totals"]["simm"] > 0.0
    assert page.read_text(encoding="utf-8").count("<figure") == 2
    assert main([*given, "--plain-text"]) == 0
    shown = capsys.readouterr().out
    for title in ("ISDA SIMM", "SPAN", "Filtered historical margin", "Margin call"):
        assert title in shown


def test_span_by_hand(tmp_path: Path) -> None:
    spread = '[[span.month_spread]]\ncharge = 300\nmonths = ["JAN", "FEB"]\n'
    other = SPAN.replace("WTI", "Brent").replace("quantity = 2", "quantity = -4")
    credit = '[[span_credit]]\ncommodities = ["WTI", "Brent"]\nratio = [1, 2]\ncredit = 0.5\n'
    text = SPAN.replace("quantity = 2", "quantity = 3") + FUTURE.format("FEB", -1)
    found = load_margin(written(tmp_path, text + spread + other + credit)).span
    # Two net long, a spread of one: scan risk 10,000, charge 300; two credits of (1, 2) deltas.
    assert found["WTI"].scan_risk == pytest.approx(10_000.0)
    assert found["WTI"].month_charge == pytest.approx(300.0)
    assert found["WTI"].commodity_credit == pytest.approx(0.5 * 2 * 5_000.0)
    assert found["Brent"].total == pytest.approx(20_000.0 - 0.5 * 4 * 5_000.0)


def test_simm_reads_the_interchange_format(tmp_path: Path) -> None:
    crif = tmp_path / "crif.csv"
    crif.write_text(HEADINGS + POWER.format(4_000) + POWER.format(6_000), encoding="utf-8")
    text = '[simm]\nsensitivities = "crif.csv"\nversion = "2.8+2506"\n'
    found = load_margin(written(tmp_path, text))
    assert found.simm == {"commodity commodity": 640_000.0, "total": 640_000.0}
    with pytest.raises(InputError, match=r"SIMM '2.4' is not held: choose 2\.5"):
        load_margin(written(tmp_path, text.replace("2.8+2506", "2.4")))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: product, risk_type"),
        (HEADINGS, "no sensitivities"),
        (HEADINGS + POWER.format("many"), "line 2: amount_usd is 'many'"),
        (HEADINGS + POWER.format(1) + "Commodity;Risk\n", "line 3: 2 cells: give 8"),
        (HEADINGS + POWER.format(1).replace(";9;", ";99;"), "line 2: bucket is '99'"),
    ],
)
def test_bad_sensitivities_are_refused(tmp_path: Path, text: str, said: str) -> None:
    crif = tmp_path / "crif.csv"
    crif.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=said):
        read_crif(crif)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no margin: give"),
        ("span = 3", "write tables"),
        ("[[spam]]", "spam: give"),
        ("[[span]", "give a file of margin tables"),
        (SPAN.replace("WTI", ""), "commodity is ''"),
        (SPAN + SPAN, r"\[\[span\]\] 2: commodity is 'WTI'"),
        (SPAN.replace("price = 5", "price = -5"), "price range is -5"),
        (SPAN.replace("price = 5", 'price = "5"'), "price is '5': give a number"),
        (SPAN.replace("price = 5", "price = true"), "price is True: give a number"),
        (SPAN.replace("volatility = 0.1\n", ""), "volatility is missing"),
        (SPAN.replace("month", "moon"), "month is None"),
        (SPAN.replace('"future"', '"call"'), "position 1: strike is nan"),
        (SPAN.replace("quantity", "lots"), "lots is not known: choose among kind, quantity"),
        (SPAN.split("[[span.position", maxsplit=1)[0], "there is no position"),
        (SPAN + '[[span.month_spread]]\ncharge = 1\nmonths = ["JAN", "MAR"]', "of MAR, which"),
        (SPAN + '[[span.month_spread]]\ncharge = 1\nmonths = ["JAN"]', "give a list of two"),
        (SPAN + "[call]\nof = ['simm']", r"\[call\] of is \['simm'\]: list some of span"),
        (SPAN + "[call]\nvariation = nan", r"\[call\] variation"),
        (SPAN + "[[collateral]]\nname = 'cash'\nvalue = -1", "value of cash is -1"),
        (SPAN + 2 * "[[collateral]]\nname = 'cash'\nvalue = 1\n", "a name is given twice"),
        ("[simm]\nsensitivities = 3", r"\[simm\]: give sensitivities"),
        ("[simm]\nsensitivities = 'none.csv'\nversion = '2.6'", "give a file of sensitivities"),
        ("[filtered]\nstressed_from = 2008-09-01", "with --data"),
    ],
)
def test_bad_files_are_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        load_margin(written(tmp_path, text))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("stressed_from = 2008-09-01", "", "stressed_from is None: give a date"),
        ("stressed_to = 2009-03-31", "stressed_to = 2001-01-01", "0 of them from 2008-09-01"),
        ("stressed_share = 0.25", "stressed_share = 7", "stressed_share is 7"),
        ("stressed_share = 0.25", "shares = 7", "shares is not known"),
        ('factor = "NG01"', 'factor = "XX01"', "no row has series XX01"),
        ('factor = "NG01"', 'factor = "NG"', "give commodity and place"),
        ("daily_volume = 800", "daily_volume = 0", "daily_volume is 0"),
    ],
)
def test_bad_filtered_margins_are_refused(
    recorded_data: Path, tmp_path: Path, old: str, new: str, said: str
) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    part = text[text.index("[filtered]") : text.index("[[collateral]]")]
    assert old in part
    with pytest.raises(InputError, match=said):
        load_margin(written(tmp_path, part.replace(old, new)), recorded_data)
