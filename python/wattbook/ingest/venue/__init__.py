"""Sessions of venues: instruments, book changes, trades, phases and capacities over real sockets.

A file says how a venue is reached (``docs/venues.md``), and the compiled part does so on threads of
its own: it logs in, follows books without a gap, comes back after a loss, and sets aside what it
cannot trust. `SimulatedVenue` is a venue of our own to try it on.
"""

from wattbook.ingest.venue.secrets import Secrets, environment_secrets
from wattbook.ingest.venue.session import (
    BookLevel,
    VenueBatch,
    VenueBook,
    VenueSession,
    VenueStatistics,
    no_events,
    replay,
)
from wattbook.ingest.venue.simulator import FAULTS, SimulatedVenue

__all__ = [
    "FAULTS",
    "BookLevel",
    "Secrets",
    "SimulatedVenue",
    "VenueBatch",
    "VenueBook",
    "VenueSession",
    "VenueStatistics",
    "environment_secrets",
    "no_events",
    "replay",
]
