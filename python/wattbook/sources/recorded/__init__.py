"""Markets whose prices are recorded, or made from a seed, so that they can be traded again.

These are files of the data folder that were prepared once, not payloads of a publisher: what
arrives from AEMO, ERCOT or NYISO is read by the island of that name.
"""

from wattbook.sources.recorded import coupled, ercot, generated, isone, nem, nyiso
from wattbook.sources.recorded.raw import Clock, IntervalMark, PriceKind, RawSeries, Source

__all__ = ["SOURCES", "Clock", "IntervalMark", "PriceKind", "RawSeries", "Source"]

SOURCES: dict[str, Source] = {
    source.name: source
    for source in (
        generated.SOURCE,
        coupled.COUPLED,
        nem.VIC1,
        ercot.HUBAVG,
        nyiso.NYC,
        nyiso.LONGIL,
        *isone.ZONES,
        coupled.GME_ITALY,
    )
}
"""Every power market that can be traded, by the name that a desk file gives it."""
