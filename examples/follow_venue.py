"""Follow a venue and print the best prices of its contracts; here a simulated one.

Run it: ``python examples/follow_venue.py``. For a venue of your own, give its file:
``python examples/follow_venue.py venue.toml``, with WATTBOOK_VENUE_USER and WATTBOOK_VENUE_PASSWORD
set.
"""

import sys
import tempfile
from pathlib import Path

import polars as pl

from wattbook.ingest.venue import SimulatedVenue, VenueSession


def follow(session: VenueSession) -> None:
    """Take what comes until every book is whole, then print the best prices."""
    names: dict[int, str] = {}
    for batch in session.batches():
        listed = pl.DataFrame(batch.instruments).select("instrument", "location", "delivery_start")
        for number, location, start in listed.iter_rows():
            names[number] = f"{location} {start:%Y-%m-%d %H:%M}Z"
        if (books := session.books(levels=1)) and all(book.is_whole for book in books.values()):
            break
    for instrument, book in session.books(levels=1).items():
        bid, ask = book.best_bid, book.best_ask
        print(names[instrument], bid and bid.price, ask and ask.price, sep="  ")
    print(session.statistics)


def main() -> None:
    """Follow the file given, or a simulated venue."""
    if len(sys.argv) > 1:
        with VenueSession.open(Path(sys.argv[1])) as session:
            follow(session)
        return
    secrets = lambda: ("trader", "anything")  # noqa: E731
    with SimulatedVenue("nordpool", hours=2, secrets=secrets) as venue:
        venue.step(2_000)
        path = Path(tempfile.mkdtemp()) / "venue.toml"
        path.write_text(venue.file)
        with VenueSession.open(path, secrets=secrets) as session:
            follow(session)


if __name__ == "__main__":
    main()
