"""Which terms of a structured trade are reckoned with; a trade with any other has no value here."""

from __future__ import annotations

from collections.abc import Mapping

from wattbook.errors import InputError
from wattbook.portfolio.book.fpml import KINDS, LEGS
from wattbook.sources.xml import Element

__all__ = ["refuse_unknown"]

NAMES = frozenset({"productType", "productId", "primaryAssetClass", "secondaryAssetClass"})
PARTIES = frozenset(
    {
        f"{one}{what}Reference"
        for one in ("payer", "receiver", "buyer", "seller")
        for what in ("Party", "Account")
    }
)
PERIODS = frozenset(
    {"calculationPeriodsSchedule", "calculationPeriodsScheduleReference",
     "calculationPeriodsReference"}
)  # fmt: skip
SCHEDULE = frozenset({"periodMultiplier", "period", "balanceOfFirstPeriod"})
PAID = frozenset({"relativePaymentDates", "paymentDates", "masterAgreementPaymentDates"})
DISRUPTION = frozenset({"marketDisruption", "settlementDisruption"})
AMOUNT = frozenset({"quantity", "quantityUnit", "quantityFrequency", "settlementPeriodsReference"})
AMOUNTS = frozenset(
    {"notionalQuantity", "notionalQuantitySchedule", "totalNotionalQuantity", "quantityReference"}
)
STEPS = frozenset(
    {"settlementPeriodsReference", "deliveryPeriodsReference", "deliveryPeriodsScheduleReference",
     "calculationPeriodsReference", "calculationPeriodsScheduleReference"}
)  # fmt: skip
DAY = frozenset({"adjustableDate", "unadjustedDate", "dateAdjustments", "adjustedDate"})
PRICE = frozenset({"price", "priceCurrency", "priceUnit"})
MONEY = frozenset({"currency", "amount"})
DELIVERY = frozenset(
    {"deliveryPeriods", "deliveryConditions", "deliveryQuantity", "commodityClassification"}
)
EXERCISES = frozenset(
    {"europeanExercise", "americanExercise", "automaticExercise", "writtenConfirmation"}
)
EXPIRY = frozenset({"expirationDate", "expirationDates"})

KNOWN: Mapping[str, frozenset[str]] = {
    "trade": frozenset(
        {"tradeHeader", *KINDS, "brokerPartyReference", "calculationAgent", "collateral",
         "calculationAgentBusinessCenter", "determiningParty", "documentation", "governingLaw"}
    ),
    "commoditySwap": NAMES | DISRUPTION | {"effectiveDate", "terminationDate", "settlementCurrency",
                                           *LEGS},
    "commodityForward": NAMES | DISRUPTION | {"effectiveDate", "terminationDate", "valueDate",
                                              *LEGS},
    "commoditySwaption": NAMES | PARTIES | {"optionType", "commoditySwap", "physicalExercise",
                                            "premium"},
    "commodityOption": NAMES | PARTIES | DISRUPTION | PERIODS | AMOUNTS | {
        "optionType", "commodity", "commoditySwap", "physicalExercise", "effectiveDate",
        "terminationDate", "pricingDates", "averagingMethod", "exercise", "premium",
        "strikePricePerUnit", "settlementCurrency"},
    "fixedLeg": PARTIES | PERIODS | PAID | AMOUNTS | {
        "fixedPrice", "fixedPriceSchedule", "settlementPeriodsPrice", "totalPrice"},
    "floatingLeg": PARTIES | PERIODS | PAID | AMOUNTS | {"commodity", "calculation"},
    "gasPhysicalLeg": PARTIES | DELIVERY | {"gas"},
    "electricityPhysicalLeg": PARTIES | DELIVERY | {
        "electricity", "loadType", "settlementPeriods", "settlementPeriodsSchedule"},
    "coalPhysicalLeg": PARTIES | DELIVERY | {"coal"},
    "oilPhysicalLeg": PARTIES | DELIVERY | {"oil"},
    "environmentalPhysicalLeg": PARTIES | DELIVERY | {"environmental"},
    "gas": frozenset({"type", "calorificValue", "quality"}),
    "electricity": frozenset({"type", "voltage"}),
    "coal": frozenset({"type"}),
    "deliveryPeriods": PERIODS | {"periodsSchedule"},
    "deliveryConditions": frozenset(
        {"deliveryPoint", "deliveryZone", "deliveryType", "electingPartyReference"}
    ),
    "deliveryQuantity": frozenset(
        {"physicalQuantity", "physicalQuantitySchedule", "totalPhysicalQuantity"}
    ),
    "physicalQuantitySchedule": STEPS | {"quantityStep"},
    "notionalQuantitySchedule": STEPS | {"notionalStep"},
    **dict.fromkeys(
        ("notionalQuantity", "physicalQuantity", "totalPhysicalQuantity", "quantityStep",
         "notionalStep"),
        AMOUNT,
    ),
    **dict.fromkeys(("effectiveDate", "terminationDate"), DAY),
    "calculationPeriodsSchedule": SCHEDULE,
    "periodsSchedule": SCHEDULE,
    "settlementPeriods": frozenset(
        {"duration", "applicableDay", "startTime", "endTime", "excludeHolidays", "includeHolidays"}
    ),
    "fixedPrice": PRICE,
    "fixedPriceStep": PRICE,
    "fixedPriceSchedule": STEPS | {"fixedPriceStep"},
    "settlementPeriodsPrice": PRICE | {"settlementPeriodsReference"},
    "totalPrice": PRICE | MONEY,
    "commodity": frozenset(
        {"instrumentId", "specifiedPrice", "deliveryDates", "commodityBase", "commodityDetails",
         "unit", "currency", "exchangeId", "publication", "description"}
    ),
    "calculation": frozenset({"pricingDates", "averagingMethod", "spread"}),
    "spread": MONEY,
    "pricingDates": PERIODS | {"dayType", "dayDistribution", "businessCalendar"},
    "exercise": EXERCISES | PAID | {"settlementCurrency"},
    "physicalExercise": EXERCISES,
    "europeanExercise": EXPIRY | {"expirationTime", "latestExerciseTime"},
    "americanExercise": EXPIRY | {"commencementDate", "expirationTime", "latestExerciseTime"},
    "expirationDates": frozenset({"periodicDates", "adjustableDates"}),
    "strikePricePerUnit": MONEY,
    "premium": PARTIES | {"paymentDate", "paymentAmount", "premiumPerUnit"},
    "paymentAmount": MONEY,
    "premiumPerUnit": MONEY,
}  # fmt: skip
"""What an element may hold: what is reckoned with, and what changes no price, quantity or day.

Of elements that do not stand here all may be: dates, names, what happens when a market fails."""


def refuse_unknown(element: Element, path: str = "") -> None:
    """Refuse a trade or part of it that holds terms which are not reckoned with.

    Raises
    ------
    InputError
        Naming the term by its path.
    """
    known = KNOWN.get(element.name)
    if known is None:
        return
    for one in element.children:
        inner = f"{path}/{one.name}" if path else one.name
        if one.name not in known:
            raise InputError(f"{inner} is not reckoned with; value it elsewhere")
        refuse_unknown(one, inner)
