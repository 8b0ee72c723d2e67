"""Nominations: rounding that keeps energy, documents both ways, what was not confirmed and why."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattbook.domain.eic import check_character, eic_fault
from wattbook.domain.instants import nanoseconds
from wattbook.errors import NominationError
from wattbook.execution.nominations import (
    Coded,
    GasFlow,
    GasNomination,
    GasParties,
    GasResponse,
    PowerParties,
    PowerReport,
    PowerSchedule,
    gas_mismatches,
    gate_from,
    gate_rule,
    lesser,
    match_gas,
    nominate_gas,
    power_mismatches,
    read_gas,
    read_power,
    renominate_gas,
    response_document,
    rounded,
    schedule_power,
)

HOUR = 3_600 * 10**9
KWH = 3_600_000
PARTIES = GasParties(
    Coded("11XISSUER------C", "305"), "ZSH", Coded("21XOPERATOR----0", "305"), "ZUK",
    Coded("ACCOUNT-1", "ZSO"), Coded("37ZTHE000000000S", "305"),
)  # fmt: skip
POWER = PowerParties(
    Coded("11XISSUER------C", "A01"), Coded("10XOPERATOR----V", "A01"),
    Coded("10YDE-VE-------2", "A01"),
)  # fmt: skip
DAY = dt.date(2026, 3, 2)
CREATED = nanoseconds(dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC))


def positions(rows: list[tuple[str | None, int, int]]) -> pl.DataFrame:
    schema = {"counterparty": pl.String, "start": pl.Int64, "energy": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def gas_day(day: dt.date = DAY) -> list[int]:
    return gate_rule("EU_GAS").hours(day)


def nomination(day: dt.date = DAY, *, mwh: int = 1) -> GasNomination:
    """Return a nomination of half a kWh/h more than whole ones, bought and sold."""
    hours = gas_day(day)
    energy = mwh * 1_000 * KWH + KWH // 2
    rows: list[tuple[str | None, int, int]] = [("BUY", hour, energy) for hour in hours]
    rows += [("SELL", hour, -energy) for hour in hours]
    return nominate_gas(
        positions(rows), PARTIES, gate_rule("EU_GAS"), day, identification="NOM-1", created=CREATED
    )


@pytest.mark.parametrize(
    ("day", "hours"),
    [(dt.date(2026, 3, 28), 23), (dt.date(2026, 10, 24), 25), (dt.date(2026, 3, 29), 24)],
)
def test_a_gas_day_begins_at_six_and_has_23_24_or_25_hours(day: dt.date, hours: int) -> None:
    starts = gas_day(day)
    assert len(starts) == hours
    summer = dt.date(2026, 3, 29) <= day < dt.date(2026, 10, 25)
    assert starts[0] // HOUR % 24 == (4 if summer else 5)


def test_half_a_kwh_of_each_hour_is_nominated_in_every_other_and_both_sides_balance() -> None:
    made = nomination()
    by_account: dict[str, list[Decimal]] = {}
    for flow in made.flows:
        hours = (flow.end - flow.begin) // HOUR
        by_account.setdefault(flow.account.value, []).extend([flow.quantity] * hours)
    bought, sold = by_account["BUY"], by_account["SELL"]
    assert set(bought) == {Decimal(1_000), Decimal(1_001)}
    assert [one + two for one, two in zip(bought, sold, strict=True)] == [0] * 24
    assert sum(bought) == 24 * 1_000 + 12


def test_a_nomination_reads_back_as_it_was_written() -> None:
    made = nomination(dt.date(2026, 10, 24))
    content = made.xml()
    assert b"<direction.gasDirectionCode>Z03" in content
    assert b"2026-10-24T04:00Z/2026-10-25T05:00Z" in content
    assert read_gas(content) == made
    empty = replace(made, flows=())
    assert read_gas(empty.xml()) == empty


@pytest.mark.parametrize(
    ("ours", "theirs", "confirmed"),
    [(100, -80, 80), (80, -100, 80), (-50, 70, -50), (-70, 50, -50), (10, 10, 0), (0, -5, 0)],
)
def test_the_lesser_rule_confirms_what_both_sides_said(
    ours: int, theirs: int, confirmed: int
) -> None:
    assert lesser(Decimal(ours), Decimal(theirs)) == confirmed
    assert lesser(Decimal(theirs), Decimal(ours)) == -confirmed


def test_what_was_not_confirmed_is_told_with_its_reason() -> None:
    hours = gas_day()
    buy, sell, gone = (Coded(name, "ZSO") for name in ("BUY", "SELL", "GONE"))
    flows = (
        GasFlow(buy, hours[0], hours[2], Decimal(100)),
        GasFlow(sell, hours[0], hours[1], Decimal(-60)),
        GasFlow(gone, hours[0], hours[1], Decimal(5)),
    )
    ours = replace(nomination(), flows=flows)
    response = GasResponse(
        "NOM-1", 1, ours.validity,
        {
            "16G": (
                GasFlow(buy, hours[0], hours[1], Decimal(80)),
                GasFlow(buy, hours[1], hours[2], Decimal(90), ("07G",)),
                GasFlow(sell, hours[0], hours[1], Decimal(-10)),
            ),
            "18G": (
                GasFlow(buy, hours[0], hours[1], Decimal(-80)),
                GasFlow(buy, hours[1], hours[2], Decimal(-100)),
                GasFlow(sell, hours[0], hours[1], Decimal(60)),
            ),
        },
    )  # fmt: skip
    found = gas_mismatches(ours, response)
    assert found.select("account", "nominated", "confirmed", "difference", "reason").rows() == [
        ("BUY", Decimal(100), Decimal(80), Decimal(-20), "lesser rule"),
        ("BUY", Decimal(100), Decimal(90), Decimal(-10), "07G"),
        ("GONE", Decimal(5), Decimal(0), Decimal(-5), "no counter nomination"),
        ("SELL", Decimal(-60), Decimal(-10), Decimal(50), "not explained"),
    ]
    with pytest.raises(NominationError, match="answers NOM-1 version 1, not NOM-1 version 2"):
        gas_mismatches(replace(ours, version=2), response)


def test_an_operator_matches_by_the_lesser_rule_and_its_answer_reads_back() -> None:
    ours = nomination()
    hours = gas_day()
    buy, sell = Coded("BUY", "ZSO"), Coded("SELL", "ZSO")
    theirs = {(buy, hour): Decimal(-900 if hour == hours[3] else -1_001) for hour in hours}
    answer = match_gas(ours, theirs)
    content = response_document(ours, answer, identification="RES-1", created=CREATED)
    back = read_gas(content)
    assert isinstance(back, GasResponse)
    assert back.series["16G"] == answer.series["16G"]
    assert (back.identification, back.version) == ("NOM-1", 1)
    found = gas_mismatches(ours, back)
    bought = found.filter(pl.col("account") == buy.value)
    assert bought.select("start", "confirmed", "reason").rows() == [(hours[3], Decimal(900), "06G")]
    # Nobody answered for the other account: all of it is lost, and each hour says so.
    sold = found.filter(pl.col("account") == sell.value)
    assert sold["reason"].to_list() == ["14G"] * 24
    assert sold["confirmed"].to_list() == [Decimal(0)] * 24


def test_a_renomination_keeps_the_hours_that_can_no_longer_change() -> None:
    gates, hours = gate_rule("EU_GAS"), gas_day()
    before, now = nomination(), nomination(mwh=2)
    # Received at 06:20 UTC of the day: the cycle begins at 07:00 and flows from 09:00.
    at = hours[0] + HOUR + 20 * 60 * 10**9
    made = renominate_gas(before, now, gates, DAY, at)
    assert made.version == 2
    buys = [flow for flow in made.flows if flow.account.value == "BUY"]
    assert {flow.quantity for flow in buys if flow.end <= hours[4]} <= {
        Decimal(1_000),
        Decimal(1_001),
    }
    assert all(flow.quantity >= 2_000 for flow in buys if flow.begin >= hours[4])
    assert next(flow.begin for flow in buys if flow.quantity >= 2_000) == hours[4]
    assert gates.first_changeable(DAY, gates.deadline_of(DAY)) == hours[0]
    # After the deadline it waits for the confirmation at 15:00 UTC, long before the day.
    assert gates.first_changeable(DAY, gates.deadline_of(DAY) + 1) == hours[0]
    assert gates.deadline_of(DAY) == hours[0] - 16 * HOUR
    with pytest.raises(NominationError, match="closed at 2026-03-03 02:00 UTC"):
        renominate_gas(before, now, gates, DAY, hours[-1] - HOUR)


RULE = {
    "source": "test", "time_zone": "UTC", "day_begins": 6, "deadline": "14:00",
    "confirmed": "16:00", "closes_before_end_hours": 3, "cycle_minutes": 60, "lead_minutes": 120,
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"time_zone": "Mars"}, "gates: 'No time zone found with key Mars'"),
        ({"deadline": "noon"}, "Invalid isoformat"),
        ({"day_begins": 24}, "24 is no whole number from 0 to 23"),
        ({"colour": 1}, r"gates\.colour: unknown"),
    ],
)
def test_gates_that_do_not_fit_are_refused(change: dict[str, object], text: str) -> None:
    assert gate_from(RULE, "gates").lead_minutes == 120
    with pytest.raises(NominationError, match=text):
        gate_from({**RULE, **change}, "gates")
    with pytest.raises(NominationError, match=r"gates\.source: missing"):
        gate_from({key: value for key, value in RULE.items() if key != "source"}, "gates")


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        ([("A", 1, 5)], "row 0: 'A' at 1970-01-01 00:00 UTC"),
        ([(None, gas_day()[0], 5)], "row 0: None"),
    ],
)
def test_a_position_off_the_gas_day_is_refused_by_row(
    rows: list[tuple[str | None, int, int]], text: str
) -> None:
    with pytest.raises(NominationError, match=text):
        nominate_gas(
            positions(rows), PARTIES, gate_rule("EU_GAS"), DAY, identification="X", created=CREATED
        )
    with pytest.raises(NominationError, match="column 'energy'"):
        nominate_gas(
            pl.DataFrame({"counterparty": ["A"], "start": [1]}), PARTIES, gate_rule("EU_GAS"), DAY,
            identification="X", created=CREATED,
        )  # fmt: skip


def scheduled(day: dt.date = DAY, minutes: int = 15) -> PowerSchedule:
    """Return a schedule of two counterparties whose quarter-hours need rounding to 0.1 MW."""
    begin = nanoseconds(dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC)) - HOUR
    rows: list[tuple[str | None, int, int]] = []
    for place in range(92):
        start = begin + place * 15 * 60 * 10**9
        power = 10_050_000 + 1_000 * place
        rows += [
            ("11XCOUNTER1----L", start, power * 900),
            ("11XCOUNTER2----F", start, -power * 900),
        ]
    return schedule_power(
        positions(rows), POWER, day, identification="SCH-1", created=CREATED, minutes=minutes
    )


@pytest.mark.parametrize(
    ("parties", "text"),
    [
        (
            replace(POWER, sender=Coded("11XISSUER-A", "A01")),
            "sender '11XISSUER-A' is no EIC: it has 11 char",
        ),
        (
            replace(POWER, sender=Coded("11XISSUER------A", "A01")),
            "that of its first 15 characters is C",
        ),
        (
            replace(POWER, receiver=Coded("10YDE-VE-------2", "A01")),
            r"receiver .* Y \(area\); give X \(party",
        ),
        (replace(POWER, area=Coded("", "A01")), "area '' is no EIC: it has 0 characters"),
        (replace(POWER, area=Coded("10Yde-VE-------2", "A01")), "it holds 'd'"),
    ],
)
def test_a_schedule_between_names_that_are_no_eic_is_refused(
    parties: PowerParties, text: str
) -> None:
    rows: list[tuple[str | None, int, int]] = []
    with pytest.raises(NominationError, match=text):
        schedule_power(positions(rows), parties, DAY, identification="S", created=CREATED)


def test_a_counterparty_that_is_no_eic_is_refused_where_the_scheme_says_that_it_is() -> None:
    start = nanoseconds(dt.datetime(DAY.year, DAY.month, DAY.day, tzinfo=dt.UTC)) - HOUR
    rows: list[tuple[str | None, int, int]] = [("11XCOUNTER1----F", start, 900), ("A", start, -900)]
    with pytest.raises(NominationError, match="counterparty '11XCOUNTER1----F' is no EIC"):
        schedule_power(positions(rows), POWER, DAY, identification="S", created=CREATED)
    national = PowerParties(Coded("US", "NAT"), Coded("TSO", "NAT"), POWER.area)
    made = schedule_power(positions(rows), national, DAY, identification="S", created=CREATED)
    assert made.parties == national


@pytest.mark.parametrize(
    ("parties", "text"),
    [
        (replace(PARTIES, issuer=Coded("11XISSUER------A", "305")), "issuer .* 15 characters is C"),
        (
            replace(PARTIES, recipient=Coded("37ZTHE000000000S", "305")),
            r"recipient .* Z \(measurement point\); give X \(party\)",
        ),
        (replace(PARTIES, account=Coded("ACCOUNT-1", "305")), "account 'ACCOUNT-1' is no EIC"),
        (replace(PARTIES, point=Coded("37QTHE000000000A", "305")), "point .* Q .no kind of EIC"),
    ],
)
def test_a_gas_nomination_between_names_that_are_no_eic_is_refused(
    parties: GasParties, text: str
) -> None:
    rows: list[tuple[str | None, int, int]] = []
    with pytest.raises(NominationError, match=text):
        nominate_gas(
            positions(rows), parties, gate_rule("EU_GAS"), DAY, identification="N", created=CREATED
        )


def test_a_gas_counterparty_is_an_eic_where_the_scheme_says_that_it_is() -> None:
    start = gas_day()[0]
    rows: list[tuple[str | None, int, int]] = [("HUB TRADER", start, KWH)]
    made = nominate_gas(
        positions(rows), PARTIES, gate_rule("EU_GAS"), DAY, identification="N", created=CREATED
    )
    assert made.flows[0].account == Coded("HUB TRADER", "ZSO")
    with pytest.raises(NominationError, match="counterparty 'HUB TRADER' is no EIC"):
        nominate_gas(
            positions(rows),
            PARTIES,
            gate_rule("EU_GAS"),
            DAY,
            identification="N",
            created=CREATED,
            scheme="305",
        )


@given(st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-", min_size=12, max_size=12), st.data())
def test_a_check_character_finds_every_single_typing_error(body: str, data: st.DataObject) -> None:
    code = f"11X{body}"
    if check_character(code) == "-":
        return
    code += check_character(code)
    assert eic_fault(code, "X") == ""
    place = data.draw(st.integers(3, 15))
    symbols = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-"
    other = data.draw(st.sampled_from(symbols.replace(code[place], "")))
    assert eic_fault(code[:place] + other + code[place + 1 :], "X")


def test_a_schedule_balances_and_keeps_energy_and_reads_back() -> None:
    made = scheduled(dt.date(2026, 3, 29))
    buy, sell = made.series
    assert len(buy.quantities) == len(sell.quantities) == 92
    assert buy.quantities == sell.quantities
    assert buy.buyer == sell.seller == POWER.sender
    assert buy.seller == Coded("11XCOUNTER1----L", "A01")
    powers = [Decimal(10_050_000 + 1_000 * place) / 1_000_000 for place in range(92)]
    exact = sum(powers, Decimal(0))
    assert abs(sum(buy.quantities, Decimal(0)) - exact) < Decimal("0.1")
    content = made.xml()
    assert b"<resolution>PT15M</resolution>" in content
    assert read_power(content) == made


@pytest.mark.parametrize("step", [Decimal(0), Decimal("0.0000001"), Decimal("NaN")])
def test_a_step_that_is_none_is_refused(step: Decimal) -> None:
    with pytest.raises(NominationError, match="in steps of"):
        schedule_power(positions([]), POWER, DAY, identification="X", created=CREATED, step=step)


def test_a_confirmation_shows_what_was_changed_and_what_is_missing() -> None:
    made = scheduled()
    buy, sell = made.series
    cut = replace(
        buy, quantities=(buy.quantities[0] - 1, *buy.quantities[1:]), reasons=("A99 congestion",)
    )
    report = PowerReport("confirmation", "SCH-1", 1, ("A07 partially accepted",), imposed=(cut,))
    found = power_mismatches(made, report)
    assert found.filter(pl.col("status") == "imposed").select(
        "series", "difference", "reason"
    ).rows() == [("TS0001", Decimal(-1), "A99 congestion")]
    missing = found.filter(pl.col("status") == "not reported")
    assert missing["series"].unique().to_list() == ["TS0002"]
    assert missing.height == len(sell.quantities)
    same = PowerReport("confirmation", "SCH-1", 1, (), confirmed=made.series)
    assert power_mismatches(made, same).height == 0
    with pytest.raises(NominationError, match="about SCH-1 revision 1, not SCH-1 revision 2"):
        power_mismatches(replace(made, revision=2), same)


ANOMALY = """<AnomalyReport_MarketDocument
  xmlns="urn:iec62325.351:tc57wg16:451-2:anomalydocument:5:2">
  <mRID>ANO-1</mRID>
  <createdDateTime>2026-03-01T14:00:00Z</createdDateTime>
  <sender_MarketParticipant.mRID codingScheme="A01">10XOPERATOR----V</sender_MarketParticipant.mRID>
  <sender_MarketParticipant.marketRole.type>A04</sender_MarketParticipant.marketRole.type>
  <receiver_MarketParticipant.mRID codingScheme="A01">
    11XISSUER------C
  </receiver_MarketParticipant.mRID>
  <receiver_MarketParticipant.marketRole.type>A08</receiver_MarketParticipant.marketRole.type>
  <schedule_Time_Period.timeInterval>
    <start>2026-03-01T23:00Z</start><end>2026-03-02T23:00Z</end>
  </schedule_Time_Period.timeInterval>
  <domain.mRID codingScheme="A01">10YDE-VE-------2</domain.mRID>
  {parts}
</AnomalyReport_MarketDocument>"""
PART = """<Anomaly_MarketDocument>
    <marketParticipant.mRID codingScheme="A01">{party}</marketParticipant.mRID>
    <mRID>{document}</mRID>
    <revisionNumber>1</revisionNumber>
    <TimeSeries>
      <mRID>{name}</mRID><version>1</version><businessType>A02</businessType>
      <product>8716867000016</product><objectAggregation>A03</objectAggregation>
      <in_MarketParticipant.mRID codingScheme="A01">11XISSUER------C</in_MarketParticipant.mRID>
      <out_MarketParticipant.mRID codingScheme="A01">11XCOUNTER1----L</out_MarketParticipant.mRID>
      <measurement_Unit.name>MAW</measurement_Unit.name><curveType>A03</curveType>
      <Period>
        <timeInterval><start>2026-03-01T23:00Z</start><end>2026-03-02T22:00Z</end></timeInterval>
        <resolution>PT15M</resolution>
        <Point><position>1</position><quantity>9</quantity></Point>
      </Period>
      <Reason><code>A28</code><text>counterpart differs</text></Reason>
    </TimeSeries>
  </Anomaly_MarketDocument>"""


def test_an_anomaly_report_is_set_against_our_series_of_the_same_parties() -> None:
    made = scheduled()
    parts = PART.format(party="11XCOUNTER1----L", document="THEIRS", name="X1")
    parts += PART.format(party="11XISSUER------C", document="SCH-1", name="TS0001")
    report = read_power(ANOMALY.format(parts=parts).encode())
    assert isinstance(report, PowerReport)
    assert (report.kind, report.identification, report.revision) == ("anomaly", "SCH-1", 1)
    # Curve type A03: the one point holds for all 92 quarter-hours.
    assert report.anomalies[0].quantities == (Decimal(9),) * 92
    found = power_mismatches(made, replace(report, anomalies=report.anomalies[:1]))
    assert found["series"].unique().to_list() == ["TS0001"]
    assert found["reason"].unique().to_list() == ["A28 counterpart differs"]
    assert found["reported"].drop_nulls().unique().to_list() == [Decimal(9)]


BROKEN = [
    (b"<a/>", "line 1: <a> where one of"),
    (b"", "no document"),
    (b"<!DOCTYPE x [<!ENTITY y 'z'>]><x>&y;</x>", "a document type is refused"),
]


@pytest.mark.parametrize(("content", "text"), BROKEN)
def test_what_is_no_document_is_refused(content: bytes, text: str) -> None:
    for reader in (read_gas, read_power):
        with pytest.raises(NominationError, match=text):
            reader(content)


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        (
            b"<version>1<",
            b"<version>1000<",
            "Nomination_Document/version: '1000' is no whole number",
        ),
        (b"<version>1</version>", b"", "<documentCode> where <version> was expected"),
        (b"<documentCode>02G<", b"<documentCode>99G<", "'99G' is no one of 01G"),
        (
            b"</documentCode>",
            b"</documentCode><documentCode>02G</documentCode>",
            "more than 1 time",
        ),
        (b':6:1"', b':5:1"', "name space is none of"),
        (b' schemaVersion="1"', b"", "attribute schemaVersion is missing"),
        (b'codingScheme="305"', b'codingScheme="XXX"', "codingScheme 'XXX'; use one of 305, ZSO"),
        (b"<quantity.amount>1000<", b"<quantity.amount>-5<", "'-5' is no number with at most"),
        (b"<quantity.amount>1000<", b"<quantity.amount>1e3<", "'1e3' is no number"),
        (b"T05:00Z/", b"T05:00/", "is no interval as"),
        (b"2026-03-01T12:00:00Z", b"2026-02-30T12:00:00Z", "is no UTC instant as"),
        (b"<Internal_Account>", b"<Internal_Account>text", "text 'text' was not expected here"),
        (b"</Internal_Account>", b"</Internal_Account><more/>", "<more> was not expected here"),
        (b"KW1", b"KW2", "unit KW2; only KW1"),
    ],
)
def test_a_nomination_that_breaks_its_description_is_refused_by_line_and_element(
    old: bytes, new: bytes, text: str
) -> None:
    content = nomination().xml()
    assert old in content
    with pytest.raises(NominationError, match=text) as told:
        read_gas(content.replace(old, new, 1))
    assert "line " in str(told.value) or "unit" in str(told.value)


def test_flows_that_overlap_are_refused() -> None:
    made = nomination()
    twice = replace(made, flows=(*made.flows, made.flows[0]))
    with pytest.raises(NominationError, match="has two quantities at"):
        read_gas(twice.xml())


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"identification": "x" * 36}, "identification: 'x+' is no text of 1 to 35 characters"),
        ({"identification": "a\x00"}, "is no text of"),
        ({"version": 1_000}, "1000 is no whole number"),
        ({"document_code": "08G"}, "'08G' is no one of"),
        ({"created": 5}, "5 is no UTC instant"),
        ({"validity": (HOUR, 0)}, "is no interval"),
        ({"parties": replace(PARTIES, issuer=Coded("X", "A01"))}, "codingScheme 'A01'"),
    ],
)
def test_a_value_that_does_not_fit_is_never_written(change: dict[str, object], text: str) -> None:
    with pytest.raises(NominationError, match=text):
        replace(nomination(), **change).xml()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        (b"<position>2<", b"<position>3<", "position 2 of 96 is missing"),
        (b"<position>2<", b"<position>1<", "position 1 after 1 of 96"),
        (b"<position>96<", b"<position>97<", "position 97 after 95 of 96"),
        (b"PT15M", b"PT60M", "position 25 after 24 of 24"),
        (b"MAW", b"MWH", "unit MWH; only MAW"),
        (b"<end>2026-03-02T23:00Z</end>", b"<end>2026-03-02T22:59Z</end>", None),
    ],
)
def test_points_that_do_not_fill_their_period_are_refused(
    old: bytes, new: bytes, text: str | None
) -> None:
    content = scheduled().xml()
    assert content.count(old) >= 1
    if text is None:  # the first end is the document's, the second the period's
        content, text = content.replace(old, new), "are not 1 to"
    else:
        content = content.replace(old, new, 1)
    with pytest.raises(NominationError, match=text):
        read_power(content)


@pytest.mark.data
def test_published_samples_are_read_and_written_alike(recorded_data: Path) -> None:
    folder = recorded_data / "regulatory"
    for name in ("01G", "02G"):
        ours = read_gas((folder / "edigas" / "samples" / f"NOMINT-{name}.xml").read_bytes())
        assert isinstance(ours, GasNomination)
        assert read_gas(ours.xml()) == ours
        assert [flow.quantity for flow in ours.flows] == [100, 120, -200]
        response = read_gas((folder / "edigas" / "samples" / f"NOMRES-{name}.xml").read_bytes())
        assert isinstance(response, GasResponse)
        told = replace(response, identification=ours.identification, version=ours.version)
        assert gas_mismatches(ours, told).height == 0
        assert sorted(response.series)[-2:] == ["16G", "18G"]
    refusal = read_gas((folder / "edigas" / "samples" / "ACKNOW-294.xml").read_bytes())
    assert isinstance(refusal, GasResponse)
    assert refusal.reasons == ("14G unknown account 23564879",)
    samples = folder / "entsoe" / "samples"
    # The published samples are sketches: one leaves points out, one does not close its elements.
    with pytest.raises(NominationError, match="series TS0001: position 5 of 24 is missing"):
        read_power((samples / "iec62325-451-2-schedule_v5_2.xml").read_bytes())
    with pytest.raises(NominationError, match=r"confirmed_MarketDocument\.mRID> was expected"):
        read_power((samples / "iec62325-451-2-confirmation_v5_1.xml").read_bytes())


def test_series_of_different_lengths_and_steps_of_none_are_refused() -> None:
    with pytest.raises(NominationError, match="different lengths"):
        rounded({"a": [1], "b": [1, 2]}, 5)
    with pytest.raises(NominationError, match="step 0"):
        rounded({"a": [1]}, 0)
    assert rounded({}, 5) == {}
    assert rounded({"a": []}, 5) == {"a": []}
