"""What gas nominations write fits the schemas that EASEE-gas publishes (recorded data)."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path

import polars as pl
import pytest
import xmlschema

from wattbook.domain.instants import nanoseconds
from wattbook.errors import NominationError
from wattbook.execution.nominations import (
    Coded,
    GasNomination,
    GasParties,
    gate_rule,
    match_gas,
    nominate_gas,
    read_gas,
    renominate_gas,
    response_document,
)

pytestmark = pytest.mark.data
PARTIES = GasParties(
    Coded("11XISSUER------C", "305"), "ZSH", Coded("21XOPERATOR----0", "305"), "ZUK",
    Coded("ACCOUNT-1", "ZSO"), Coded("37ZTHE000000000S", "305"),
)  # fmt: skip
EU = gate_rule("EU_GAS")
CREATED = nanoseconds(dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC))
KWH = 3_600_000


@cache
def schema(folder: Path, name: str) -> xmlschema.XMLSchema:
    """Return the published schema of a document."""
    place = folder / "regulatory" / "edigas" / "xsd" / "nomination"
    file = f"urn-easee-gas-eu-edigas-BrpNominationAndMatching-{name}-6-1.xsd"
    return xmlschema.XMLSchema(str((place / file).resolve()), allow="local")


def nomination(day: dt.date, energies: dict[str, int], **changes: str) -> GasNomination:
    """Return a nomination of whole kWh/h by account, the same in every hour."""
    rows = [
        (account, hour, kwh * KWH + 1_800_000)
        for account, kwh in energies.items()
        for hour in EU.hours(day)
    ]
    table = pl.DataFrame(
        rows, schema={"counterparty": pl.String, "start": pl.Int64, "energy": pl.Int64},
        orient="row",
    )  # fmt: skip
    return nominate_gas(table, PARTIES, EU, day, identification="NOM-1", created=CREATED, **changes)  # type: ignore[arg-type]


DAYS = [dt.date(2026, 3, 2), dt.date(2026, 3, 28), dt.date(2026, 10, 24)]


@pytest.mark.parametrize("code", ["01G", "02G", "03G", "04G"])
@pytest.mark.parametrize("day", DAYS)
def test_a_nomination_of_each_code_and_length_of_day_is_valid(
    recorded_data: Path, code: str, day: dt.date
) -> None:
    made = nomination(day, {"BUY": 1_000, "SELL": -1_000, "OTHER": 3}, document_code=code)
    rules = schema(recorded_data, "NominationDocument")
    rules.validate(made.xml().decode())
    rules.validate(replace(made, flows=made.flows[:1]).xml().decode())


def test_a_renomination_is_valid(recorded_data: Path) -> None:
    day = DAYS[0]
    before = nomination(day, {"BUY": 1_000, "SELL": -1_000})
    wanted = nomination(day, {"BUY": 1_500, "SELL": -1_500})
    at = nanoseconds(dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC))
    made = renominate_gas(before, wanted, EU, day, at)
    assert made.version == 2
    schema(recorded_data, "NominationDocument").validate(made.xml().decode())


def test_a_response_is_valid(recorded_data: Path) -> None:
    made = nomination(DAYS[0], {"BUY": 1_000, "SELL": -1_000})
    buyer = Coded("BUY", "ZSO")
    counter = {(buyer, hour): Decimal(-990) for hour in EU.hours(DAYS[0])}
    for counterparts in ({}, counter):
        answer = match_gas(made, counterparts)
        content = response_document(made, answer, identification="RES-1", created=CREATED)
        schema(recorded_data, "NominationResponseDocument").validate(content.decode())


def test_what_the_schema_refuses_is_refused_by_the_description(recorded_data: Path) -> None:
    """Each element left out, doubled, emptied or given another text in turn."""
    rules = schema(recorded_data, "NominationDocument")
    text = nomination(DAYS[0], {"BUY": 1_000}).xml().decode()
    refused = both = 0
    for found in re.finditer(r"(?s)<([A-Za-z_.]+)([^<>]*)>([^<>]+)</\1>", text):
        whole, name, more, value = found[0], found[1], found[2], found[3]
        for changed in (
            "", whole * 2, f"<{name}{more}></{name}>", f"<{name}{more}>x{value}x</{name}>",
            f"<{name}{more}>-1</{name}>", f"<{name}{more}>{'9' * 60}</{name}>",
        ):  # fmt: skip
            document = text.replace(whole, changed, 1)
            if rules.is_valid(document):
                continue
            refused += 1
            with pytest.raises(NominationError):
                pytest.fail(f"{name}: {changed!r} gave {read_gas(document.encode())}")
            both += 1
    assert refused == both > 80
