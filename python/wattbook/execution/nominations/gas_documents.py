"""EDIG@S 6.1: nomination (NOMINT), nomination response (NOMRES), acknowledgement (ACKNOW).

Elements, their order and codes after the published message implementation guides of EASEE-gas
(edigas.org, version 6.1); nothing of their schemas is copied. Codes that a system operator adds to
the standard ones are refused.
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
    interval,
    text,
)

__all__ = ["ACKNOW", "NOMINT", "NOMRES", "ROLES"]

ROLES = ("ZSH", "ZUM", "ZSO", "ZUK")
"""Balance responsible party, clearing responsible, system operator, area coordinator."""
NOMINATIONS = ("01G", "02G", "03G", "04G")
"""Of a connection point, of OTC trades at a virtual point, of exchange trades there, unmatched."""
STATUSES = (
    "06G", "07G", "08G", "09G", "10G", "11G", "12G", "13G", "14G", "35G", "36G", "37G", "67G",
    "72G", "73G", "74G",
)  # fmt: skip
SCHEMES = ("305", "ZSO")
"""EIC, and names that the system operator gives."""
IDENTIFICATION, ACCOUNT, PARTY = Leaf(text(35)), Leaf(text(35), SCHEMES), Leaf(text(16), SCHEMES)
VERSION, VALIDITY, CREATED = Leaf(integer(0, 999)), Leaf(interval()), Leaf(instant())
ROLE, AMOUNT = Leaf(code(*ROLES)), Leaf(decimal(28, 12))
DECOMPOSITION = Group(
    (Part("quantityCode", Leaf(code("ZXD", "ZXE", "ZXF", "ZXG"))), Part("amount", AMOUNT))
)
FLOW = (
    Part("timeInterval", VALIDITY),
    Part("direction.gasDirectionCode", Leaf(code("Z02", "Z03"))),
    Part("quantity.amount", AMOUNT),
)
POINT = (
    Part("identification", ACCOUNT),
    Part("measureUnit.unitOfMeasureCode", Leaf(code("KW1", "KW2", "A15"))),
)
PARTIES = (
    Part("issuer_MarketParticipant.identification", PARTY),
    Part("issuer_MarketParticipant.marketRole.roleCode", ROLE),
    Part("recipient_MarketParticipant.identification", PARTY),
    Part("recipient_MarketParticipant.marketRole.roleCode", ROLE),
)


def internal(point: Group) -> Group:
    """Return an internal account with its point."""
    return Group(
        (
            Part("internalAccount", ACCOUNT),
            Part("internalAccountTso", PARTY, 0),
            Part("ConnectionPoint", point),
        )
    )


def external(inside: Part) -> Group:
    """Return an external account."""
    return Group((Part("externalAccount", ACCOUNT), Part("externalAccountTso", PARTY, 0), inside))


def of_type(account: Group) -> Group:
    """Return the accounts of a type of nomination: single or double sided."""
    return Group(
        (
            Part("nominationCode", Leaf(code("A01", "A02"))),
            Part("External_Account", account, 1, None),
        )
    )


PERIOD = Part(
    "Period",
    Group(
        (
            *FLOW,
            Part("priority_Status.statusCode", Leaf(code(*STATUSES)), 0),
            Part("Decomposition_Quantity", DECOMPOSITION, 0, None),
        )
    ),
    0,
    None,
)
NOMINT = Document(
    root="Nomination_Document",
    namespaces=("urn:easee-gas.eu:edigas:BrpNominationAndMatching:NominationDocument:6:1",),
    attributes={"schemaVersion": "1"},
    group=Group(
        (
            Part("identification", IDENTIFICATION),
            Part("version", VERSION),
            Part("documentCode", Leaf(code(*NOMINATIONS))),
            Part("applicationContext", PARTY, 0),
            Part("creationDateTime", CREATED),
            Part("validityPeriod", VALIDITY),
            *PARTIES,
            Part(
                "Internal_Account",
                internal(
                    Group(
                        (
                            *POINT,
                            Part("NominationType", of_type(external(PERIOD)), 0, None),
                            Part("External_Account", external(PERIOD), 0, None),
                            PERIOD,
                        )
                    )
                ),
            ),
        )
    ),
)
STATUS = Group(
    (Part("statusCode", Leaf(code(*STATUSES))), Part("complementaryText.text", Leaf(text(512)), 0))
)
SERIES = Part(
    "InformationOrigin_TimeSeries",
    Group(
        (
            Part("businessCode", Leaf(code("14G", "15G", "16G", "18G"))),
            Part(
                "Period",
                Group(
                    (
                        *FLOW,
                        Part("Status", STATUS, 0, None),
                        Part("Decomposition_Quantity", DECOMPOSITION, 0, None),
                    )
                ),
                1,
                None,
            ),
        )
    ),
    1,
    None,
)
NOMRES = Document(
    root="NominationResponse_Document",
    namespaces=("urn:easee-gas.eu:edigas:BrpNominationAndMatching:NominationResponseDocument:6:1",),
    attributes={"schemaVersion": "1"},
    group=Group(
        (
            Part("identification", IDENTIFICATION),
            Part("version", VERSION),
            Part("documentCode", Leaf(code("08G", "AND"))),
            Part("creationDateTime", CREATED),
            Part("validityPeriod", VALIDITY),
            Part("applicationContext", PARTY, 0),
            *PARTIES,
            Part("nomination_Document.identification", IDENTIFICATION),
            Part("nomination_Document.version", VERSION),
            Part("nomination_Document.documentCode", Leaf(code(*NOMINATIONS))),
            Part(
                "nomination_Document.singleSidedBrpSource_MarketParticipant.identification",
                PARTY,
                0,
            ),
            Part(
                "Internal_Account",
                internal(
                    Group(
                        (
                            *POINT,
                            Part("NominationType", of_type(external(SERIES)), 0, None),
                            Part("External_Account", external(SERIES), 0, None),
                            Part(SERIES.name, SERIES.node, 0, None),
                        )
                    )
                ),
            ),
        )
    ),
)
REASON = Group((Part("reasonCode", Leaf(text(3)), 0), Part("text", Leaf(text(512)), 0)))
ACKNOW = Document(
    root="Acknowledgement_Document",
    namespaces=("urn:easee-gas.eu:edigas:General:AcknowledgementDocument:6:1",),
    attributes={"schemaVersion": "1"},
    group=Group(
        (
            Part("identification", IDENTIFICATION),
            Part("version", VERSION, 0),
            Part("documentCode", Leaf(code("294"))),
            Part("creationDateTime", CREATED),
            Part("validityPeriod", VALIDITY, 0),
            Part("applicationContext", PARTY, 0),
            *PARTIES,
            Part("receiving_Document.identification", IDENTIFICATION, 0),
            Part("receiving_Document.version", VERSION, 0),
            Part("receiving_Document.documentCode", Leaf(text(3)), 0),
            Part("receiving_Document.creationDateTime", CREATED, 0),
            Part("receiving_Document.payloadName", Leaf(text(350)), 0),
            Part(
                "Rejection_ConnectionPoint",
                Group((Part("identification", ACCOUNT), Part("Reason", REASON, 0, None))),
                0,
                None,
            ),
            Part("Reason", REASON, 1, None),
        )
    ),
)
