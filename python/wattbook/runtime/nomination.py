"""``wattbook nominate`` from one file: positions become documents, responses become mismatches."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import polars as pl

from wattbook.domain.instants import nanoseconds
from wattbook.errors import NominationError
from wattbook.execution.nominations import (
    Coded,
    GasNomination,
    GasParties,
    GasResponse,
    PowerGate,
    PowerParties,
    PowerReport,
    PowerSchedule,
    gas_mismatches,
    gate_rule,
    nominate_gas,
    power_gate,
    power_gates_from,
    power_mismatches,
    read_gas,
    read_power,
    renominate_gas,
    schedule_power,
    within_gates,
)
from wattbook.execution.nominations.gas import late_hours, refuse_late
from wattbook.execution.nominations.gates import LATE, utc
from wattbook.execution.nominations.power_gates import of_day
from wattbook.portfolio.money import energy_from_mwh

__all__ = ["MadeDocument", "NominationPlan", "load_nomination", "made_document", "mismatches_of"]

KEYS = {
    "kind", "day", "positions", "identification", "version", "created", "document_code", "gates",
    "time_zone", "minutes", "step_mw", "process", "area", "after", "counterparty_scheme",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class NominationPlan:
    """What to nominate.

    Parameters
    ----------
    kind : str
        ``gas`` or ``power``.
    day : date
        Gas day or local day.
    positions : polars.DataFrame
        ``counterparty``, ``start`` (ns UTC), ``energy`` (1e-6 MW s, bought above zero).
    keys : dict
        The other keys of ``[nomination]``.
    parties : dict of str to dict
        The tables ``[issuer]``, ``[recipient]``, ``[account]``, ``[point]``.
    gates : tuple of PowerGate
        Rules of the file itself, for power; empty for those of the package.
    place : str
        The file, for errors.
    """

    kind: str
    day: dt.date
    positions: pl.DataFrame
    keys: Mapping[str, Any]
    parties: Mapping[str, Mapping[str, Any]]
    gates: tuple[PowerGate, ...]
    place: str

    def coded(self, table: str) -> Coded:
        """Return a name with its scheme from a table of the file."""
        entry = self.parties[table]
        for key in ("id", "scheme"):
            if not isinstance(entry.get(key), str):
                message = f"{self.place}, [{table}]: {key} {entry.get(key)!r}; give a text"
                raise NominationError(message)
        return Coded(entry["id"], entry["scheme"])

    def role(self, table: str) -> str:
        """Return the role of a party."""
        return str(self.parties[table].get("role", ""))


@dataclass(frozen=True, slots=True)
class MadeDocument:
    """What is sent, and what of it came too late.

    Parameters
    ----------
    document : GasNomination or PowerSchedule
    late : polars.DataFrame
        Changes of hours that had closed: they stay as they were sent before. Columns as
        `wattbook.execution.nominations.gates.LATE`; kWh/h in gas, MW in power.
    note : str
        What whoever sends it should know; empty for nothing.
    """

    document: GasNomination | PowerSchedule
    late: pl.DataFrame
    note: str = ""


def load_nomination(path: Path) -> NominationPlan:
    """Return the plan of a file; paths in it are taken from its folder.

    Raises
    ------
    NominationError
        If it cannot be read, or a key is missing, unknown or does not fit.
    """
    document = document_of(path)
    main = document.get("nomination")
    if not isinstance(main, dict):
        message = f"{path}: [nomination] is missing"
        raise NominationError(message)
    unknown = sorted(set(main) - KEYS)
    if unknown:
        message = (
            f"{path}, [nomination]: {unknown[0]} is unknown; known are {', '.join(sorted(KEYS))}"
        )
        raise NominationError(message)
    kind, day = main.get("kind"), main.get("day")
    if kind not in ("gas", "power"):
        message = f"{path}, [nomination]: kind {kind!r}; use gas or power"
        raise NominationError(message)
    if not isinstance(day, dt.date) or isinstance(day, dt.datetime):
        message = f"{path}, [nomination]: day {day!r}; write it as 2026-03-02"
        raise NominationError(message)
    needed = (
        ("issuer", "recipient", "account", "point") if kind == "gas" else ("issuer", "recipient")
    )
    for name in needed:
        if not isinstance(document.get(name), dict):
            message = f"{path}: [{name}] is missing"
            raise NominationError(message)
    for key in ("identification", "positions"):
        if not isinstance(main.get(key), str):
            message = f"{path}, [nomination]: {key} {main.get(key)!r}; give a text"
            raise NominationError(message)
    gates: tuple[PowerGate, ...] = ()
    if "gates" in document:
        if kind == "gas":
            message = f"{path}: [[gates]] are of power; name those of gas in [nomination], gates"
            raise NominationError(message)
        gates = power_gates_from(document["gates"], "gates")
    return NominationPlan(
        kind, day, positions_of(path.parent / main["positions"]), main,
        {name: document[name] for name in needed}, gates, str(path),
    )  # fmt: skip


def document_of(path: Path) -> dict[str, Any]:
    """Return the TOML of a file."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as fault:
        message = f"{path} cannot be read ({fault.strerror}); give the file of a nomination"
        raise NominationError(message) from fault
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        message = f"{path} is no TOML: {fault}"
        raise NominationError(message) from fault


def positions_of(path: Path) -> pl.DataFrame:
    """Return positions from a CSV file: ``counterparty``, ``start`` (ISO 8601), ``mwh``."""
    try:
        table = pl.read_csv(path, infer_schema_length=None)
    except (OSError, pl.exceptions.PolarsError) as fault:
        message = f"positions: {path} cannot be read ({str(fault).splitlines()[0]})"
        raise NominationError(message) from fault
    for column in ("counterparty", "start", "mwh"):
        if column not in table.columns:
            message = f"positions: column {column!r} is missing; {path} has {table.columns}"
            raise NominationError(message)
    if not table["mwh"].dtype.is_numeric():
        message = f"positions.mwh: {table['mwh'].dtype} where numbers belong; mend {path}"
        raise NominationError(message)
    starts = []
    for row, text in enumerate(table["start"].cast(pl.String)):
        try:
            starts.append(nanoseconds(dt.datetime.fromisoformat(str(text))))
        except ValueError as fault:
            message = f"positions, row {row}: {text!r} is no instant; as 2026-03-02T06:00:00+01:00"
            raise NominationError(message) from fault
    return table.select(
        pl.col("counterparty").cast(pl.String),
        pl.Series("start", starts, dtype=pl.Int64),
        energy=energy_from_mwh(pl.col("mwh")),
    )


def made_document(plan: NominationPlan, now: int, previous: bytes | None = None) -> MadeDocument:
    """Return the document of a plan, within the gates of its market.

    Parameters
    ----------
    plan : NominationPlan
        What to nominate.
    now : int
        ns UTC, to the second; when it is created if the file does not say so.
    previous : bytes, optional
        The document that this one replaces: hours that can no longer change stay as there.

    Raises
    ------
    NominationError
        If a position, a name or an instant does not fit, or the gate has closed.
    """
    created = plan.keys.get("created")
    if created is not None and (not isinstance(created, dt.datetime) or created.tzinfo is None):
        message = f"{plan.place}, [nomination]: created {created!r}; as 2026-03-01T12:00:00Z"
        raise NominationError(message)
    at = now if created is None else nanoseconds(created)
    version = plan.keys.get("version", 1)
    if plan.kind == "power":
        return power_document(plan, at, version, previous)
    gates = gate_rule(str(plan.keys.get("gates", "EU_GAS")))
    made = nominate_gas(
        plan.positions,
        GasParties(
            plan.coded("issuer"), plan.role("issuer"), plan.coded("recipient"),
            plan.role("recipient"), plan.coded("account"), plan.coded("point"),
        ),
        gates, plan.day, identification=plan.keys["identification"], created=at, version=version,
        document_code=str(plan.keys.get("document_code", "02G")),
        scheme=str(plan.keys.get("counterparty_scheme", "ZSO")),
    )  # fmt: skip
    if previous is None:
        refuse_late(gates, plan.day, made, at)
        return MadeDocument(made, pl.DataFrame(schema=LATE))
    before = read_gas(previous)
    if not isinstance(before, GasNomination):
        message = "the document before is a response; give the nomination that was sent last"
        raise NominationError(message)
    sent = renominate_gas(before, made, gates, plan.day, at)
    return MadeDocument(sent, late_hours(made, sent, gates, plan.day, at))


def gate_of(plan: NominationPlan, zone: str) -> PowerGate:
    """Return the gates of a plan's day.

    Raises
    ------
    NominationError
        If there are none, or they count on another clock.
    """
    key = str(plan.keys.get("gates", "DE_POWER"))
    gate = of_day(plan.gates, "gates", plan.day) if plan.gates else power_gate(key, plan.day)
    if gate.time_zone != zone:
        message = (
            f"{plan.place}: gates {'of the file' if plan.gates else key} count on "
            f"{gate.time_zone}, the day on {zone}; give the market's own as [[gates]]"
        )
        raise NominationError(message)
    return gate


def power_document(
    plan: NominationPlan, at: int, version: int, previous: bytes | None
) -> MadeDocument:
    """Return the schedule of a plan, within its gates."""
    try:
        step = Decimal(str(plan.keys.get("step_mw", "0.1")))
    except InvalidOperation as fault:
        message = f"{plan.place}, [nomination]: step_mw {plan.keys.get('step_mw')!r} is no number"
        raise NominationError(message) from fault
    issuer = plan.coded("issuer")
    zone = str(plan.keys.get("time_zone", "Europe/Berlin"))
    wanted = schedule_power(
        plan.positions,
        PowerParties(
            issuer, plan.coded("recipient"),
            Coded(str(plan.keys.get("area", "")), issuer.scheme),
            plan.role("issuer") or "A08", plan.role("recipient") or "A04",
        ),
        plan.day, identification=plan.keys["identification"], created=at,
        time_zone=zone,
        minutes=plan.keys.get("minutes", 15), step=step, revision=version,
        process=str(plan.keys.get("process", "A01")),
    )  # fmt: skip
    before = None if previous is None else read_power(previous)
    if isinstance(before, PowerReport):
        message = "the document before is a report; give the schedule that was sent last"
        raise NominationError(message)
    is_after = plan.keys.get("after", False)
    if type(is_after) is not bool:
        message = f"{plan.place}, [nomination]: after {is_after!r}; write true or false"
        raise NominationError(message)
    gate = gate_of(plan, zone)
    sent, late = within_gates(gate, plan.day, wanted, at, before, is_after=is_after)
    looked_at = gate.looked_at_from(plan.day)
    if gate.deadline_of(plan.day) < at < looked_at:
        return MadeDocument(sent, late, f"it is looked at from {utc(looked_at)} on")
    return MadeDocument(sent, late)


def mismatches_of(
    made: GasNomination | PowerSchedule, content: bytes
) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Return what a response differs in, and its reasons.

    Raises
    ------
    NominationError
        If it is no response, or answers another document.
    """
    if isinstance(made, GasNomination):
        answer = read_gas(content)
        if not isinstance(answer, GasResponse):
            message = "this is a nomination, not a response; give what came back"
            raise NominationError(message)
        if not answer.series:
            # An acknowledgement: nothing is confirmed, and it says why.
            return pl.DataFrame(), answer.reasons
        return gas_mismatches(made, answer), answer.reasons
    report = read_power(content)
    if not isinstance(report, PowerReport):
        message = "this is a schedule, not a report; give what came back"
        raise NominationError(message)
    return power_mismatches(made, report), report.reasons
