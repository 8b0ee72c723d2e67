"""The report's pictures of a made-up book follow its single orders."""

import polars as pl

from wattbook.runtime.report.depth import INTERVAL_NS, rebuilt

MW = 1_000_000


def messages(*rows: tuple[int, str, int, str, int, int]) -> pl.DataFrame:
    names = ("ts_event", "action", "venue_order", "side", "price", "volume")
    types = (pl.Int64, pl.String, pl.UInt64, pl.String, pl.Int64, pl.Int64)
    return pl.DataFrame(rows, schema=dict(zip(names, types, strict=True)), orient="row")


def test_a_picture_holds_what_stands_in_the_book_every_five_minutes() -> None:
    large = (1 << 64) - 5
    rows = messages(
        (1, "add", 1, "buy", -10 * MW, 5 * MW),
        (2, "add", large, "sell", 20 * MW, 3 * MW),
        (3, "add", 2, "sell", 20 * MW, 1 * MW),
        (INTERVAL_NS, "modify", large, "sell", 20 * MW, 2 * MW),
        (INTERVAL_NS + 1, "delete", 2, "sell", 20 * MW, 0),
        (INTERVAL_NS + 2, "add", 3, "buy", 25 * MW, 1 * MW),
        (2 * INTERVAL_NS + 1, "delete", 3, "buy", 25 * MW, 0),
        (3 * INTERVAL_NS, "add", 4, "buy", 5 * MW, 1 * MW),
    )
    first, last = rebuilt(rows)
    assert first == {"t": 300.0, "bids": [(-10.0, 5.0)], "asks": [(20.0, 3.0)]}
    # At ten minutes the bid was above the ask: a call, and no picture.
    assert last == {"t": 900.0, "bids": [(5.0, 1.0), (-10.0, 5.0)], "asks": [(20.0, 2.0)]}
