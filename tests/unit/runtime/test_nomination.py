"""``wattbook nominate`` as its user sees it: documents out, responses in, mismatches shown."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from wattbook.cli.main import main
from wattbook.errors import NominationError
from wattbook.execution.nominations import GasNomination, PowerSchedule, read_gas, read_power
from wattbook.runtime.nomination import load_nomination

EXAMPLES = Path(__file__).parents[3] / "examples"
GAS, POWER = EXAMPLES / "nominate_gas.toml", EXAMPLES / "nominate_power.toml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a copy of the examples that a test may change."""
    shutil.copytree(EXAMPLES / "nominations", tmp_path / "nominations")
    shutil.copy(GAS, tmp_path)
    shutil.copy(POWER, tmp_path)
    return tmp_path


def test_a_gas_day_of_23_hours_is_written_and_its_response_compared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, response = tmp_path / "nomint.xml", EXAMPLES / "nominations" / "nomres.xml"
    assert main(["nominate", str(GAS), "--out", str(out), "--response", str(response)]) == 1
    told = capsys.readouterr().out
    assert "nomres.xml: 3 periods differ" in told
    assert "14G" in told
    made = read_gas(out.read_bytes())
    assert isinstance(made, GasNomination)
    assert (made.validity[1] - made.validity[0]) // 3_600_000_000_000 == 23
    command = ["nominate", str(GAS), "--json", "--response", str(response)]
    assert main(command) == 1
    found = json.loads(capsys.readouterr().out)
    assert [row["reason"] for row in found["responses"][0]["differences"]] == ["06G", "06G", "14G"]
    assert [row["mwh"] for row in found["mwh"]] == ["291.812", "291.812"]


def test_a_schedule_is_written_and_is_no_response(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "schedule.xml"
    assert main(["nominate", str(POWER), "--out", str(out), "--plain"]) == 0
    assert "11XSUPPLIER----A  out" in capsys.readouterr().out
    made = read_power(out.read_bytes())
    assert isinstance(made, PowerSchedule)
    assert [len(one.quantities) for one in made.series] == [96, 96]
    assert main(["nominate", str(POWER), "--response", str(out)]) == 2
    assert "this is a schedule, not a report" in capsys.readouterr().err


def test_an_acknowledgement_confirms_nothing_and_says_why(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    refusal = folder / "acknow.xml"
    refusal.write_text(
        "<Acknowledgement_Document "
        'xmlns="urn:easee-gas.eu:edigas:General:AcknowledgementDocument:6:1"'
        ' schemaVersion="1"><identification>A</identification><documentCode>294</documentCode>'
        "<creationDateTime>2026-03-27T12:00:00Z</creationDateTime>"
        '<issuer_MarketParticipant.identification codingScheme="305">B'
        "</issuer_MarketParticipant.identification>"
        "<issuer_MarketParticipant.marketRole.roleCode>ZUK"
        "</issuer_MarketParticipant.marketRole.roleCode>"
        '<recipient_MarketParticipant.identification codingScheme="305">C'
        "</recipient_MarketParticipant.identification>"
        "<recipient_MarketParticipant.marketRole.roleCode>ZSH"
        "</recipient_MarketParticipant.marketRole.roleCode>"
        "<Reason><reasonCode>04G</reasonCode><text>too late</text></Reason>"
        "</Acknowledgement_Document>"
    )
    assert main(["nominate", str(GAS), "--response", str(refusal), "--plain"]) == 1
    told = capsys.readouterr().out
    assert "acknow.xml: 04G too late" in told
    assert "nothing is confirmed" in told


def test_a_renomination_keeps_closed_hours_of_the_one_before(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = folder / "first.xml", folder / "second.xml"
    assert main(["nominate", str(folder / GAS.name), "--out", str(first)]) == 0
    text = (folder / GAS.name).read_text().replace("2026-03-27T11:30:00Z", "2026-03-28T10:10:00Z")
    (folder / GAS.name).write_text(text)
    gas = folder / "nominations" / "gas.csv"
    gas.write_text(gas.read_text().replace("12.5005", "20.0005"))
    command = ["nominate", str(folder / GAS.name), "--previous", str(first), "--out", str(second)]
    capsys.readouterr()
    # Two hours of the new positions had closed, on both sides.
    assert main([*command, "--json"]) == 1
    late = json.loads(capsys.readouterr().out)["late"]
    assert [(row["buyer"], row["asked"]) for row in late[:2]] == [
        ("HUB TRADER", "20001.000000"), ("STADTWERK", "-20001.000000"),
    ]  # fmt: skip
    assert len(late) == 4
    assert main([*command, "--plain"]) == 1
    assert "4 changes came too late and stay as they were sent" in capsys.readouterr().out
    # Without the one before, hours that have closed cannot be asked for.
    assert main(["nominate", str(folder / GAS.name)]) == 2
    assert "can be changed from 2026-03-28 13:00 UTC on only" in capsys.readouterr().err
    before, after = read_gas(first.read_bytes()), read_gas(second.read_bytes())
    assert isinstance(before, GasNomination)
    assert isinstance(after, GasNomination)
    assert after.version == 2
    # The cycle begins at 11:00 UTC and flows from 13:00, eight hours into the gas day.
    closed = before.validity[0] + 8 * 3_600_000_000_000
    assert [one for one in before.flows if one.end <= closed] == [
        one for one in after.flows if one.end <= closed
    ]
    assert any(abs(one.quantity) >= 20_000 for one in after.flows if one.begin >= closed)


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ('kind = "gas"', 'kind = "coal"', "kind 'coal'; use gas or power"),
        ("day = 2026-03-28", 'day = "x"', "day 'x'; write it as"),
        ("[point]", "[spot]", r"\[point\] is missing"),
        ('scheme = "ZSO"', 'scheme = "A01"', "codingScheme 'A01'; use one of 305, ZSO"),
        ('role = "ZSH"', 'role = "A08"', "'A08' is no one of ZSH"),
        ('gates = "EU_GAS"', 'gates = "MARS"', "no gates for 'MARS'; known are EU_GAS"),
        ("version = 1", "version = 0.5", "0.5 is no whole number"),
        ("version = 1", "colour = 1", "colour is unknown"),
        ("2026-03-27T11:30:00Z", "2026-03-27T11:30:00", "created datetime"),
        ("nominations/gas.csv", "nominations/none.csv", "cannot be read"),
        ("[nomination]", "[nomination", "is no TOML"),
        ("[nomination]", "[other]", r"\[nomination\] is missing"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_by_place(
    folder: Path, old: str, new: str, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = folder / GAS.name
    content = path.read_text()
    assert old in content
    path.write_text(content.replace(old, new, 1))
    assert main(["nominate", str(path)]) == 2
    assert re.search(text, capsys.readouterr().err)


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ("mwh", "energy", "positions: column 'mwh' is missing"),
        ("12.5005", "much", "positions.mwh: String where numbers belong"),
        ("2026-03-28T06:00:00+01:00", "2026-03-28T06:00:00", "positions, row 0"),
    ],
)
def test_positions_that_do_not_fit_are_refused_by_row(
    folder: Path, old: str, new: str, text: str
) -> None:
    path = folder / "nominations" / "gas.csv"
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(NominationError, match=text):
        load_nomination(folder / GAS.name)


def power_at(folder: Path, created: str, **changes: str) -> Path:
    """Return the example's schedule as it is made at an instant, with other keys."""
    path = folder / POWER.name
    text = POWER.read_text().replace("2026-03-01T12:00:00Z", created)
    for key, value in changes.items():
        text = re.sub(rf"(?m)^{key} = .*$", f"{key} = {value}", text)
    path.write_text(text)
    return path


def test_a_schedule_after_its_gate_is_refused_or_keeps_what_has_closed(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = folder / "first.xml"
    on_time = power_at(folder, "2026-03-01T13:30:00Z")
    assert main(["nominate", str(on_time), "--out", str(first)]) == 0
    assert main(["nominate", str(power_at(folder, "2026-03-01T13:30:01Z"))]) == 2
    assert "were taken until 2026-03-01 13:30 UTC" in capsys.readouterr().err
    # Between the deadline and 18:00 it is taken, and looked at later.
    early = power_at(folder, "2026-03-01T15:00:00Z", process='"A02"')
    assert main(["nominate", str(early), "--previous", str(first), "--plain"]) == 0
    assert "it is looked at from 2026-03-01 17:00 UTC on" in capsys.readouterr().out
    csv = folder / "nominations" / "power.csv"
    csv.write_text(csv.read_text().replace(",2.5000", ",3.5000").replace(",-2.5000", ",-3.5000"))
    intraday = power_at(folder, "2026-03-02T10:00:00Z", process='"A02"')
    command = ["nominate", str(intraday), "--previous", str(first)]
    assert main([*command, "--json"]) == 1
    late = json.loads(capsys.readouterr().out)["late"]
    assert {row["buyer"] for row in late} == {"11XISSUER------C", "11XSUPPLIER----A"}
    assert {(row["asked"], row["kept"]) for row in late} == {("14.000000", "10.000000")}
    assert main(["nominate", str(intraday)]) == 2
    assert "give what was sent before, with --previous" in capsys.readouterr().err


def test_gates_of_a_file_take_the_place_of_those_of_the_package(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = power_at(folder, "2026-03-01T15:00:00Z")
    own = (
        '\n[[gates]]\nstart = 2025-01-01\nsource = "ours"\ntime_zone = "Europe/Berlin"\n'
        'deadline = "16:30"\nintraday_from = "21:00"\nlead_minutes = 30\nperiod_minutes = 15\n'
    )
    assert main(["nominate", str(path)]) == 2
    path.write_text(path.read_text() + own)
    assert main(["nominate", str(path)]) == 0
    path.write_text(path.read_text().replace('"Europe/Berlin"\ndead', '"Europe/Paris"\ndead'))
    capsys.readouterr()
    assert main(["nominate", str(path)]) == 2
    assert (
        "gates of the file count on Europe/Paris, the day on Europe/Be" in capsys.readouterr().err
    )
