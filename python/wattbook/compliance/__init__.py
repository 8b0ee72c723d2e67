"""What a market participant owes the public and its supervisor."""

from wattbook.compliance.outage import OutageMessage, Participant, message_id

__all__ = ["OutageMessage", "Participant", "message_id"]
