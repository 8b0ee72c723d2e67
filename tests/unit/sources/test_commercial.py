"""Adapters of commercial sources, held against the interfaces that their clients publish."""

import inspect
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattbook.errors import InputError, SourceError
from wattbook.sources import bloomberg, dow_jones, refinitiv, trayport, weather_company
from wattbook.sources.catalogue import recognise
from wattbook.sources.payload import Dataset, Parsed, Payload, Query

DAY = 86_400 * 10**9
CLIENTS = json.loads(Path(__file__).with_name("client_signatures.json").read_text())

BLOOMBERG: dict[str, Any] = {
    "securityData": {
        "security": "TTFG1MON Index",
        "fieldExceptions": [
            {"fieldId": "VOLUM", "errorInfo": {"category": "BAD_FLD", "message": "Field not valid"}}
        ],
        "fieldData": [
            {"date": "2024-03-28", "PX_LAST": 27.34, "PX_VOLUME": 12_000},
            {"date": "2024-04-02", "PX_LAST": 25.9},
        ],
    }
}
LSEG: list[dict[str, Any]] = [
    {
        "universe": {"ric": "TRNLTTFMc1"},
        "interval": "P1D",
        "headers": [
            {"name": "DATE", "type": "string"},
            {"name": "SETTLE", "type": "number", "decimalChar": "."},
        ],
        "data": [["2024-04-02", 25.9], ["2024-03-28", None]],
    },
    {
        "universe": {"ric": "NONE"},
        "status": {"code": "TS.Interday.UserRequestError.90001", "message": "Not found"},
    },
]
ARTICLES: dict[str, Any] = {
    "data": [
        {
            "id": "DJDN000020240402ek42001",
            "type": "article",
            "attributes": {
                "an": "DJDN000020240402ek42001",
                "title": "Gas Rises",
                "snippet": "Colder",
                "body": "Prices rose.",
                "publication_datetime": "1712044800000",
                "modification_datetime": 1_712_044_860_000,
                "language_code": "en",
                "source_name": "Dow Jones Newswires",
                "subject_codes": ",m14,mcat,",
                "company_codes": ",EQNR,",
                "action": "rep",
            },
        },
        {
            "id": "drn:archive.newsarticle.1",
            "type": "content",
            "attributes": {
                "headline": {"main": {"text": "Power falls"}},
                "publication_date": "2024-04-02T08:00:00Z",
            },
        },
        {"type": "article", "attributes": {"title": "No identifier"}},
    ]
}
NITF = b"""<?xml version="1.0"?><nitf><head><title>Gas</title><docdata><doc-id id-string="dj-1"/>
<date.issue norm="2024-04-02T08:00:00Z"/><urgency ed-urg="2"/><du-key version="3"/></docdata></head>
<body><body.head><hedline><hl1>Gas rises</hl1></hedline></body.head>
<body.content><p>Prices rose.</p></body.content></body></nitf>"""
FORECAST: dict[str, Any] = {
    "validTimeUtc": [1_711_846_800, 1_711_850_400],
    "temperature": [7, None],
    "windSpeed": [12, 14],
    "qpf": [0.0, 1.2],
    "wxPhraseLong": ["Cloudy", "Rain"],
}
TRADES: list[dict[str, Any]] = [
    {
        "tradeId": 77,
        "dealDate": "2024-04-02T07:00:00.123",
        "price": 25.9,
        "quantity": 5,
        "aggressorAction": "Sell",
        "instrumentId": 10_002_806,
        "sequenceItemName": "May-24",
        "venueCode": "ICE",
    },
    {"dealDate": "2024-04-02T07:00:01Z", "price": None, "quantity": 5},
]
DOCUMENTS = {
    "bloomberg": json.dumps({"historicalDataResponse": [BLOOMBERG]}).encode(),
    "refinitiv": json.dumps(LSEG).encode(),
    "dow_jones": json.dumps(ARTICLES).encode(),
    "weather_company": json.dumps(FORECAST).encode(),
    "trayport": json.dumps(TRADES).encode(),
}
MODULES = (bloomberg, refinitiv, dow_jones, weather_company, trayport)


def instant(text: str) -> int:
    return int(np.datetime64(text, "ns").astype(np.int64))


SPAN = Query(instant("2024-03-28"), instant("2024-04-03"))


def parsed(source: str, address: str = "") -> Parsed:
    payload = Payload("answer.json", DOCUMENTS[source], address=address)
    dataset = recognise(payload)
    assert dataset is not None
    assert dataset.source == source
    return dataset.parse(payload)


class Request:
    """Keeps what it is told, as a request of blpapi does."""

    def __init__(self) -> None:
        self.told: list[tuple[str, Any]] = []

    def append(self, name: str, value: Any) -> None:
        self.told.append((name, value))

    def set(self, name: str, value: Any) -> None:
        self.told.append((name, value))


class Message:
    def __init__(self, content: Any) -> None:
        self.content = content

    def toPy(self) -> Any:  # noqa: N802
        return self.content


class Event:
    def __init__(self, kind: int, *messages: Any) -> None:
        self.kind = kind
        self.messages = messages

    def eventType(self) -> int:  # noqa: N802
        return self.kind

    def __iter__(self) -> Iterator[Message]:
        return iter(Message(content) for content in self.messages)


class Session:
    """Answers with the events it was given, as a session of blpapi does."""

    def __init__(self, *events: Event, opens: bool = True) -> None:
        self.events = list(events)
        self.opens = opens
        self.request = Request()
        self.sent: list[Request] = []

    def openService(self, serviceName: str) -> bool:  # noqa: N802, N803
        return self.opens and serviceName == "//blp/refdata"

    def getService(self, serviceName: str) -> "Session":  # noqa: N802, N803
        assert serviceName == "//blp/refdata"
        return self

    def createRequest(self, operation: str) -> Request:  # noqa: N802
        assert operation == "HistoricalDataRequest"
        return self.request

    def sendRequest(self, request: Request) -> None:  # noqa: N802
        self.sent.append(request)

    def nextEvent(self, timeout: int) -> Event:  # noqa: N802
        assert timeout > 0
        return self.events.pop(0) if self.events else Event(bloomberg.TIMEOUT)


def test_a_bloomberg_answer_in_parts_becomes_one_payload() -> None:
    session = Session(
        Event(bloomberg.SESSION_STATUS, {"SessionStarted": {}}),
        Event(bloomberg.PARTIAL_RESPONSE, BLOOMBERG),
        Event(bloomberg.RESPONSE, {"responseError": {"message": "Over the limit"}}),
        Event(bloomberg.RESPONSE, "never read"),
    )
    payload = bloomberg.history(session, ["TTFG1MON Index"], ["PX_LAST", "PX_VOLUME"], SPAN)
    assert session.sent == [session.request]
    assert ("startDate", "20240328") in session.request.told
    assert ("endDate", "20240402") in session.request.told
    assert session.request.told.count(("securities", "TTFG1MON Index")) == 1
    found = bloomberg.DATASETS[0].parse(payload)
    assert found.observations["value"].to_list() == [27.34, 12_000.0, 25.9]
    assert set(found.observations["location"]) == {"TTFG1MON Index"}
    assert found.observations["delivery_start"][2] == instant("2024-04-02")
    reasons = [part.reason for part in found.quarantined]
    assert reasons == ["Bloomberg refused the request: Over the limit", "VOLUM: Field not valid"]


def test_a_day_that_64_bits_do_not_hold_is_set_aside() -> None:
    for old in (b"2024-04-02", b"1712044800000"):
        for source, content in DOCUMENTS.items():
            module = next(found for found in MODULES if found.__name__.endswith(source))
            changed = content.replace(old, b"9999-12-31")
            found = module.DATASETS[0].parse(Payload("x", changed))
            assert (changed == content) or found.quarantined


def test_a_silent_or_closed_terminal_is_an_error_with_what_to_do() -> None:
    with pytest.raises(SourceError, match="no answer in 30 s"):
        bloomberg.history(Session(), ["X"], ["PX_LAST"], SPAN)
    with pytest.raises(SourceError, match="session started"):
        bloomberg.history(Session(opens=False), ["X"], ["PX_LAST"], SPAN)


def names(function: Any) -> list[str]:
    found = inspect.signature(function).parameters
    return [name for name in found if name != "self"]


@pytest.mark.parametrize("client", ["lseg-data", "refinitiv-data"])
def test_the_client_of_lseg_takes_what_the_adapter_gives_it(client: str) -> None:
    theirs = CLIENTS[client]["functions"]["get_history"]
    assert theirs[0] == "universe"
    assert {name.strip("[]") for name in theirs} >= set(names(refinitiv.Client.get_history))
    needed = {name for name in theirs if not name.startswith("[")}
    assert needed <= set(names(refinitiv.Client.get_history))


@pytest.mark.parametrize(
    ("protocol", "owner"),
    [
        (bloomberg.Session, "Session"),
        (bloomberg.Service, "Service"),
        (bloomberg.Request, "Request"),
        (bloomberg.Event, "Event"),
        (bloomberg.Message, "Message"),
    ],
)
def test_the_client_of_bloomberg_takes_what_the_adapter_gives_it(
    protocol: type, owner: str
) -> None:
    theirs = CLIENTS["blpapi-stubs"]["functions"]
    methods = [
        name
        for name, value in vars(protocol).items()
        if inspect.isfunction(value) and (not name.startswith("_") or name == "__iter__")
    ]
    assert methods
    for method in methods:
        known = theirs.get(f"{owner}.{method}") or theirs.get(f"Abstract{owner}.{method}", [])
        assert f"{owner}.{method}" in theirs or f"Abstract{owner}.{method}" in theirs
        needed = [name for name in known if not name.startswith("[")]
        ours = names(getattr(protocol, method))
        # Arguments go by position, so their number must fit.
        assert len(needed) <= len(ours) <= len(known)


class Frame:
    def to_json(self, *, orient: str, date_format: str) -> str:
        assert (orient, date_format) == ("split", "iso")
        table = {
            "columns": ["SETTLE"],
            "index": ["2024-03-28T00:00:00.000", "2024-04-02T00:00:00.000"],
            "data": [[None], [25.9]],
        }
        return json.dumps(table)


class Lseg:
    def __init__(self) -> None:
        self.asked: dict[str, Any] = {}

    def get_history(
        self, universe: str, fields: list[str], interval: str, start: str, end: str
    ) -> Frame:
        self.asked = {"interval": interval, "start": start, "end": end, "fields": fields}
        assert universe == "TRNLTTFMc1"
        return Frame()


def test_lseg_gives_the_same_rows_by_client_and_by_rest() -> None:
    client = Lseg()
    payload = refinitiv.history(client, "TRNLTTFMc1", ["SETTLE"], SPAN)
    assert client.asked["end"] == "2024-04-02"
    by_client = refinitiv.DATASETS[0].parse(payload).observations
    by_rest = parsed("refinitiv")
    shown = ["dataset", "location", "delivery_start", "delivery_end", "value"]
    assert by_client.select(shown).equals(by_rest.observations.select(shown).reverse())
    (aside,) = by_rest.quarantined
    assert "Not found" in aside.reason


def test_articles_keep_their_action_and_codes() -> None:
    found = parsed("dow_jones")
    first, second = found.tables["news"].iter_rows(named=True)
    assert first["ts_event"] == instant("2024-04-02T08:01")
    assert (first["subject_code"], first["instrument"]) == ("m14\nmcat", "EQNR")
    assert first["status"] == "rep"
    assert (second["headline"], second["ts_event"]) == ("Power falls", instant("2024-04-02T08:00"))
    (aside,) = found.quarantined
    assert "without accession number" in aside.reason


def test_a_time_in_digits_of_another_script_is_none() -> None:
    content = json.dumps(ARTICLES).replace('"1712044800000"', '"1712044800²"')
    content = content.replace("1712044860000", "null")
    found = dow_jones.DATASETS[0].parse(Payload("a.json", content.encode()))
    assert found.tables["news"]["headline"].to_list() == ["Power falls"]
    assert "1712044800²" in found.quarantined[0].reason


def test_nitf_is_news() -> None:
    payload = Payload("a.xml", NITF)
    assert recognise(payload) is dow_jones.DATASETS[1]
    (row,) = dow_jones.DATASETS[1].parse(payload).tables["news"].iter_rows(named=True)
    assert (row["message"], row["revision"], row["urgency"]) == ("dj-1", 3, 2)
    assert (row["headline"], row["body"]) == ("Gas rises", "Prices rose.")
    bad = dow_jones.DATASETS[1].parse(Payload("a.xml", NITF.replace(b'"3"', b'"c"')))
    assert "no whole number" in bad.quarantined[0].reason


def test_a_forecast_is_of_the_place_in_its_address() -> None:
    found = parsed("weather_company", "https://x/15day?geocode=50.11%2C8.68&units=m")
    frame = found.observations
    assert set(frame["location"]) == {"50.11,8.68"}
    rain = frame.filter(dataset="total_precipitation").row(1, named=True)
    assert (rain["value"], rain["unit"]) == (1.2, "mm")
    assert rain["delivery_end"] - rain["delivery_start"] == 3_600 * 10**9
    assert frame.filter(dataset="2_metre_temperature")["value"].to_list() == [7.0, None]
    short = {**FORECAST, "windSpeed": [1]}
    bad = weather_company.DATASETS[0].parse(Payload("x", json.dumps(short).encode()))
    assert "windSpeed has 1 values for 2 hours" in bad.quarantined[0].reason


def test_a_trade_without_price_is_set_aside() -> None:
    found = parsed("trayport")
    (row,) = found.tables["trade"].iter_rows(named=True)
    assert row["ts_event"] == instant("2024-04-02T07:00:00.123")
    assert (row["instrument"], row["item_name"], row["side"]) == ("10002806", "May-24", "Sell")
    (aside,) = found.quarantined
    assert aside.place == "record 1"


class Answers(BaseHTTPRequestHandler):
    """Answers each source's path with its document, if the key is where it belongs."""

    def do_GET(self) -> None:
        path = self.path.lower()
        source = next(
            (
                s
                for s in DOCUMENTS
                if {"refinitiv": "interday", "dow_jones": "realtime"}.get(s, s) in path
            ),
            "trayport" if "trades" in path else "weather_company",
        )
        sent = [self.headers.get("Authorization"), self.headers.get("X-API-KEY")]
        is_allowed = "secret" in sent or "apikey=secret" in path
        length = int(self.headers.get("Content-Length") or 0)
        if length:
            assert json.loads(self.rfile.read(length))["data"]["type"] == "content"
        content = DOCUMENTS[source] if is_allowed else b"{}"
        self.send_response(200 if is_allowed else 401)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_GET  # noqa: N815

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Serve the documents on a port of the loopback."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as httpd:
        thread = threading.Thread(target=httpd.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{httpd.server_port}"
        httpd.shutdown()
        thread.join()


QUERIES = {
    "refinitiv": Query(SPAN.start, SPAN.end, "TRNLTTFMc1", {"fields": "SETTLE"}),
    "dow_jones": Query(SPAN.start, SPAN.end, "", {"search": "natural gas"}),
    "weather_company": Query(SPAN.start, SPAN.end, "50.11,8.68"),
    "trayport": Query(
        SPAN.start, SPAN.end, "10002806", {"sequenceId": "1", "sequenceItemId": "272"}
    ),
}


@pytest.mark.parametrize("source", QUERIES)
def test_a_request_fetches_what_the_source_reads(server: str, source: str) -> None:
    module = next(found for found in MODULES if found.__name__.endswith(source))
    dataset: Dataset = module.DATASETS[0]
    assert dataset.requests is not None
    (request,) = dataset.requests(QUERIES[source])
    assert "secret" not in repr(request)
    assert request.credential
    place, _, name = request.credential_place.partition(":")
    headers, parameters = dict(request.headers), dict(request.parameters)
    (headers if place == "header" else parameters)[name] = "secret"
    url = server + httpx.URL(request.url).path
    method = "POST" if request.body else "GET"
    answer = httpx.request(
        method, url, params=parameters, headers=headers, content=request.body or None
    )
    assert answer.status_code == 200
    payload = Payload("answer.json", answer.content, address=request.url)
    assert dataset.recognises(payload)
    assert dataset.parse(payload).rows == parsed(source).rows
    with pytest.raises(InputError):
        list(dataset.requests(Query(SPAN.start, SPAN.end)))


@settings(max_examples=200)
@given(st.data())
def test_no_damage_to_an_answer_raises(data: st.DataObject) -> None:
    samples = [*DOCUMENTS.values(), NITF]
    content = bytearray(data.draw(st.sampled_from(samples)))
    for _ in range(data.draw(st.integers(1, 5))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] = data.draw(st.integers(0, 255) | st.sampled_from(b'{}[]",:09-'))
    payload = Payload("x", bytes(content[: data.draw(st.integers(0, len(content)))]))
    for module in MODULES:
        for dataset in module.DATASETS:
            assert isinstance(dataset.recognises(payload), bool)
            assert isinstance(dataset.parse(payload), Parsed)
