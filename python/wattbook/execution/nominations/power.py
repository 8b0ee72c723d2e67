"""Power schedules: from positions to the ENTSO-E schedule document, from reports to what is off.

A pair of parties has one time series for each direction: what is bought from a counterparty (we are
the party in, they the party out) and what is sold to it. Quantities are MW, zero or above.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from wattbook.domain.instants import nanoseconds
from wattbook.errors import NominationError
from wattbook.execution.nominations.codes import check_eics
from wattbook.execution.nominations.gas import by_counterparty
from wattbook.execution.nominations.gates import utc
from wattbook.execution.nominations.power_documents import ANOMALY, CONFIRMATION, SCHEDULE
from wattbook.execution.nominations.rounding import rounded
from wattbook.execution.nominations.schema import Coded, read, write

__all__ = [
    "PowerParties",
    "PowerReport",
    "PowerSchedule",
    "PowerSeries",
    "read_power",
    "schedule_power",
]

MINUTE = 60 * 1_000_000_000
RESOLUTIONS = {"PT15M": 15, "PT30M": 30, "PT60M": 60, "PT1H": 60}
PERIODS_MAX = 100_000
EIC_SCHEME = "A01"


@dataclass(frozen=True, slots=True)
class PowerParties:
    """Who schedules to whom, in which area.

    Parameters
    ----------
    sender, receiver : Coded
        With their schemes: ``A01`` for EIC.
    sender_role, receiver_role : str
        ``A08`` balance responsible party, ``A04`` system operator.
    area : Coded
        The scheduling area.
    """

    sender: Coded
    receiver: Coded
    area: Coded
    sender_role: str = "A08"
    receiver_role: str = "A04"


@dataclass(frozen=True, slots=True)
class PowerSeries:
    """Quantities of one direction between two parties.

    Parameters
    ----------
    name : str
        ``mRID``, unique in the document.
    buyer, seller : Coded or None
        The party in and the party out.
    business : str
        ``A02`` internal trade, ``A01`` production, ``A04`` consumption.
    start, minutes : int
        First instant (ns UTC) and length of a period.
    quantities : tuple of Decimal
        MW, one a period.
    reasons : tuple of str
        Of a report.
    area_in, area_out : Coded or None
        Where it goes to and comes from.
    aggregation, product : str
        ``A01`` individual, ``A03`` by party; active power.
    """

    name: str
    buyer: Coded | None
    seller: Coded | None
    business: str
    start: int
    minutes: int
    quantities: tuple[Decimal, ...]
    reasons: tuple[str, ...] = ()
    area_in: Coded | None = None
    area_out: Coded | None = None
    aggregation: str = "A03"
    product: str = "8716867000016"

    def by_start(self) -> dict[int, Decimal]:
        """Return the quantity of each period by its first instant."""
        step = self.minutes * MINUTE
        return {self.start + place * step: one for place, one in enumerate(self.quantities)}


@dataclass(frozen=True, slots=True)
class PowerSchedule:
    """A schedule document.

    Parameters
    ----------
    identification, revision : str, int
        ``mRID`` and revision.
    created : int
        ns UTC.
    process : str
        ``A01`` day-ahead, ``A02`` intraday.
    interval : tuple of int
        The day, ns UTC.
    parties : PowerParties
        Who to whom.
    series : tuple of PowerSeries
        In order.
    """

    identification: str
    revision: int
    created: int
    process: str
    interval: tuple[int, int]
    parties: PowerParties
    series: tuple[PowerSeries, ...]

    def xml(self) -> bytes:
        """Return the document.

        Raises
        ------
        NominationError
            If a value does not fit its element.
        """
        who = self.parties
        values: dict[str, Any] = {
            "mRID": self.identification,
            "revisionNumber": self.revision,
            "type": "A01",
            "process.processType": self.process,
            "process.classificationType": "A01",
            "sender_MarketParticipant.mRID": who.sender,
            "sender_MarketParticipant.marketRole.type": who.sender_role,
            "receiver_MarketParticipant.mRID": who.receiver,
            "receiver_MarketParticipant.marketRole.type": who.receiver_role,
            "createdDateTime": self.created,
            "schedule_Time_Period.timeInterval": span(*self.interval),
            "domain.mRID": who.area,
            "TimeSeries": [series_values(one) for one in self.series],
        }
        return write(SCHEDULE, values)


@dataclass(frozen=True, slots=True)
class PowerReport:
    """A confirmation or anomaly report.

    Parameters
    ----------
    kind : str
        ``confirmation`` or ``anomaly``.
    identification, revision : str, int
        Of the schedule that it is about; empty and zero if it names none.
    reasons : tuple of str
        Of the whole.
    confirmed, imposed, anomalies : tuple of PowerSeries
        As scheduled; as changed by the operator; as set against a counterparty's.
    """

    kind: str
    identification: str
    revision: int
    reasons: tuple[str, ...]
    confirmed: tuple[PowerSeries, ...] = ()
    imposed: tuple[PowerSeries, ...] = ()
    anomalies: tuple[PowerSeries, ...] = ()


def schedule_power(
    positions: pl.DataFrame,
    parties: PowerParties,
    day: dt.date,
    *,
    identification: str,
    created: int,
    time_zone: str = "Europe/Berlin",
    minutes: int = 15,
    step: Decimal = Decimal("0.1"),
    revision: int = 1,
    process: str = "A01",
) -> PowerSchedule:
    """Return the schedule of a local day from positions by counterparty and period.

    Powers are whole steps; each period balances and a counterparty's energy of the day is kept to
    within one step of a period (`wattbook.execution.nominations.rounding.rounded`).

    Parameters
    ----------
    positions : polars.DataFrame
        ``counterparty`` (its name in the sender's scheme), ``start`` (ns UTC), ``energy`` (1e-6
        MW s, bought above zero). Rows of one counterparty and period are netted.
    parties, day, time_zone
        Who to whom, which local day: 92, 96 or 100 quarter-hours.
    identification, created, revision, process
        Of the document; `created` in ns UTC.
    minutes : int
        Length of a period: 15, 30 or 60.
    step : Decimal
        Resolution, MW.

    Raises
    ------
    NominationError
        If a position is off the periods of the day, the step is no number above zero with at most
        six decimals, or a name in scheme ``A01`` is no EIC of its kind.
    """
    whole = step * 1_000_000
    if minutes not in (15, 30, 60) or not whole.is_finite() or whole % 1 or whole <= 0:
        message = f"periods of {minutes} minutes in steps of {step} MW; use 15, 30 or 60 and 0.001"
        raise NominationError(message)
    try:
        zone = ZoneInfo(time_zone)
    except (KeyError, ValueError, OSError) as fault:
        raise NominationError(
            f"time_zone {time_zone!r} is unknown; use a name of IANA, such as Europe/Berlin"
        ) from fault
    begin, end = (
        nanoseconds(dt.datetime.combine(one, dt.time(), zone))
        for one in (day, day + dt.timedelta(1))
    )
    starts = list(range(begin, end, minutes * MINUTE))
    energies = by_counterparty(positions, starts, f"{day}")
    check_codes(parties, energies)
    series: list[PowerSeries] = []
    for name, steps in rounded(energies, int(whole) * minutes * 60).items():
        other = Coded(name, parties.sender.scheme)
        for buyer, seller, sign in ((parties.sender, other, 1), (other, parties.sender, -1)):
            amounts = tuple(step * max(0, sign * one) for one in steps)
            if not any(amounts):
                continue
            series.append(
                PowerSeries(
                    f"TS{len(series) + 1:04}", buyer, seller, "A02", begin, minutes, amounts,
                    area_in=parties.area, area_out=parties.area,
                )
            )  # fmt: skip
    return PowerSchedule(
        identification, revision, created, process, (begin, end), parties, tuple(series)
    )


def check_codes(parties: PowerParties, counterparties: Iterable[str]) -> None:
    """Refuse a party, counterparty or area that its scheme says is an EIC and that is none.

    Raises
    ------
    NominationError
        Naming it, and what is wrong with it.
    """
    named = [("sender", parties.sender, "X"), ("receiver", parties.receiver, "X"),
             ("area", parties.area, "Y")]  # fmt: skip
    scheme = parties.sender.scheme
    named += [("counterparty", Coded(name, scheme), "X") for name in counterparties]
    check_eics(named, EIC_SCHEME)


def span(begin: int, end: int) -> dict[str, int]:
    """Return an interval's values."""
    return {"start": begin, "end": end}


def series_values(one: PowerSeries) -> dict[str, Any]:
    """Return a series' values."""
    values = {
        "mRID": one.name,
        "version": 1,
        "businessType": one.business,
        "product": one.product,
        "objectAggregation": one.aggregation,
        "in_Domain.mRID": one.area_in,
        "out_Domain.mRID": one.area_out,
        "in_MarketParticipant.mRID": one.buyer,
        "out_MarketParticipant.mRID": one.seller,
        "measurement_Unit.name": "MAW",
        "curveType": "A01",
        "Period": [
            {
                "timeInterval": span(
                    one.start, one.start + len(one.quantities) * one.minutes * MINUTE
                ),
                "resolution": f"PT{one.minutes}M",
                "Point": [
                    {"position": place, "quantity": amount}
                    for place, amount in enumerate(one.quantities, start=1)
                ],
            }
        ],
    }
    return {name: value for name, value in values.items() if value is not None}


def read_power(content: bytes) -> PowerSchedule | PowerReport:
    """Return what a document says: a schedule, a confirmation or an anomaly report.

    Raises
    ------
    NominationError
        If it is none of these, breaks its description, or its points do not fill their period.
    """
    document, values = read(content, (SCHEDULE, CONFIRMATION, ANOMALY))
    if document is SCHEDULE:
        return schedule_of(values)
    reasons = told(values.get("Reason", []))
    if document is CONFIRMATION:
        return PowerReport(
            "confirmation",
            values.get("confirmed_MarketDocument.mRID", ""),
            values.get("confirmed_MarketDocument.revisionNumber", 0),
            reasons,
            confirmed=tuple(map(series_of, values.get("Confirmed_TimeSeries", []))),
            imposed=tuple(map(series_of, values.get("Imposed_TimeSeries", []))),
        )
    parts = values.get("Anomaly_MarketDocument", [])
    ours = [
        one for one in parts
        if one["marketParticipant.mRID"] == values["receiver_MarketParticipant.mRID"]
    ]  # fmt: skip
    about: Mapping[str, Any] = ours[0] if ours else {"mRID": "", "revisionNumber": 0}
    return PowerReport(
        "anomaly",
        about["mRID"],
        about["revisionNumber"],
        reasons,
        anomalies=tuple(series_of(one["TimeSeries"]) for one in parts),
    )


def schedule_of(values: Mapping[str, Any]) -> PowerSchedule:
    """Return a schedule from the values of its document."""
    interval = values["schedule_Time_Period.timeInterval"]
    return PowerSchedule(
        identification=values["mRID"],
        revision=values["revisionNumber"],
        created=values["createdDateTime"],
        process=values["process.processType"],
        interval=(interval["start"], interval["end"]),
        parties=PowerParties(
            values["sender_MarketParticipant.mRID"],
            values["receiver_MarketParticipant.mRID"],
            values["domain.mRID"],
            values["sender_MarketParticipant.marketRole.type"],
            values["receiver_MarketParticipant.marketRole.type"],
        ),
        series=tuple(map(series_of, values.get("TimeSeries", []))),
    )


def series_of(values: Mapping[str, Any]) -> PowerSeries:
    """Return a series; its periods must follow each other at one resolution."""
    name = values["mRID"]
    unit = values.get("measurement_Unit.name", values.get("measure_Unit.name"))
    if unit != "MAW":
        message = f"series {name}: unit {unit}; only MAW, megawatts, is taken over"
        raise NominationError(message)
    periods: Sequence[Mapping[str, Any]] = values["Period"]
    minutes = {RESOLUTIONS[one["resolution"]] for one in periods}
    ends = [one["timeInterval"]["end"] for one in periods]
    starts = [one["timeInterval"]["start"] for one in periods]
    if len(minutes) > 1 or ends[:-1] != starts[1:]:
        message = f"series {name}: its periods do not follow each other at one resolution"
        raise NominationError(message)
    repeats = values.get("curveType", "A01") == "A03"
    quantities = [one for period in periods for one in quantities_of(name, period, repeats=repeats)]
    return PowerSeries(
        name=name,
        buyer=values.get("in_MarketParticipant.mRID"),
        seller=values.get("out_MarketParticipant.mRID"),
        business=values["businessType"],
        start=starts[0],
        minutes=minutes.pop(),
        quantities=tuple(quantities),
        reasons=told(
            [
                *values.get("Reason", []),
                *(
                    one
                    for period in periods
                    for point in period["Point"]
                    for one in point.get("Reason", [])
                ),
            ]
        ),
        area_in=values.get("in_Domain.mRID"),
        area_out=values.get("out_Domain.mRID"),
        aggregation=values["objectAggregation"],
        product=values["product"],
    )


def quantities_of(name: str, period: Mapping[str, Any], *, repeats: bool) -> list[Decimal]:
    """Return a quantity for each position; with curve type A03 a missing one repeats the last."""
    begin, end = period["timeInterval"]["start"], period["timeInterval"]["end"]
    step = RESOLUTIONS[period["resolution"]] * MINUTE
    count, rest = divmod(end - begin, step)
    if rest or not 1 <= count <= PERIODS_MAX:
        message = (
            f"series {name}: {utc(begin)} to {utc(end)} are not 1 to {PERIODS_MAX:,} whole "
            f"periods of {period['resolution']}"
        )
        raise NominationError(message)
    found: list[Decimal] = []
    for point in period["Point"]:
        position = point["position"]
        if position <= len(found) or position > count:
            message = f"series {name}: position {position} after {len(found)} of {count}"
            raise NominationError(message)
        while len(found) < position - 1:
            if not repeats or not found:
                message = f"series {name}: position {len(found) + 1} of {count} is missing"
                raise NominationError(message)
            found.append(found[-1])
        found.append(point["quantity"])
    if len(found) < count:
        if not repeats:
            message = f"series {name}: position {len(found) + 1} of {count} is missing"
            raise NominationError(message)
        found += [found[-1]] * (count - len(found))
    return found


def told(reasons: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return reasons as text, each once."""
    found = (" ".join(one[name] for name in ("code", "text") if name in one) for one in reasons)
    return tuple(dict.fromkeys(found))
