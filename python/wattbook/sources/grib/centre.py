"""A weather centre that publishes GRIB files with an index of their messages beside.

Ask for the index (dataset ``index``), then for the messages that are wanted with `Centre.ranges`,
or for whole files (dataset ``field``). Centres differ in the names of files and the form of the
index; what they send is read alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from wattbook.sources.grib.index import Entry, parsed, range_requests
from wattbook.sources.grib.reading import parse
from wattbook.sources.payload import Dataset, Payload, Quarantined, Query, Request

__all__ = ["Centre"]


@dataclass(frozen=True, slots=True)
class Centre:
    """How a centre's files are known, read and asked for.

    Parameters
    ----------
    source : str
        Its island.
    what : str
        Its models and the options of a query, for a person.
    file_suffix, index_suffix : str
        What the addresses of a file and of its index end in.
    is_field, is_index : callable
        Whether a payload is a file, or an index, of the centre.
    entries : callable
        Takes the bytes of an index; gives its lines.
    addresses : callable
        Takes a query; gives the addresses of files, without their ending.
    """

    source: str
    what: str
    file_suffix: str
    index_suffix: str
    is_field: Callable[[Payload], bool]
    is_index: Callable[[Payload], bool]
    entries: Callable[[bytes], Iterator[Entry | Quarantined]]
    addresses: Callable[[Query], Iterator[str]]

    def ranges(self, index: Payload, wanted: str) -> Iterator[Request]:
        """Yield requests for the messages of the file that `index` is of.

        Parameters
        ----------
        index : Payload
            An index; its address ends in `index_suffix`.
        wanted : str
            ``parameter:level`` as the index names them, ``;`` between several:
            ``TMP:2 m above ground;APCP:surface`` of NOAA, ``2t:sfc;t:pl 850`` of ECMWF. An
            ensemble's members all come.

        Raises
        ------
        InputError
            If the index has none of one of them.
        """
        found = [entry for entry in self.entries(index.content) if isinstance(entry, Entry)]
        address = index.address.removesuffix(self.index_suffix) + self.file_suffix
        yield from range_requests(address, found, wanted)

    def ask(self, suffix: str, query: Query) -> Iterator[Request]:
        """Yield the requests for files, or for their indices."""
        for address in self.addresses(query):
            yield Request(address + suffix)

    def datasets(self) -> tuple[Dataset, Dataset]:
        """Return the files and the indices as datasets."""
        return (
            Dataset(
                self.source,
                "field",
                f"whole files of GRIB: {self.what}",
                self.is_field,
                parse,
                partial(self.ask, self.file_suffix),
            ),
            Dataset(
                self.source,
                "index",
                f"which bytes of a file hold what: {self.what}",
                self.is_index,
                lambda payload: parsed(self.entries(payload.content)),
                partial(self.ask, self.index_suffix),
                is_recorded=False,
            ),
        )
