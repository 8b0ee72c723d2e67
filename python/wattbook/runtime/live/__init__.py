"""Live trading: the run of paper trading, with orders that go to an exchange."""

from wattbook.runtime.live.exchange import OpenExchange, open_exchange
from wattbook.runtime.live.native import is_on_this_machine, session_text
from wattbook.runtime.live.release import request_release
from wattbook.runtime.live.venues import LiveVenues, address_of

__all__ = [
    "LiveVenues",
    "OpenExchange",
    "address_of",
    "is_on_this_machine",
    "open_exchange",
    "request_release",
    "session_text",
]
