"""What a market participant owes the public and its supervisor."""

from wattbook.compliance.outage import UNIT_KINDS, OutageMessage, Participant, message_id
from wattbook.compliance.outage_document import outage_xml, read_outage

__all__ = [
    "UNIT_KINDS",
    "OutageMessage",
    "Participant",
    "message_id",
    "outage_xml",
    "read_outage",
]
