"""Structured trades at a close: prices of indices, what is left out, risk, credit, reruns."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from wattbook.cli import main
from wattbook.errors import DeskError, InputError, StoreError
from wattbook.market.curves import CurveHistory
from wattbook.portfolio.book import (
    EXERCISED,
    INDEX_PRICES,
    CloseInputs,
    DealBook,
    Flow,
    StructuredInputs,
    TradeBook,
    flow_rows,
    structured_values,
)
from wattbook.pricing import Model, european
from wattbook.risk.credit import simulated_moves
from wattbook.runtime.book import (
    BookReference,
    DayClosed,
    check_close,
    close_day,
    import_trades,
    index_positions_of,
    last_close,
    load_reference,
    make_book,
)
from wattbook.runtime.book.index_paths import UNIT, FlowPaths
from wattbook.runtime.book.kept import inputs_of
from wattbook.runtime.book.loadings import Payment
from wattbook.runtime.book.structured import index_prices
from wattbook.runtime.report.book import close_page
from wattbook.runtime.report.management import management_sections

EXAMPLES = Path(__file__).parents[3] / "examples" / "book"
FIRST = dt.date(2027, 1, 4)
NOTHING = pl.DataFrame(schema=INDEX_PRICES)
HEAD = "index,month,price,currency,unit,volatility"


def made(folder: Path, **changed: str) -> tuple[DealBook, BookReference]:
    """A book with the structured trades of the examples."""
    text = (EXAMPLES / "reference.toml").read_text(encoding="utf-8")
    for old, new in changed.items():
        assert old in text
        text = text.replace(old, new)
    # Hedge corridors mark closes too, and are tested elsewhere.
    text = text[: text.index("[[corridor]]")] + text[text.index("[structured]") :]
    folder.mkdir(exist_ok=True)
    path = folder / "given.toml"
    path.write_text(text, encoding="utf-8")
    book, reference = make_book(folder / "book", path)
    for file in sorted((EXAMPLES / "structured").glob("*.xml")):
        import_trades(TradeBook(book.folder), reference, file, person="ana")
    return book, reference


def written(folder: Path, name: str, price: float, months: tuple[int, ...] = (4, 5, 6)) -> Path:
    path = folder / f"{name}.csv"
    rows = [f"TTF month,2027-0{month},{price},EUR,MWh,0.5" for month in months]
    path.write_text("\n".join([HEAD, *rows]) + "\n", encoding="utf-8")
    return path


def closed(book: DealBook, reference: BookReference, day: int, indices: Path | None) -> DayClosed:
    date = FIRST + dt.timedelta(days=day)
    return close_day(book, reference, CurveHistory(book.folder / "curves"), date, indices=indices)


def test_a_book_of_structured_deals_alone_is_closed_explained_and_made_again(
    tmp_path: Path,
) -> None:
    book, reference = made(tmp_path)
    first = closed(book, reference, 0, EXAMPLES / "indices_2027-01-04.csv")
    assert first.marked == ()
    swap = 240 * (30 * 31.1 + 31 * 30.6 + 30 * 30.9 - 91 * 31.40)
    values = dict(first.close.structured.select("deal", "value").iter_rows())
    assert np.isclose(values["S-2001"], swap)
    second = closed(book, reference, 1, EXAMPLES / "indices_2027-01-05.csv")
    lines = {line: amount for _, line, amount in second.close.pnl.iter_rows()}
    assert lines["carry"] < 0 < lines["price"]
    assert abs(second.close.unexplained["procurement"]) < 1e-9 * abs(lines["price"])
    kept, again = check_close(book, FIRST + dt.timedelta(days=1))
    assert kept == again
    last = last_close(book)
    assert last is not None
    found = index_positions_of(book, last)
    assert found["month"].to_list() == [dt.date(2027, month, 1) for month in (4, 5, 6)]
    assert (found["quantity"] > 240 * 30).all()  # the swap, and the delta of the calls
    names = {one.name for one in management_sections(second, reference)}
    assert {"structured", "indices", "P&L"} <= names


def test_prices_that_are_not_given_again_stand_and_are_marked(tmp_path: Path) -> None:
    book, reference = made(tmp_path)
    closed(book, reference, 0, written(tmp_path, "one", 31.0))
    found = closed(book, reference, 1, written(tmp_path, "two", 32.0, (4,)))
    assert found.marked == (
        "2 months of the index 'TTF month' keep prices of 2027-01-04 or before",
    )
    values = dict(found.close.structured.select("deal", "value").iter_rows())
    assert np.isclose(values["S-2001"], 240 * (30 * 32.0 + 61 * 31.0 - 91 * 31.40))


def test_index_prices_are_held_against_a_second_source(tmp_path: Path) -> None:
    book, reference = made(tmp_path)
    second = tmp_path / "second.csv"
    second.write_text("product,price\nTTF month 2027-04,31.2\nTTF month 2027-05,35\n")
    found = close_day(
        book,
        reference,
        CurveHistory(book.folder / "curves"),
        FIRST,
        indices=written(tmp_path, "one", 31.0),
        second=second,
    )
    assert found.verified is not None
    assert found.verified.failed["product"].to_list() == ["TTF month 2027-05"]
    # April is verified, a third of what is open.
    assert 0.6 < found.verified.unverified_share < 0.72
    assert found.resting.books == {"procurement"}
    assert found.resting.counterparties == {"Nordkraft"}
    assert [one for one in found.marked if "off their second source: TTF month 2027-05" in one]
    cells = {
        one.name: [row[:3] for row in one.rows] for one in management_sections(found, reference)
    }
    assert [row[2] for row in cells["indices"]] == ["2027-04", "2027-05 †", "2027-06"]
    # Both deals are at it.
    assert {row[1] for row in cells["structured"]} == {"S-2001 †", "S-2002 †"}
    value = sum(found.close.value.values())
    page = close_page(found, reference)
    assert f"{value:,.0f} †" in page
    assert "2027-05 †</td>" in page
    assert "† rests on prices that are marked" in page


def test_what_is_not_valued_is_told_with_its_reason(tmp_path: Path) -> None:
    book, reference = made(tmp_path, **{'party = ["Stadtwerk"]': 'party = ["Somebody"]'})
    with pytest.raises(InputError, match=r"no deal made by 2027-01-04 can be valued; S-200\d: its"):
        closed(book, reference, 0, written(tmp_path, "one", 31.0))
    book, reference = made(tmp_path / "other")
    only = written(tmp_path, "bare", 31.0)
    only.write_text(only.read_text(encoding="utf-8").replace(",0.5\n", ",\n"), encoding="utf-8")
    found = closed(book, reference, 0, only)
    assert found.close.structured["deal"].to_list() == ["S-2001"]
    still, sentence = found.marked
    assert "takes prices of TTF month as they are" in still
    assert sentence.startswith("structured deal S-2002 is not valued: is an option on 'TTF month'")
    assert "give volatility or normal_volatility with --indices" in sentence


def test_an_index_without_a_rate_takes_out_only_deals_that_use_it(tmp_path: Path) -> None:
    book, reference = made(tmp_path)
    there = written(tmp_path, "one", 31.0)
    lines = there.read_text(encoding="utf-8")
    there.write_text(f"{lines}THE month,2027-04,900,HUF,MWh,\n", encoding="utf-8")
    found = closed(book, reference, 0, there)
    assert set(found.close.structured["deal"]) == {"S-2001", "S-2002"}
    assert found.marked == ()
    there.write_text(lines.replace("2027-06,31.0,EUR", "2027-06,31.0,HUF"), encoding="utf-8")
    other, reference = made(tmp_path / "other")
    with pytest.raises(InputError, match="the index 'TTF month' is in HUF, of which there is no"):
        closed(other, reference, 0, there)


@pytest.mark.parametrize(
    ("pairs", "reason"),
    [
        ('["a", "b", 0.5], ["b", "a", 0.9]', "'b' and 'a' stand twice"),
        ('["a", "a", 0.5]', "'a' stands with itself"),
    ],
)
def test_correlations_are_of_two_indices_once(tmp_path: Path, pairs: str, reason: str) -> None:
    with pytest.raises(DeskError, match=reason):
        made(tmp_path, **{"[structured]": f"[structured]\ncorrelations = [{pairs}]"})


def test_trades_are_nobodys_while_the_reference_does_not_say_whose(tmp_path: Path) -> None:
    text = (EXAMPLES / "reference.toml").read_text(encoding="utf-8")
    begin = text.index("[structured]")
    none = text[:begin] + text[text.index("[credit]") :]
    path = tmp_path / "reference.toml"
    path.write_text(none, encoding="utf-8")
    assert load_reference(path).structured is None
    path.write_text(text.replace('book = "procurement"\n\n[credit]', 'book = "x"\n\n[credit]'))
    with pytest.raises(DeskError, match=r"structured\.book.*'x'"):
        load_reference(path)


@pytest.mark.long
def test_value_at_risk_counts_structured_deals(tmp_path: Path) -> None:
    book, reference = made(tmp_path)
    price = 31.0
    changes = []
    for day in range(24):
        found = closed(book, reference, day, written(tmp_path, "moved", price))
        change = 0.5 * (-1) ** day * (1 + day % 5)
        changes.append(change)
        price += change
    risk = found.figures.risk["procurement"]
    assert risk.scenarios == 23
    assert risk.adjusted is None
    assert risk.amount is not None
    # The swap's 21,840 MWh lose the worst changes in full, the calls at most their own volume.
    worst = -sorted(changes[:-1])[1]
    assert 21_840 * worst <= risk.amount <= (21_840 + 9_000) * worst


def test_what_a_counterparty_owes_counts_structured_deals_until_they_are_paid(
    tmp_path: Path,
) -> None:
    # Without collateral, whose margin period would keep the last payment back.
    secured = (
        "threshold = 250000            # without it there is no collateral\n"
        "minimum_transfer = 50000\nmargin_days = 10\n"
    )
    book, reference = made(tmp_path, **{secured: ""})
    found = closed(book, reference, 0, written(tmp_path, "high", 60.0))
    (owed,) = found.figures.credit.counterparties
    value = float(found.close.structured["value"].sum())
    assert owed.counterparty.name == "Nordkraft"
    assert np.isclose(owed.value, value)
    profile = owed.profile
    days = np.round(profile.years * 365).astype(int)
    # June is paid on 20 July.
    assert days[-1] == (dt.date(2027, 7, 20) - FIRST).days
    assert profile.expected[-1] == 0.0
    paid = days >= (dt.date(2027, 5, 20) - FIRST).days
    assert np.isclose(profile.expected[0], value)
    assert 0.0 < profile.expected[paid][0] < 0.7 * (value + 14_000)


def test_a_frozen_index_price_that_is_changed_is_found(tmp_path: Path) -> None:
    book, reference = made(tmp_path)
    closed(book, reference, 0, written(tmp_path, "one", 31.0))
    (file,) = book.folder.glob("closes/*/*/indices.parquet")
    pl.read_parquet(file).with_columns(pl.col("price") + 1).write_parquet(file)
    with pytest.raises(StoreError, match="not as they were kept"):
        check_close(book, FIRST)
    shutil.rmtree(file.parent)
    with pytest.raises(StoreError, match="missing"):
        closed(book, reference, 1, written(tmp_path, "two", 31.0))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("index,month,price,currency\na,2027-01,1,EUR", "lacks the column unit"),
        (f"{HEAD}\na,2027-01,x,EUR,MWh,", "give numbers, and months such as 2027-07|2026-07"),
        (f"{HEAD}\na,soon,1,EUR,MWh,", "row 2: a value is missing or none that fits"),
        (f"{HEAD}\na,2027-01,1,EUR,MWh,\nb,2027-01,inf,EUR,MWh,", "row 3: a value is missing"),
        (f"{HEAD}\na,2027-01,1,EUR,MWh,11", "row 2: give one of volatility"),
        (f"{HEAD},normal_volatility\na,2027-01,1,EUR,MWh,0.2,3", "row 2: give one of volatility"),
        (f"{HEAD}\na,2027-01,1,EUR,MWh,\na,2027-01,2,EUR,MWh,", "rows 2 and 3: 'a' in 2027-01"),
    ],
)
def test_a_bad_file_of_index_prices_is_refused_with_its_row(
    tmp_path: Path, text: str, reason: str
) -> None:
    path = tmp_path / "indices.csv"
    path.write_text(text + "\n", encoding="utf-8")
    with pytest.raises(InputError, match=reason):
        index_prices(path, FIRST, NOTHING)


def test_index_prices_follow_each_other(tmp_path: Path) -> None:
    before = index_prices(written(tmp_path, "one", 31.0), FIRST, NOTHING)
    later = FIRST + dt.timedelta(days=1)
    now = index_prices(written(tmp_path, "two", 32.0, (5,)), later, before)
    assert now["price"].to_list() == [31.0, 32.0, 31.0]
    assert now["as_of"].to_list() == [FIRST, later, FIRST]
    assert now["unit"].unique().to_list() == ["megawatt_hour"]
    assert index_prices(None, later, before).equals(before)


def test_documents_that_share_a_number_are_called_by_their_files(
    recorded_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book, _ = made(tmp_path)
    samples = recorded_data / "regulatory" / "fpml" / "samples"
    told = ["book", "import", str(book.folder), str(samples), "--person", "ana", "--json"]
    assert main(told) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["new"], found["wait_for_approval"]) == (8, 0)
    assert found["notes"][0].startswith("1234 stands in several documents")
    # None of their parties is the desk of the example.
    assert sum("cannot be valued yet" in one for one in found["notes"]) == 8
    assert main(told) == 0
    assert json.loads(capsys.readouterr().out)["unchanged"] == 8


def test_a_number_of_other_parties_is_not_taken_for_an_amendment(tmp_path: Path) -> None:
    book, reference = made(tmp_path)
    text = (EXAMPLES / "structured" / "ttf_swap.xml").read_text(encoding="utf-8")
    other = tmp_path / "other.xml"
    other.write_text(text.replace("Nordkraft", "Somebody"), encoding="utf-8")
    with pytest.raises(InputError, match="S-2001 is a trade of Stadtwerk and Nordkraft"):
        import_trades(TradeBook(book.folder), reference, other, person="ana")
    found, notes = import_trades(
        TradeBook(book.folder), reference, other, person="ana", is_named_by_file=True
    )
    assert found.new == 1
    (note,) = notes
    assert note.startswith("other S-2001 is booked and cannot be valued yet: Somebody is no count")
    left = closed(book, reference, 0, written(tmp_path, "one", 31.0))
    assert set(left.close.structured["deal"]) == {"S-2001", "S-2002"}
    assert [one for one in left.marked if one.startswith("structured deal other S-2001")]


@pytest.mark.long
def test_a_change_below_zero_in_the_past_does_not_stop_the_close(tmp_path: Path) -> None:
    book, reference = made(tmp_path)
    for day in range(23):
        price = 3.0 if day == 5 else 42.0 if day == 4 else 31.0
        found = closed(book, reference, day, written(tmp_path, "moved", price))
    assert found.figures.risk["procurement"].amount is not None


def test_an_exercise_is_decided_once_and_kept(tmp_path: Path) -> None:
    book, reference = made(tmp_path)
    low, high = (written(tmp_path, name, price) for name, price in (("low", 31.0), ("high", 60.0)))
    closed(book, reference, 0, low)
    # April's option ends at the end of its month, out of the money.
    end = (dt.date(2027, 4, 30) - FIRST).days
    first = closed(book, reference, end, low)
    after = closed(book, reference, end + 1, high)
    values = [
        dict(one.close.structured.select("deal", "value").iter_rows())["S-2002"]
        for one in (first, after)
    ]
    # Only May and June have gained.
    assert values[1] - values[0] < 2 * 3_000 * (60.0 - 31.0)
    assert check_close(book, FIRST + dt.timedelta(days=end + 1))[0] == after.close.digest


def test_an_amended_option_is_decided_anew_by_the_prices_of_its_expiry(tmp_path: Path) -> None:
    book, reference = made(tmp_path)
    trades = TradeBook(book.folder)
    text = (EXAMPLES / "structured" / "ttf_call.xml").read_text(encoding="utf-8")
    expiry = "<expirationDate><adjustableDate><unadjustedDate>2027-"
    text = text.replace(f"{expiry}06-30", f"{expiry}01-04")
    document = tmp_path / "call.xml"

    def amended(quantity: int) -> None:
        document.write_text(text.replace(">3000<", f">{quantity}<"), encoding="utf-8")
        import_trades(trades, reference, document, person="ana")
        (waits,) = trades.pending()
        trades.decide(waits.number, person="ben", approves=True, known_ns=1)

    amended(3000)
    first = closed(book, reference, 0, written(tmp_path, "one", 40.0))
    amended(6000)
    second = closed(book, reference, 1, written(tmp_path, "two", 50.0))
    values = [
        dict(one.close.structured.select("deal", "value").iter_rows())["S-2002"]
        for one in (first, second)
    ]
    # Each brought 4 EUR/MWh on the day of its expiry, whatever the price is now.
    assert np.allclose(values, [9_000 * 4.0 - 14_000, 18_000 * 4.0 - 14_000])
    lines = {line: amount for _, line, amount in second.close.pnl.iter_rows()}
    assert np.isclose(lines["amendments"], 36_000.0)
    kept, again = check_close(book, FIRST + dt.timedelta(days=1))
    assert kept == again


@pytest.mark.parametrize("is_decided", [True, False])
def test_each_month_of_an_exercised_swap_is_owed_until_it_is_paid(is_decided: bool) -> None:
    months = [dt.date(2027, month, 1) for month in (4, 5, 6)]
    expiry = dt.date(2027, 3, 29 if is_decided else 31)
    flows = flow_rows(
        tuple(
            Flow(month=month, index="TTF", quantity=100.0, unit="megawatt_hour", amount=-3_000.0,
                 currency="EUR", exercise=1, expiry=expiry, sign=-1.0)
            for month in months
        ),
        deal="W-1", version=1, trade_date=FIRST, book="gas", counterparty="Nordkraft",
    )  # fmt: skip
    prices = pl.DataFrame(
        [("TTF", month, 36.0, "EUR", "megawatt_hour", 0.0, None, FIRST) for month in months],
        schema=INDEX_PRICES, orient="row",
    )  # fmt: skip
    known = [("W-1", 1, 1, True, None)] * is_decided
    exercised = pl.DataFrame(known, schema=EXERCISED, orient="row")
    day = dt.date(2027, 3, 30)
    now = CloseInputs(
        day, pl.DataFrame(), {}, {"EUR": 1.0}, StructuredInputs(flows, prices, exercised)
    )
    # April is paid on 20 May, May on 20 June, June on 20 July.
    paid = [dt.date(2027, month, 20) for month in (5, 6, 7)]
    times = [1, *(at for one in paid for at in ((one - day).days - 1, (one - day).days))]
    paths = FlowPaths(now, np.array(times), {}, 2)
    found = [float(one[0, 0]) for one in paths.values(flows, Payment(20))]
    assert np.allclose(found, [-1_800, -1_800, -1_200, -1_200, -600, -600, 0])


def test_indices_move_by_their_own_volatility(tmp_path: Path) -> None:
    book, reference = made(tmp_path)
    closed(book, reference, 0, written(tmp_path, "one", 31.0))
    (last,) = book.closed()
    now = inputs_of(book, last)
    flows, times = now.structured.flows, np.array([0, 10, 40, 100, 150, 185])
    one = simulated_moves([UNIT], times / 365.0, 20_000).factors[1]
    paths = FlowPaths(now, times, {"TTF month": one}, one.shape[1])
    values = list(paths.values(flows, Payment(20)))
    start = structured_values(now.structured, now.structured, now.day, now.fx)
    assert np.allclose(values[0].sum(axis=0), start.sum())
    swap = flows.filter(pl.col("deal") == "S-2001")
    worth = list(paths.values(swap, Payment(20)))
    linear = structured_values(replace(now.structured, flows=swap), now.structured, FIRST, now.fx)
    assert np.allclose(worth[0], linear.sum())
    # A forward has no drift: before it is paid its mean is what it is worth now.
    assert abs(worth[3].mean() - linear.sum()) < 4.0 * worth[3].std() / np.sqrt(20_000)
    # What is exposed of a forward is a call on it: April alone, paid on 20 May.
    april = swap.filter(pl.col("month") == dt.date(2027, 4, 1))
    quantity, amount = (float(april[name].sum()) for name in ("quantity", "amount"))
    exposed = np.maximum(list(paths.values(april, Payment(20)))[2][0], 0.0)
    black = european(
        Model.BLACK, "call", forward=31.0, strike=-amount / quantity, time=40 / 365, volatility=0.5
    )
    assert np.isclose(exposed.mean(), quantity * float(black.price), rtol=0.03)
    # April's price stands once the month is over (116 days on), and is paid by day 136.
    later = list(paths.values(april, Payment(40)))
    assert later[4].std() > 0.0
    assert np.array_equal(later[4], later[3])
    assert not later[5].any()


def test_what_options_may_come_to_be_worth_is_exposed(tmp_path: Path) -> None:
    secured = "threshold = 250000            # without it there is no collateral\n"
    book, reference = made(
        tmp_path, **{secured: "", "minimum_transfer = 50000\nmargin_days = 10\n": ""}
    )
    quiet = closed(book, reference, 0, written(tmp_path, "one", 31.0)).figures.credit
    assert quiet.still == ()
    wild = written(tmp_path, "wild", 31.0)
    wild.write_text(wild.read_text(encoding="utf-8").replace(",0.5", ",1.5"), encoding="utf-8")
    moved = closed(book, reference, 1, wild).figures.credit
    (one,), (two,) = quiet.sets, moved.sets
    assert one.profile.peak > 2.0 * max(one.value, 0.0)
    assert two.profile.peak > 1.5 * one.profile.peak
    assert check_close(book, FIRST + dt.timedelta(days=1))[1].count(" ") == 0


@pytest.mark.parametrize(("price", "volatility"), [(-2.0, "0.5"), (31.0, "")])
def test_an_option_that_can_no_longer_be_valued_does_not_stop_the_close(
    tmp_path: Path, price: float, volatility: str
) -> None:
    book, reference = made(tmp_path)
    first = closed(book, reference, 0, written(tmp_path, "one", 31.0))
    path = written(tmp_path, "two", price)
    path.write_text(path.read_text(encoding="utf-8").replace(",0.5", f",{volatility}"))
    second = closed(book, reference, 1, path)
    assert any(one.startswith("structured deal S-2002 is not valued") for one in second.marked)
    assert second.close.structured["deal"].to_list() == ["S-2001"]
    greeks = second.close.greeks.drop("book", "deal").sum_horizontal().sum()
    lines = {line: amount for _, line, amount in second.close.pnl.iter_rows()}
    worth = dict(first.close.structured.select("deal", "value").iter_rows())["S-2002"]
    # All of the option's worth goes: what exercise brings as withdrawn, the rest by price.
    assert np.isclose(greeks + lines["withdrawn"], -worth)
    assert max(abs(one) for one in second.close.unexplained.values()) < 1e-6
