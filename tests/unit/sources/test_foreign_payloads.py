"""What has nothing to do with a dataset is never taken for it, and no reader raises on it."""

from __future__ import annotations

import gzip

import pytest

from wattbook.runtime.ingest.examine import Outcome, examined
from wattbook.runtime.ingest.reading import broken_promise, read
from wattbook.sources.catalogue import datasets
from wattbook.sources.payload import OBSERVATION_COLUMNS, Dataset, Payload

HTML = b"""<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN", "xhtml1-strict.dtd"><html>
<head><title>Error "503"</title></head>
<body class="a","b"><p>"Service, unavailable"</p></body></html>
"""
FOREIGN = {
    "object": b"{}",
    "list": b"[]",
    "null": b"null",
    "object of null": b'{"data":null}',
    "list of anything": b'[null,1,"a",[],{}]',
    "number": b"3",
    "page": HTML,
    "page in gzip": gzip.compress(HTML, mtime=0),
    "empty": b"",
    "mark": b"\xef\xbb\xbf",
    "commas": b"," * 100_000,
    "lines of commas": (b"," * 50 + b"\n") * 100,
    "nul": bytes(1_000),
    "nul between": b"a\0b,c\n\0\n",
    "no text": b"\xff" * 100,
    "brackets": b"[" * 100_000,
    "quote": b'"',
    "old line ends": b"a,b\r1,2\r",
    "zip": b"PK\x03\x04",
    "xml": b"<a/>",
    "declaration": b'<?xml version="1.0" encoding="UTF-8"?>',
    "grib": b"GRIB",
}
DATASETS = {f"{dataset.source} {dataset.name}": dataset for dataset in datasets()}


@pytest.mark.long
@pytest.mark.parametrize("dataset", DATASETS.values(), ids=DATASETS)
def test_foreign_contents_never_raise_and_give_no_row(dataset: Dataset) -> None:
    for said, content in FOREIGN.items():
        for name in ("answer.csv", ""):
            payload = Payload(name, content)
            dataset.recognises(payload)
            found = dataset.parse(payload)
            assert found.observations.columns == list(OBSERVATION_COLUMNS), said
            assert (broken_promise(found), found.rows) == ("", 0), said
            told = examined(payload.name, read(payload, lambda _: dataset))
            assert told.outcome is Outcome.QUARANTINED, said
            assert told.quarantined, said
