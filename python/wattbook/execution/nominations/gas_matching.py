"""Matching of gas nominations: the lesser rule, responses, and what was not confirmed and why."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import polars as pl

from wattbook.errors import NominationError
from wattbook.execution.nominations.gas import (
    HOUR,
    GasFlow,
    GasNomination,
    GasResponse,
    hourly,
    merged,
)
from wattbook.execution.nominations.gas_documents import NOMRES
from wattbook.execution.nominations.schema import Coded, write

__all__ = ["gas_mismatches", "lesser", "match_gas", "response_document"]

CONFIRMED, PROCESSED, ADJACENT, COUNTERPART = "16G", "14G", "15G", "18G"
ROW: Mapping[str, Any] = {
    "account": pl.String, "start": pl.Int64, "nominated": pl.Decimal(38, 3),
    "counterpart": pl.Decimal(38, 3), "confirmed": pl.Decimal(38, 3),
    "difference": pl.Decimal(38, 3), "reason": pl.String,
}  # fmt: skip
MISMATCH, NO_COUNTER = "06G", "14G"


def lesser(nominated: Decimal, counterpart: Decimal) -> Decimal:
    """Return what the lesser rule confirms: the smaller of two quantities that point the same way.

    Parameters
    ----------
    nominated : Decimal
        Ours; into our account above zero.
    counterpart : Decimal
        Theirs, seen from their account: below zero where ours is above.

    References
    ----------
    Commission Regulation (EU) 2015/703, article 8: matching by the lesser of the two quantities.

    Examples
    --------
    >>> lesser(Decimal(100), Decimal(-80)), lesser(Decimal(-50), Decimal(70))
    (Decimal('80'), Decimal('-50'))
    >>> lesser(Decimal(100), Decimal(80))  # both say that they receive it
    Decimal('0')
    """
    if nominated > 0 > counterpart:
        return min(nominated, -counterpart)
    if nominated < 0 < counterpart:
        return -min(-nominated, counterpart)
    return Decimal(0)


def gas_mismatches(nomination: GasNomination, response: GasResponse) -> pl.DataFrame:
    """Return each account and hour that was not confirmed as nominated, and why.

    Returns
    -------
    polars.DataFrame
        ``account``, ``start``, ``nominated``, ``counterpart`` (as they see it; null if it was not
        told), ``confirmed``, ``difference`` (confirmed less nominated), ``reason``: the codes of
        the response, else ``no counter nomination``, ``lesser rule`` or ``not explained``.

    Raises
    ------
    NominationError
        If the response answers another document.
    """
    if (response.identification, response.version) != (
        nomination.identification, nomination.version,
    ):  # fmt: skip
        message = (
            f"the response answers {response.identification} version {response.version}, not "
            f"{nomination.identification} version {nomination.version}"
        )
        raise NominationError(message)
    wanted = hourly(nomination.flows)
    confirmed = hourly(response.series.get(CONFIRMED, ()))
    theirs = hourly(response.series.get(COUNTERPART, response.series.get(ADJACENT, ())))
    codes = {
        (flow.account, hour): flow.statuses
        for flow in response.series.get(CONFIRMED, ())
        for hour in range(flow.begin, flow.end, HOUR)
    }
    rows = []
    for account, hour in sorted({*wanted, *confirmed}):
        key = (account, hour)
        ours, held = wanted.get(key, Decimal(0)), confirmed.get(key, Decimal(0))
        if ours != held:
            other = theirs.get(key)
            why = reason_of(ours, other, held, codes.get(key, ()))
            rows.append((account.value, hour, ours, other, held, held - ours, why))
    return pl.DataFrame(rows, schema=ROW, orient="row")


def reason_of(
    ours: Decimal, theirs: Decimal | None, confirmed: Decimal, codes: tuple[str, ...]
) -> str:
    """Return why a quantity was not confirmed as nominated."""
    if codes:
        return ", ".join(codes)
    if not theirs and not confirmed:
        return "no counter nomination"
    if theirs is not None and lesser(ours, theirs) == confirmed:
        return "lesser rule"
    return "not explained"


def match_gas(
    nomination: GasNomination, counterparts: Mapping[tuple[Coded, int], Decimal]
) -> GasResponse:
    """Return what a system operator answers to a nomination by the lesser rule.

    Parameters
    ----------
    nomination : GasNomination
        What came in.
    counterparts : mapping of (Coded, int) to Decimal
        By account and hour (ns UTC) what the counterparty nominated, seen from its account.

    Returns
    -------
    GasResponse
        Ours as processed (``14G``), the counterparty's (``18G``) and what is confirmed (``16G``),
        with status ``14G`` where the counterparty did not nominate and ``06G`` where both differ.
    """
    ours = hourly(nomination.flows)
    confirmed: list[GasFlow] = []
    theirs: dict[Coded, list[tuple[int, Decimal]]] = {}
    for (account, hour), quantity in sorted(ours.items()):
        other = counterparts.get((account, hour))
        statuses: tuple[str, ...] = ()
        if other is None and quantity:
            statuses = (NO_COUNTER,)
        elif other is not None and other != -quantity:
            statuses = (MISMATCH,)
        if other is not None:
            theirs.setdefault(account, []).append((hour, other))
        held = lesser(quantity, other or Decimal(0))
        confirmed.append(GasFlow(account, hour, hour + HOUR, held, statuses))
    counter = [
        flow
        for account, rows in theirs.items()
        for flow in merged(account, [hour for hour, _ in rows], [one for _, one in rows])
    ]
    return GasResponse(
        nomination.identification,
        nomination.version,
        nomination.validity,
        {PROCESSED: nomination.flows, COUNTERPART: tuple(counter), CONFIRMED: tuple(confirmed)},
    )


def response_document(
    nomination: GasNomination, response: GasResponse, *, identification: str, created: int
) -> bytes:
    """Return a response (NOMRES) to a nomination, from its recipient to its issuer.

    Raises
    ------
    NominationError
        If a value does not fit its element, or the nomination has no flow to answer.
    """
    who = nomination.parties
    accounts: dict[Coded, list[dict[str, Any]]] = {}
    for business in sorted(response.series):
        flows: dict[Coded, list[dict[str, Any]]] = {}
        for flow in response.series[business]:
            flows.setdefault(flow.account, []).append(
                {
                    "timeInterval": (flow.begin, flow.end),
                    "direction.gasDirectionCode": "Z02" if flow.quantity >= 0 else "Z03",
                    "quantity.amount": abs(flow.quantity),
                    "Status": [{"statusCode": one} for one in flow.statuses],
                }
            )
        for account, periods in flows.items():
            series = {"businessCode": business, "Period": periods}
            accounts.setdefault(account, []).append(series)
    inside = [
        {"externalAccount": account, "InformationOrigin_TimeSeries": series}
        for account, series in accounts.items()
    ]
    values = {
        "identification": identification,
        "version": 1,
        "documentCode": "08G",
        "creationDateTime": created,
        "validityPeriod": nomination.validity,
        "issuer_MarketParticipant.identification": who.recipient,
        "issuer_MarketParticipant.marketRole.roleCode": who.recipient_role,
        "recipient_MarketParticipant.identification": who.issuer,
        "recipient_MarketParticipant.marketRole.roleCode": who.issuer_role,
        "nomination_Document.identification": nomination.identification,
        "nomination_Document.version": nomination.version,
        "nomination_Document.documentCode": nomination.document_code,
        "Internal_Account": nomination.inner(inside),
    }
    return write(NOMRES, values)
