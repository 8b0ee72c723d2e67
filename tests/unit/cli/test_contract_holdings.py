"""``wattbook contract`` of rights to ship, certificates and futures: what the tables add up to."""

from __future__ import annotations

import json
import shutil
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import polars as pl
import pytest

from wattbook.assets.contracts.certificates import Kind
from wattbook.cli import main
from wattbook.errors import DeskError, InputError
from wattbook.runtime.contract import (
    Certificates,
    CurveContract,
    Futures,
    cascaded,
    inventory_of,
    load_contract,
    parse_contract,
    settle_transport,
)

KINDS: tuple[Kind, ...] = ("guarantee", "allowance")
EXAMPLES = Path(__file__).parents[3] / "examples"
RIGHTS, CERTIFICATES, FUTURES = (
    EXAMPLES / f"{name}.toml" for name in ("transport_rights", "certificates", "futures")
)


def told_by(
    act: str, file: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> tuple[dict[str, object], str]:
    """Run a command as JSON and for people; return both."""
    asked = ["contract", act, str(file)]
    assert main([*asked, "--out", str(out), "--json"]) == 0
    told: dict[str, object] = json.loads(capsys.readouterr().out)
    assert main([*asked, "--plain"]) == 0
    return told, capsys.readouterr().out


def test_a_right_is_settled_by_its_definition_to_the_cent(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told, shown = told_by("settle", RIGHTS, tmp_path, capsys)
    data = pl.read_csv(EXAMPLES / "contracts" / "spread_2027_01.csv").to_dicts()
    shipping = sold = Fraction(0)
    for row in data:
        here, there, power = (Fraction(str(row[name])) for name in ("de_lu", "fr", "nominated_mw"))
        shipping += power * (there - here - Fraction("0.2"))
        sold += (25 - power) * max(there - here, Fraction(0))
    capacity = Fraction(-25 * 240) * Fraction("3.1")
    cents = Fraction(1, 200)
    for name, exact in (("shipping", shipping), ("sold", sold), ("capacity", capacity)):
        assert abs(Fraction(str(told[f"{name}_amount"])) - exact) <= cents, name
    assert told["periods"] == len(data) == 240
    periods, invoices = (
        pl.read_parquet(tmp_path / f"{name}.parquet") for name in ("periods", "invoices")
    )
    for name in ("shipping_amount", "sold_amount", "capacity_amount", "amount"):
        assert periods[name].sum() == invoices[name].sum(), name
    assert str(invoices["amount"].sum()) == told["amount"]
    assert f"{Decimal(str(told['amount'])):,}" in shown
    assert (tmp_path / "settlement.html").read_text().count("<figure") == 2


def test_days_of_a_right_add_up_to_the_whole() -> None:
    found = load_contract(RIGHTS)
    assert isinstance(found, CurveContract)
    whole = settle_transport(found)
    middle = found.head.start.replace(day=9)
    parts = [
        settle_transport(found, None, middle),
        settle_transport(found, middle, None),
    ]
    assert sum(part.amount for part in parts) == pytest.approx(whole.amount, abs=Decimal("0.03"))
    assert sum(part.periods.height for part in parts) == whole.periods.height


def test_an_inventory_balances(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told, shown = told_by("inventory", CERTIFICATES, tmp_path, capsys)
    entries, held, years = (
        pl.read_parquet(tmp_path / f"{name}.parquet") for name in ("entries", "held", "compliance")
    )
    came = pl.col("act") == "receipt"
    for kind in ("guarantee", "allowance"):
        own, left = entries.filter(pl.col("kind") == kind), held.filter(pl.col("kind") == kind)
        signed = pl.when(came).then(1).otherwise(-1)
        for name in ("quantity", "cost"):
            assert own.select((signed * pl.col(name)).sum()).item() == left[name].sum(), name
        one = told[f"{kind}s"]
        assert isinstance(one, dict)
        assert str(left["unrealised"].sum()) == one["unrealised"]
        assert str(own["realised"].sum()) == one["realised"]
    # 60,000 MWh HHV of gas at 56.1 kg a GJ LHV, 0.901 of the HHV, and 1,250.4 t, rounded up.
    assert years["emissions_t"].to_list() == [12_157, 11_800]
    assert years["position"].to_list() == [-157, -11_957]
    assert years["cost"][0] == Decimal("11649.40")
    assert "only to be cancelled, 122 days left" in shown
    assert "can be transferred for 30 days more" in shown
    assert (tmp_path / "inventory.html").read_text().count("<figure") == 2


def test_the_average_costs_as_much_in_all_as_first_in_first_out() -> None:
    text = CERTIFICATES.read_text()
    books = []
    for method in ("fifo", "average"):
        found = parse_contract(text.replace('"fifo"', f'"{method}"'), CERTIFICATES)
        assert isinstance(found, Certificates)
        books.append(inventory_of(found).books)
    for kind in KINDS:
        totals = {one.realised(kind) - one.cost(kind) for one in books}
        assert len(totals) == 1
    # Only one lot of allowances was there when some were sold.
    differ = [books[0].realised(kind) != books[1].realised(kind) for kind in KINDS]
    assert differ == [True, False]


def test_futures_keep_energy_and_value_through_cascades(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told, shown = told_by("cascade", FUTURES, tmp_path, capsys)
    assert told["energy_mwh"] == told["energy_mwh_before"] == 8760 * 6 + 2.5 * 12 * 261
    cascades, positions, deliveries = (
        pl.read_parquet(tmp_path / f"{name}.parquet")
        for name in ("cascades", "positions", "deliveries")
    )
    assert deliveries["energy_mwh"].sum() == pytest.approx(told["energy_mwh"])
    assert str(cascades["pnl"].sum()) == told["cascade_pnl"]
    # The year's legs are worth at its final price what it was; the price moved from entry to it.
    year = cascades.filter(pl.col("ended") == "DE-LU Cal-27 Base")
    whole = year.filter(pl.col("product") == pl.col("ended"))
    legs = year.filter(pl.col("product") != pl.col("ended"))
    assert whole["energy_mwh"].sum() == pytest.approx(legs["energy_mwh"].sum())
    assert whole["pnl"].to_list() == [Decimal("65700.00"), Decimal("73584.00")]
    worth = (legs["energy_mwh"] * legs["entry_price"].cast(pl.Float64)).sum()
    assert worth == pytest.approx(6 * 8760 * 82.0)
    # January settles on the mean of its hours, reckoned here from the file.
    spot = pl.read_csv(EXAMPLES / "contracts" / "spot_2027_01.csv")["price"]
    mean = Fraction(str(round(spot.sum(), 2))) / 744
    january = positions.filter(pl.col("product") == "DE-LU Jan-27 Base")
    assert set(january["spot_average"]) == {Decimal(str(round(float(mean), 2)))}
    exact = (mean - 82) * 6 * 744
    assert abs(Fraction(str(january["settled"].sum())) - exact) <= Fraction(1, 100)
    assert positions.filter(pl.col("settled").is_not_null()).height == 2
    assert str(january["settled"].sum()) == told["settled"]
    assert "DE-LU Q3-27 Base" in shown
    assert (tmp_path / "futures.html").read_text().count("<figure") == 1


@pytest.mark.parametrize("value", ["nan", "inf"])
def test_a_spot_price_that_is_none_stops_the_settlement_and_is_named(
    value: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(EXAMPLES / "contracts", tmp_path / "contracts")
    file = tmp_path / "futures.toml"
    shutil.copy(EXAMPLES / "futures.toml", file)
    spot = tmp_path / "contracts" / "spot_2027_01.csv"
    head, *rows = spot.read_text().splitlines()
    rows[4] = f"{rows[4].rpartition(',')[0]},{value}"
    spot.write_text("\n".join([head, *rows]) + "\n")
    assert main(["contract", "cascade", str(file), "--out", str(tmp_path / "out")]) == 2
    told = capsys.readouterr().err
    assert f"spot_2027_01.csv: price of 2027-01-01T03:00:00 UTC is {value}; give a number" in told


def test_a_month_of_gas_settles_over_its_gas_days(tmp_path: Path) -> None:
    """From 06:00 to 06:00: hours before the first and after the last count for nothing."""
    hours = pl.datetime_range(
        pl.datetime(2027, 1, 31), pl.datetime(2027, 3, 2), "1h", eager=True, time_zone="UTC"
    )
    table = pl.DataFrame({"delivery_start": hours}).with_columns(
        price=pl.when(
            (pl.col("delivery_start") >= pl.datetime(2027, 2, 1, 5, time_zone="UTC"))
            & (pl.col("delivery_start") < pl.datetime(2027, 3, 1, 5, time_zone="UTC"))
        )
        .then(30.0)
        .otherwise(900.0)
    )
    table.write_parquet(tmp_path / "spot.parquet")
    text = (
        '[contract]\nname = "gas"\nkind = "futures"\n[futures]\nexchange = "ICE"\n'
        'spot_file = "spot.parquet"\n[[position]]\nproduct = "TTF Feb-27"\nvolume_mw = 3\n'
        "price = 28\n"
    )
    found = parse_contract(text, tmp_path / "gas.toml")
    assert isinstance(found, Futures)
    made = cascaded(found)
    assert made.positions["spot_average"].to_list() == [Decimal(30)]
    assert made.total("settled") == Decimal(2 * 3 * 28 * 24)


@pytest.mark.parametrize(
    ("file", "change", "message"),
    [
        (CERTIFICATES, ("[certificates]", "[certificate]"), "did you mean 'certificates'"),
        (CERTIFICATES, ("as_of = 2027-03-31", ""), "key 'as_of' is missing; add it"),
        (CERTIFICATES, ("quantity = 4000\n", "quantity = 0\n"), "lot[0].quantity: 0 is not above"),
        (CERTIFICATES, ("vintage = 2025-03-31", "vintage = 2025"), "give the last day of"),
        (CERTIFICATES, ("vintage = 2026  ", "vintage = 1999  "), "give a year of the EU ETS"),
        (CERTIFICATES, ("cost = 5200.00", "cost = 5200.005"), "give whole cents from 0"),
        (CERTIFICATES, ('act = "cancellation"', 'act = "surrender"'), "disposal[1]: 'surrender'"),
        (CERTIFICATES, ("quantity = 3000", "quantity = 10001"), "10000 may go out so on that day"),
        (CERTIFICATES, ("units = 60000", "units = 60000\nt = 3"), "give either t, or fuel with"),
        (CERTIFICATES, ("allowance_price = 74.20", ""), "emissions need allowance_price"),
        (CERTIFICATES, ('name = "sun, April 2026"', 'name = "wind, March 2025"'), "two lots are"),
        (FUTURES, ("volume_mw = 10", "volume_mw = 0"), "position[0].volume_mw: 0 MW is no"),
        (FUTURES, ('"DE-LU Cal-27 Peak"', '"DE-LU Kal-27 Peak"'), "position[2].product: "),
        (FUTURES, ('exchange = "EEX"', 'exchange = "CME"'), "'CME' is no value of this key"),
        (FUTURES, ('"DE-LU Q2-27 Base"', '"DE-LU Q3-28 Base"'), "has no price of DE-LU Q3-28"),
        (FUTURES, ("settlements_2026_12", "settlements_2027_03"), "has no price of DE-LU Cal-27"),
        (FUTURES, ("spot_2027_01.csv", "none.csv"), "none.csv cannot be read"),
        (RIGHTS, ("\n[spot]", "\n[curve]"), "did you mean 'curves'"),
        (RIGHTS, ('there = "fr"', 'there = "es"'), "not es; name its own in the section that"),
        (RIGHTS, ("end = 2027-01-14", "end = 2027-01-15"), "here has no number in 24 periods"),
        (RIGHTS, ('kind = "physical"', 'kind = "option"'), "a financial option ships nothing"),
        (RIGHTS, ("capacity_mw = 25", "capacity_mw = 24"), "25.0 MW are nominated in period 2 of"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_named(
    file: Path,
    change: tuple[str, str],
    message: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = file.read_text()
    assert change[0] in text
    (tmp_path / "contracts").symlink_to(EXAMPLES / "contracts")
    changed = tmp_path / "contract.toml"
    changed.write_text(text.replace(*change, 1))
    act = {RIGHTS: "settle", CERTIFICATES: "inventory", FUTURES: "cascade"}[file]
    assert main(["contract", act, str(changed)]) == 2
    assert message in capsys.readouterr().err


def test_an_expiry_of_what_is_not_held_then_is_refused() -> None:
    text = FUTURES.read_text()
    first, second = text.index("[[expiry]]"), text.rindex("[[expiry]]")
    swapped = text[:first] + text[second:] + "\n" + text[first:second]
    found = parse_contract(swapped, FUTURES)
    assert isinstance(found, Futures)
    with pytest.raises(InputError, match="DE-LU Q2-27 Base ended, of which no position is held"):
        cascaded(found)


@pytest.mark.parametrize(
    ("act", "file", "fix"),
    [
        ("settle", CERTIFICATES, "use `wattbook contract inventory`"),
        ("value", FUTURES, "use `wattbook contract cascade`"),
        ("cascade", RIGHTS, "use `wattbook contract settle or value`"),
    ],
)
def test_an_act_that_does_not_fit_names_the_one_that_does(
    act: str, file: Path, fix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["contract", act, str(file)]) == 2
    assert fix in capsys.readouterr().err


def test_a_kind_that_does_not_exist_is_named() -> None:
    with pytest.raises(DeskError, match="did you mean 'certificates'"):
        parse_contract('[contract]\nname = "x"\nkind = "certificate"\n', Path("x.toml"))
