"""IEC 62325-451-2: schedule, confirmation report and anomaly report of ENTSO-E.

Elements, their order and multiplicity after the published implementation guide of the ENTSO-E
scheduling process (ESS and its IEC 62325-451-2 form, versions 5.0 to 5.2); nothing of their schemas
is copied.
"""

from __future__ import annotations

from wattbook.execution.nominations.schema import (
    Document,
    Group,
    Leaf,
    Part,
    code,
    decimal,
    instant,
    integer,
    minute,
    text,
)

__all__ = ["ANOMALY", "CONFIRMATION", "SCHEDULE"]

SCHEMES = ("A01", "A10", "NAT")
"""EIC, GS1, and national names."""
AREA, PARTY, PLACE = Leaf(text(18), SCHEMES), Leaf(text(16), SCHEMES), Leaf(text(35), SCHEMES)
NAMED = Leaf(text(60), SCHEMES)
CODE, NAME, REVISION = Leaf(code()), Leaf(text(60)), Leaf(integer(1, 999))
INTERVAL = Group((Part("start", Leaf(minute())), Part("end", Leaf(minute()))))
REASON = Part("Reason", Group((Part("code", CODE), Part("text", Leaf(text(512)), 0))), 0, None)
POINT = Group(
    (
        Part("position", Leaf(integer(1, 999_999))),
        Part("quantity", Leaf(decimal(14, 6))),
        REASON,
    )
)
PERIOD = Group(
    (
        Part("timeInterval", INTERVAL),
        Part("resolution", Leaf(code("PT15M", "PT30M", "PT60M", "PT1H"))),
        Part("Point", POINT, 1, None),
    )
)


def series(unit: str, *, line: bool = True) -> Group:
    """Return a time series whose unit stands in the element `unit`."""
    return Group(
        (
            Part("mRID", Leaf(text(35))),
            Part("version", REVISION),
            Part("businessType", CODE),
            Part("product", Leaf(text(13))),
            Part("objectAggregation", CODE),
            Part("in_Domain.mRID", AREA, 0),
            Part("out_Domain.mRID", AREA, 0),
            Part("marketEvaluationPoint.mRID", PLACE, 0),
            Part("in_MarketParticipant.mRID", PARTY, 0),
            Part("out_MarketParticipant.mRID", PARTY, 0),
            Part("marketAgreement.type", CODE, 0),
            Part("marketAgreement.mRID", Leaf(text(35)), 0),
            *((Part("connectingLine_RegisteredResource.mRID", NAMED, 0),) if line else ()),
            Part(unit, Leaf(code("MAW", "MWH", "KWT", "KWH"))),
            Part("curveType", Leaf(code("A01", "A03")), 0),
            Part("Period", PERIOD, 1, None),
            REASON,
        )
    )


PARTIES = (
    Part("sender_MarketParticipant.mRID", PARTY),
    Part("sender_MarketParticipant.marketRole.type", CODE),
    Part("receiver_MarketParticipant.mRID", PARTY),
    Part("receiver_MarketParticipant.marketRole.type", CODE),
)
SUBJECT = (
    Part("subject_MarketParticipant.mRID", PARTY, 0),
    Part("subject_MarketParticipant.marketRole.type", CODE, 0),
)
SPACE = "urn:iec62325.351:tc57wg16:451-2:"
SCHEDULE = Document(
    root="Schedule_MarketDocument",
    namespaces=tuple(f"{SPACE}scheduledocument:5:{minor}" for minor in (2, 1, 0)),
    attributes={},
    group=Group(
        (
            Part("mRID", NAME),
            Part("revisionNumber", REVISION),
            Part("type", CODE),
            Part("process.processType", CODE),
            Part("process.classificationType", CODE),
            *PARTIES,
            Part("createdDateTime", Leaf(instant())),
            Part("schedule_Time_Period.timeInterval", INTERVAL),
            Part("domain.mRID", AREA),
            *SUBJECT,
            Part("matching_Time_Period.timeInterval", INTERVAL, 0),
            Part("TimeSeries", series("measurement_Unit.name"), 0, None),
        )
    ),
)
CONFIRMATION = Document(
    root="Confirmation_MarketDocument",
    namespaces=tuple(f"{SPACE}confirmationdocument:5:{minor}" for minor in (1, 0)),
    attributes={},
    group=Group(
        (
            Part("mRID", NAME),
            Part("type", CODE),
            Part("createdDateTime", Leaf(instant())),
            *PARTIES,
            Part("schedule_Period.timeInterval", INTERVAL),
            Part("confirmed_MarketDocument.mRID", NAME, 0),
            Part("confirmed_MarketDocument.revisionNumber", REVISION, 0),
            Part("domain.mRID", AREA),
            *SUBJECT,
            Part("process.processType", CODE, 0),
            REASON,
            Part("Imposed_TimeSeries", series("measure_Unit.name", line=False), 0, None),
            Part("Confirmed_TimeSeries", series("measure_Unit.name", line=False), 0, None),
        )
    ),
)
ANOMALY = Document(
    root="AnomalyReport_MarketDocument",
    namespaces=tuple(f"{SPACE}anomalydocument:5:{minor}" for minor in (2, 1, 0)),
    attributes={},
    group=Group(
        (
            Part("mRID", NAME),
            Part("createdDateTime", Leaf(instant())),
            *PARTIES,
            Part("schedule_Time_Period.timeInterval", INTERVAL),
            Part("domain.mRID", AREA),
            Part(
                "Anomaly_MarketDocument",
                Group(
                    (
                        Part("marketParticipant.mRID", PARTY),
                        Part("mRID", NAME),
                        Part("revisionNumber", REVISION),
                        Part("TimeSeries", series("measurement_Unit.name")),
                    )
                ),
                0,
                None,
            ),
        )
    ),
)
