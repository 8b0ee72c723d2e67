"""Gas nominations: from positions to NOMINT, from NOMRES to what was confirmed and what was not.

Signs: a quantity is above zero when gas goes into the account (bought, ``Z02``), below zero when it
goes out (sold, ``Z03``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import polars as pl

from wattbook.domain.eic import EIC_KINDS
from wattbook.errors import NominationError
from wattbook.execution.nominations.codes import check_eics
from wattbook.execution.nominations.gas_documents import ACKNOW, NOMINT, NOMRES
from wattbook.execution.nominations.gates import LATE, GateRule, utc
from wattbook.execution.nominations.rounding import rounded
from wattbook.execution.nominations.schema import Coded, read, write

__all__ = [
    "GasFlow",
    "GasNomination",
    "GasParties",
    "GasResponse",
    "by_counterparty",
    "hourly",
    "merged",
    "nominate_gas",
    "read_gas",
    "renominate_gas",
]

HOUR = 3_600_000_000_000
KWH = 3_600_000
"""A kWh in 1e-6 MW s."""
EIC_SCHEME = "305"
ANY_KIND = "".join(EIC_KINDS)
"""EASEE-gas leaves open what kind of EIC an account or a point has."""


@dataclass(frozen=True, slots=True)
class GasParties:
    """Who nominates to whom, for which account at which point.

    Parameters
    ----------
    issuer, recipient : Coded
        With their schemes: ``305`` for EIC, ``ZSO`` for names of the system operator.
    issuer_role, recipient_role : str
        ``ZSH`` balance responsible party, ``ZSO`` system operator, ``ZUK`` area coordinator.
    account, point : Coded
        Internal account and connection point.
    """

    issuer: Coded
    issuer_role: str
    recipient: Coded
    recipient_role: str
    account: Coded
    point: Coded


@dataclass(frozen=True, slots=True)
class GasFlow:
    """A quantity with one counterparty over some hours.

    Parameters
    ----------
    account : Coded
        The counterparty's account.
    begin, end : int
        ns UTC.
    quantity : Decimal
        kWh/h; into our account above zero.
    statuses : tuple of str
        Why it differs, in a response: ``06G`` mismatch, ``14G`` no counter nomination, and so on.
    """

    account: Coded
    begin: int
    end: int
    quantity: Decimal
    statuses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GasNomination:
    """A nomination (NOMINT).

    Parameters
    ----------
    identification, version, document_code : str, int, str
        ``01G`` of a connection point, ``02G`` of OTC trades at a virtual point.
    created : int
        ns UTC.
    validity : tuple of int
        First instant and first one after, ns UTC.
    parties : GasParties
        Who to whom.
    flows : tuple of GasFlow
        In order of accounts and time.
    """

    identification: str
    version: int
    document_code: str
    created: int
    validity: tuple[int, int]
    parties: GasParties
    flows: tuple[GasFlow, ...]

    def xml(self) -> bytes:
        """Return the document.

        Raises
        ------
        NominationError
            If a value does not fit its element.
        """
        inside: dict[Coded, list[dict[str, Any]]] = {}
        for flow in self.flows:
            inside.setdefault(flow.account, []).append(
                {
                    "timeInterval": (flow.begin, flow.end),
                    "direction.gasDirectionCode": "Z02" if flow.quantity >= 0 else "Z03",
                    "quantity.amount": abs(flow.quantity),
                }
            )
        accounts = [
            {"externalAccount": account, "Period": periods} for account, periods in inside.items()
        ]
        return write(NOMINT, self.head() | {"Internal_Account": self.inner(accounts)})

    def head(self) -> dict[str, Any]:
        """Return the elements at the top."""
        who = self.parties
        return {
            "identification": self.identification,
            "version": self.version,
            "documentCode": self.document_code,
            "creationDateTime": self.created,
            "validityPeriod": self.validity,
            "issuer_MarketParticipant.identification": who.issuer,
            "issuer_MarketParticipant.marketRole.roleCode": who.issuer_role,
            "recipient_MarketParticipant.identification": who.recipient,
            "recipient_MarketParticipant.marketRole.roleCode": who.recipient_role,
        }

    def inner(self, accounts: list[dict[str, Any]]) -> dict[str, Any]:
        """Return the internal account with its external ones."""
        point: dict[str, Any] = {
            "identification": self.parties.point,
            "measureUnit.unitOfMeasureCode": "KW1",
        }
        if accounts:
            point["NominationType"] = [{"nominationCode": "A02", "External_Account": accounts}]
        return {"internalAccount": self.parties.account, "ConnectionPoint": point}


@dataclass(frozen=True, slots=True)
class GasResponse:
    """A nomination response (NOMRES), or an acknowledgement that says why there is none.

    Parameters
    ----------
    identification, version : str, int
        Of the nomination that it answers.
    validity : tuple of int
        ns UTC; zeros if an acknowledgement has none.
    series : dict of str to tuple of GasFlow
        By business code: ``16G`` confirmed, ``14G`` ours as processed, ``15G`` the adjacent
        operator's, ``18G`` the counterparty's nomination as it was accepted.
    reasons : tuple of str
        Of an acknowledgement.
    """

    identification: str
    version: int
    validity: tuple[int, int]
    series: Mapping[str, tuple[GasFlow, ...]]
    reasons: tuple[str, ...] = ()


def nominate_gas(
    positions: pl.DataFrame,
    parties: GasParties,
    gates: GateRule,
    day: dt.date,
    *,
    identification: str,
    created: int,
    version: int = 1,
    document_code: str = "02G",
    scheme: str = "ZSO",
) -> GasNomination:
    """Return the nomination of a gas day from positions by counterparty and hour.

    Quantities are whole kWh/h; what is rounded off in one hour is made up in others, so that each
    hour balances and the energy of a counterparty's day is kept to within one kWh
    (`wattbook.execution.nominations.rounding.rounded`).

    Parameters
    ----------
    positions : polars.DataFrame
        ``counterparty`` (text), ``start`` (ns UTC, of an hour), ``energy`` (1e-6 MW s, bought
        above zero). Several rows of one counterparty and hour are netted.
    parties, gates, day
        Who to whom, whose gas day, which one.
    identification, created, version, document_code
        Of the document; `created` in ns UTC.
    scheme : str
        Of the counterparties' names.

    Raises
    ------
    NominationError
        If a position lies outside the gas day or off its hours, or a name in scheme ``305`` is no
        EIC; names the row or the name.
    """
    hours = gates.hours(day)
    energies = by_counterparty(positions, hours, f"gas day {day}")
    named = [
        ("issuer", parties.issuer, "X"),
        ("recipient", parties.recipient, "X"),
        ("account", parties.account, ANY_KIND),
        ("point", parties.point, ANY_KIND),
    ]
    named += [("counterparty", Coded(name, scheme), ANY_KIND) for name in energies]
    check_eics(named, EIC_SCHEME)
    flows: list[GasFlow] = []
    for name, amounts in rounded(energies, KWH).items():
        flows += merged(Coded(name, scheme), hours, [Decimal(one) for one in amounts])
    return GasNomination(
        identification, version, document_code, created, gates.day(day), parties, tuple(flows)
    )


def by_counterparty(
    positions: pl.DataFrame, starts: Sequence[int], what: str
) -> dict[str, list[int]]:
    """Return the net energy of each counterparty in each period, in the order of their names."""
    for column, kind in (("counterparty", pl.String), ("start", pl.Int64), ("energy", pl.Int64)):
        if positions.schema.get(column) != kind:
            message = (
                f"positions: column {column!r} of {kind} is missing; it has {positions.schema}"
            )
            raise NominationError(message)
    places = {start: place for place, start in enumerate(starts)}
    found: dict[str, list[int]] = {}
    rows = positions.select("counterparty", "start", "energy").iter_rows()
    for row, (name, start, energy) in enumerate(rows):
        if name is None or start not in places or energy is None:
            message = (
                f"positions, row {row}: {name!r} at {start if start is None else utc(start)} with "
                f"{energy}: no period of {what} begins there, or a value is missing"
            )
            raise NominationError(message)
        found.setdefault(name, [0] * len(starts))[places[start]] += energy
    return dict(sorted(found.items()))


def merged(account: Coded, starts: Sequence[int], amounts: Sequence[Decimal]) -> list[GasFlow]:
    """Return hours of equal quantity in a row as one flow."""
    flows: list[GasFlow] = []
    for start, amount in zip(starts, amounts, strict=True):
        if flows and flows[-1].end == start and flows[-1].quantity == amount:
            flows[-1] = GasFlow(account, flows[-1].begin, start + HOUR, amount)
        else:
            flows.append(GasFlow(account, start, start + HOUR, amount))
    return flows


def renominate_gas(
    before: GasNomination, now: GasNomination, gates: GateRule, day: dt.date, at: int
) -> GasNomination:
    """Return the new nomination with the hours that can no longer change as they were before.

    Parameters
    ----------
    before, now : GasNomination
        The last one that was sent, and what is wanted now.
    gates, day, at
        Whose gates, which gas day, and when it is received (ns UTC).

    Raises
    ------
    NominationError
        If the day is closed.
    """
    first = gates.first_changeable(day, at)
    hours = gates.hours(day)
    old, new = hourly(before.flows), hourly(now.flows)
    flows: list[GasFlow] = []
    for account in sorted({name for name, _ in [*old, *new]}):
        amounts = [
            (new if hour >= first else old).get((account, hour), Decimal(0)) for hour in hours
        ]
        flows += merged(account, hours, amounts)
    return GasNomination(
        now.identification, before.version + 1, now.document_code, now.created, now.validity,
        now.parties, tuple(flows),
    )  # fmt: skip


def refuse_late(gates: GateRule, day: dt.date, made: GasNomination, at: int) -> None:
    """Refuse a first nomination that asks for hours that have closed.

    Raises
    ------
    NominationError
        If the day is closed, or hours that can no longer change are not zero; names the first.
    """
    first = gates.first_changeable(day, at)
    closed = [flow.begin for flow in made.flows if flow.begin < first and flow.quantity]
    if closed:
        message = (
            f"gas day {day} can be changed from {utc(first)} on only, and {utc(min(closed))} is "
            f"asked for; nominations were taken until {utc(gates.deadline_of(day))}: give what was "
            "sent before, with --previous, whose closed hours stay"
        )
        raise NominationError(message)


def late_hours(
    wanted: GasNomination, sent: GasNomination, gates: GateRule, day: dt.date, at: int
) -> pl.DataFrame:
    """Return the hours that were asked for too late and stay as they were, kWh/h.

    Returns
    -------
    polars.DataFrame
        As `wattbook.execution.nominations.gates.LATE`; ``closed`` is from when on hours can be
        changed.
    """
    first = gates.first_changeable(day, at)
    old, new = hourly(sent.flows), hourly(wanted.flows)
    rows = [
        (account.value, None, hour, new.get((account, hour), Decimal(0)),
         old.get((account, hour), Decimal(0)), first)
        for account, hour in sorted({*old, *new}, key=lambda key: (key[1], key[0].value))
        if hour < first
        and new.get((account, hour), Decimal(0)) != old.get((account, hour), Decimal(0))
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=LATE, orient="row")


def hourly(flows: Iterable[GasFlow]) -> dict[tuple[Coded, int], Decimal]:
    """Return the quantity of each account and hour.

    Raises
    ------
    NominationError
        If flows of an account overlap, or one does not last whole hours of some days at most.
    """
    found: dict[tuple[Coded, int], Decimal] = {}
    for flow in flows:
        if flow.begin % HOUR or flow.end % HOUR or flow.end - flow.begin > 10_000 * HOUR:
            message = (
                f"account {flow.account.value}: {utc(flow.begin)} to {utc(flow.end)} is not a run "
                "of at most 10,000 whole hours"
            )
            raise NominationError(message)
        for hour in range(flow.begin, flow.end, HOUR):
            if (flow.account, hour) in found:
                message = f"account {flow.account.value} has two quantities at {utc(hour)}"
                raise NominationError(message)
            found[flow.account, hour] = flow.quantity
    return found


def read_gas(content: bytes) -> GasNomination | GasResponse:
    """Return what a document says: a nomination, a response or an acknowledgement.

    Raises
    ------
    NominationError
        If it is none of these or breaks its description; names line and element.
    """
    document, values = read(content, (NOMINT, NOMRES, ACKNOW))
    if document is ACKNOW:
        return GasResponse(
            values.get("receiving_Document.identification", ""),
            values.get("receiving_Document.version", 0),
            values.get("validityPeriod", (0, 0)),
            {},
            tuple(
                " ".join(one[name] for name in ("reasonCode", "text") if name in one)
                for one in values["Reason"]
            ),
        )
    point = values["Internal_Account"]["ConnectionPoint"]
    unit = point["measureUnit.unitOfMeasureCode"]
    if unit != "KW1":
        message = f"{document.root}: unit {unit}; only KW1, kWh/h, is taken over"
        raise NominationError(message)
    accounts = [
        *(one for group in point.get("NominationType", []) for one in group["External_Account"]),
        *point.get("External_Account", []),
    ]
    if document is NOMINT:
        return nomination_of(values, accounts)
    series: dict[str, list[GasFlow]] = {}
    for account in accounts:
        for origin in account["InformationOrigin_TimeSeries"]:
            found = series.setdefault(origin["businessCode"], [])
            found += flows_of(account["externalAccount"], origin["Period"])
    made = {name: tuple(flows) for name, flows in series.items()}
    for flows in made.values():
        hourly(flows)
    return GasResponse(
        values["nomination_Document.identification"],
        values["nomination_Document.version"],
        values["validityPeriod"],
        made,
    )


def nomination_of(values: Mapping[str, Any], accounts: list[Mapping[str, Any]]) -> GasNomination:
    """Return a nomination from the values of its document."""
    inner = values["Internal_Account"]
    flows = tuple(
        flow
        for account in accounts
        for flow in flows_of(account["externalAccount"], account.get("Period", []))
    )
    hourly(flows)
    return GasNomination(
        identification=values["identification"],
        version=values["version"],
        document_code=values["documentCode"],
        created=values["creationDateTime"],
        validity=values["validityPeriod"],
        parties=GasParties(
            values["issuer_MarketParticipant.identification"],
            values["issuer_MarketParticipant.marketRole.roleCode"],
            values["recipient_MarketParticipant.identification"],
            values["recipient_MarketParticipant.marketRole.roleCode"],
            inner["internalAccount"],
            inner["ConnectionPoint"]["identification"],
        ),
        flows=flows,
    )


def flows_of(account: Coded, periods: Iterable[Mapping[str, Any]]) -> list[GasFlow]:
    """Return the flows of an account."""
    found = []
    for period in periods:
        sign = 1 if period["direction.gasDirectionCode"] == "Z02" else -1
        amount = period["quantity.amount"]
        statuses = tuple(one["statusCode"] for one in period.get("Status", []))
        begin, end = period["timeInterval"]
        # Zero has no sign of its own.
        found.append(GasFlow(account, begin, end, sign * amount if amount else amount, statuses))
    return found
