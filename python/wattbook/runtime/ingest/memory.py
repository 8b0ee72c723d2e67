"""What a normalizer remembers, as a function of the store and of nothing else.

Rules compare a row with rows before it, so what becomes of a payload depends on those before. If
that memory lived in a process alone, one that is killed and started again would store other rows.
Here it follows from the order in which the payloads of a source came to the store: what is stored
already and was not seen by this process, because it was started again or another one wrote, is read
again first.
"""

from collections.abc import Callable
from dataclasses import dataclass

from wattbook.runtime.ingest.normalizers import Normalizer
from wattbook.store.observations import Arrival
from wattbook.store.observations.catalogue import Catalogue

__all__ = ["EPOCH", "RECALLED", "Memory"]

EPOCH = 256
"""After so many payloads of a source its memory begins anew, with the last `RECALLED` ones."""
RECALLED = 32


@dataclass(slots=True)
class Seen:
    """A normalizer and the payloads of a source that it has seen: ``[first, after)``, by number."""

    normalizer: Normalizer
    first: int
    after: int


class Memory:
    """A normalizer for each source, which has seen the payloads that came before.

    A fresh start reads at most `EPOCH` and `RECALLED` payloads of a source again.

    Parameters
    ----------
    fresh : callable
        Makes a normalizer that has seen nothing.
    catalogue : Catalogue
        The order of the payloads.
    recall : callable
        Shows a payload to a normalizer once more.
    """

    def __init__(
        self,
        fresh: Callable[[], Normalizer],
        catalogue: Catalogue,
        recall: Callable[[Arrival, Normalizer], None],
    ) -> None:
        self.fresh = fresh
        self.catalogue = catalogue
        self.recall = recall
        self.seen: dict[str, Seen] = {}

    def before(self, source: str, arrival: int | None = None) -> Normalizer:
        """Return a normalizer as the payloads of a source before one left it.

        It is to be shown that payload next, or given up by `forget`.

        Parameters
        ----------
        source : str
            Whose payloads.
        arrival : int, optional
            `Arrival.arrival` of the payload; one that is not stored yet by default.
        """
        count = self.catalogue.arrival_count(source, arrival)
        first = max(count // EPOCH * EPOCH - RECALLED, 0)
        held = self.seen.get(source)
        if held is None or not held.normalizer.remembers:
            held = Seen(self.fresh(), first, first)
        if held.first != first or held.after > count:
            held = Seen(self.fresh(), first, first)
        if held.normalizer.remembers and held.after < count:
            for entry in self.catalogue.arrivals(source, arrival, held.after):
                self.recall(entry, held.normalizer)
        self.seen[source] = Seen(held.normalizer, first, count + 1)
        return held.normalizer

    def forget(self, source: str) -> None:
        """Give up what was seen of a source: what was to be stored was not."""
        self.seen.pop(source, None)
