"""Only the messages that are wanted are fetched, by the index beside each file."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import ModuleType

import httpx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.sources.test_grib import made

from wattbook.errors import InputError
from wattbook.sources import ecmwf, grib, noaa
from wattbook.sources.catalogue import recognise
from wattbook.sources.payload import Dataset, Payload, Query, Request

FILES: dict[str, bytes] = {}
TWO_METRES = made(shortName="2t")
RAIN = made(shortName="tp", productDefinitionTemplateNumber=8, startStep=0, endStep=3)
WIND = made(shortName="10u")
GRIB = TWO_METRES + RAIN + WIND
NOAA_INDEX = (
    "1:0:d=2024033106:TMP:2 m above ground:3 hour fcst:\n"
    f"2.1:{len(TWO_METRES)}:d=2024033106:APCP:surface:0-3 hour acc fcst:\n"
    f"2.2:{len(TWO_METRES)}:d=2024033106:ACPCP:surface:0-3 hour acc fcst:\n"
    f"3:{len(TWO_METRES + RAIN)}:d=2024033106:UGRD:10 m above ground:3 hour fcst:\n"
).encode()
ECMWF_LINE = (
    '{{"domain": "g", "date": "20240331", "time": "0600", "expver": "0001", "class": "od", '
    '"type": "fc", "stream": "oper", "step": "3", "levtype": "sfc", "param": "{}", '
    '"_offset": {}, "_length": {}}}\n'
)
ECMWF_INDEX = (
    ECMWF_LINE.format("2t", 0, len(TWO_METRES))
    + ECMWF_LINE.format("tp", len(TWO_METRES), len(RAIN))
    + ECMWF_LINE.format("10u", len(TWO_METRES + RAIN), len(WIND))
).encode()


class Ranges(BaseHTTPRequestHandler):
    """Serves `FILES`, whole or by range, as both publishers do."""

    def do_GET(self) -> None:
        content = FILES[self.path]
        wanted = self.headers.get("Range")
        if wanted:
            first, _, last = wanted.removeprefix("bytes=").partition("-")
            content = content[int(first) : int(last) + 1 if last else None]
        self.send_response(206 if wanted else 200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Serve the files on a port of the loopback."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Ranges) as httpd:
        thread = threading.Thread(target=httpd.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{httpd.server_port}"
        httpd.shutdown()
        thread.join()


def fetched(request: Request) -> Payload:
    answer = httpx.get(request.url, headers=dict(request.headers))
    assert answer.status_code == (206 if request.headers else 200)
    return Payload(request.url.rsplit("/", 1)[-1], answer.content, address=request.url)


def dataset(module: ModuleType, name: str) -> Dataset:
    found: Dataset = next(one for one in module.DATASETS if one.name == name)
    return found


@pytest.mark.long
@pytest.mark.parametrize(
    ("module", "suffixes", "index", "wanted"),
    [
        (noaa, ("", ".idx"), NOAA_INDEX, "TMP:2 m above ground;UGRD:10 m above ground"),
        (ecmwf, (".grib2", ".index"), ECMWF_INDEX, "2t:sfc;10u:sfc"),
    ],
)
def test_the_index_leads_to_the_wanted_messages_alone(
    server: str, module: ModuleType, suffixes: tuple[str, str], index: bytes, wanted: str
) -> None:
    FILES["/file" + suffixes[0]] = GRIB
    FILES["/file" + suffixes[1]] = index
    payload = fetched(Request(f"{server}/file{suffixes[1]}"))
    assert recognise(payload) is dataset(module, "index")
    requests = list(module.CENTRE.ranges(payload, wanted))
    found = [next(iter(grib.fields(fetched(request).content))) for request in requests]
    assert [field.short_name for field in found if isinstance(field, grib.Field)] == ["2t", "10u"]
    assert sum(len(fetched(r).content) for r in requests) == len(TWO_METRES) + len(WIND)
    # Neighbours come in one request.
    (one,) = module.CENTRE.ranges(payload, wanted + (";APCP" if module is noaa else ";tp"))
    assert fetched(one).content == GRIB


@pytest.mark.parametrize(("module", "index"), [(noaa, NOAA_INDEX), (ecmwf, ECMWF_INDEX)])
def test_an_index_is_a_table_and_a_bad_line_is_set_aside(module: ModuleType, index: bytes) -> None:
    parsed = dataset(module, "index").parse(Payload("x", index + b"what is this\n\xff\n" + index))
    table = parsed.tables["index"]
    assert table.height == 2 * index.count(b"\n")
    assert [part.offset for part in parsed.quarantined] == [len(index), len(index) + 13]
    start = int(np.datetime64("2024-03-31T06:00", "ns").astype(np.int64))
    assert set(table["reference"]) == {start}


@settings(max_examples=100)
@given(st.data())
def test_no_damage_to_an_index_raises(data: st.DataObject) -> None:
    content = bytearray(data.draw(st.sampled_from([NOAA_INDEX, ECMWF_INDEX])))
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] = data.draw(st.integers(0, 255) | st.sampled_from(b'09:"{}'))
    for module in (noaa, ecmwf):
        found = dataset(module, "index").parse(Payload("x", bytes(content)))
        assert found.tables["index"].height + len(found.quarantined) >= 1
    late = NOAA_INDEX.replace(b"d=2024", b"d=9999")
    assert len(dataset(noaa, "index").parse(Payload("x", late)).quarantined) == 4


def test_what_the_index_does_not_have_is_named_with_what_it_has() -> None:
    with pytest.raises(InputError, match="it has TMP:2 m above ground"):
        list(noaa.CENTRE.ranges(Payload("x.idx", NOAA_INDEX, address="x.idx"), "TMP:surface"))


def test_a_query_asks_for_every_run_and_step_within_it() -> None:
    day = int(np.datetime64("2024-03-31", "ns").astype(np.int64))
    query = Query(day, day + 43_200 * 10**9, options={"model": "gfs", "steps": "0-3/3"})
    requests = dataset(noaa, "index").requests
    assert requests is not None
    urls = [request.url.split("/prod/")[1] for request in requests(query)]
    assert urls == [
        "gfs.20240331/00/atmos/gfs.t00z.pgrb2.0p25.f000.idx",
        "gfs.20240331/00/atmos/gfs.t00z.pgrb2.0p25.f003.idx",
        "gfs.20240331/06/atmos/gfs.t06z.pgrb2.0p25.f000.idx",
        "gfs.20240331/06/atmos/gfs.t06z.pgrb2.0p25.f003.idx",
    ]
    requests = dataset(ecmwf, "field").requests
    assert requests is not None
    (only,) = requests(Query(day, day + 1, options={"steps": "0"}))
    assert only.url.endswith("20240331/00z/ifs/0p25/oper/20240331000000-0h-oper-fc.grib2")
    with pytest.raises(InputError, match="hours such as"):
        list(requests(Query(day, day + 1, options={"steps": "soon"})))
