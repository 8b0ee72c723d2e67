"""News keep their identifiers, versions and times; a hostile feed never reaches the parser."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattbook.sources import newsml, rss
from wattbook.sources.catalogue import recognise
from wattbook.sources.payload import Parsed, Payload

RSS = b"""<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0"><channel><title>Grid notices</title><language>en-gb</language>
<item><title>Outage at Block 4</title><guid>n-1</guid><link>https://example.com/1</link>
<description>400 MW until Friday</description><category>outage</category><category>gas</category>
<pubDate>Sun, 31 Mar 2024 01:30:00 +0100</pubDate></item>
<item><title>No time</title><guid>n-2</guid><pubDate>soon</pubDate></item>
</channel></rss>"""
ATOM = b"""<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"><title>Prices</title><updated>2024-03-31T02:00:00Z</updated>
<entry><id>urn:a:1</id><title>Cleared</title><published>2024-03-31T01:00:00Z</published>
<updated>2024-03-31T02:00:00Z</updated><content type="text">Done</content></entry></feed>"""


def instant(text: str) -> int:
    return int(np.datetime64(text, "ns").astype(np.int64))


def feed(content: bytes) -> Parsed:
    payload = Payload("feed.xml", content)
    assert recognise(payload) is rss.DATASETS[0]
    return rss.DATASETS[0].parse(payload)


def item(content: bytes) -> Parsed:
    return newsml.DATASETS[0].parse(Payload("item.xml", content))


def test_an_rss_entry_is_news_with_its_time_in_utc() -> None:
    found = feed(RSS)
    news = found.tables["news"]
    assert news["message"].to_list() == ["n-1", "n-2"]
    assert news["ts_event"].to_list() == [instant("2024-03-31T00:30"), None]
    assert news["subject"][0] == "outage\ngas"
    assert (news["provider"][0], news["language"][0]) == ("Grid notices", "en-gb")
    (aside,) = found.quarantined
    assert (aside.place, aside.reason) == ("entry 1", "'soon' is no time")


def test_an_atom_entry_keeps_when_it_was_published_and_updated() -> None:
    (row,) = feed(ATOM).tables["news"].iter_rows(named=True)
    assert (row["created"], row["ts_event"]) == (
        instant("2024-03-31T01:00"),
        instant("2024-03-31T02:00"),
    )
    assert (row["body"], row["kind"]) == ("Done", "atom10")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b'<!DOCTYPE r [<!ENTITY a "b">]>' + RSS[39:], "declares no types"),
        (b"<!DOCTYPE r [ %x; ]>" + RSS[39:], "declares no types"),
        (RSS.replace(b"UTF-8", b"utf-7"), "'utf-7' is not read"),
        (RSS.decode().encode("utf-16-be") + b"<rss >", "zero byte"),
        (b"<rss >" + b"<a>" * 100, "64 deep"),
    ],
)
def test_a_hostile_feed_is_refused_before_it_is_parsed(
    content: bytes, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def reached(_content: bytes) -> None:
        raise AssertionError

    monkeypatch.setattr("feedparser.parse", reached)
    found = rss.DATASETS[0].parse(Payload("x", content))
    assert reason in found.quarantined[0].reason
    assert found.rows == 0


def test_a_broken_feed_keeps_the_entries_before_the_break() -> None:
    found = feed(RSS[: RSS.index(b"<item><title>No")] + b"<item><title>& <<")
    assert found.tables["news"]["message"][0] == "n-1"
    assert "no sound XML" in found.quarantined[0].reason


@settings(max_examples=150)
@given(st.data())
def test_no_damage_to_a_feed_or_an_item_raises(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from([0, 1, 2]))
    content = bytearray((RSS, ATOM, ITEM)[kind])
    for _ in range(data.draw(st.integers(0, 5))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] = data.draw(st.integers(0, 255) | st.sampled_from(b'<>&"/![]'))
    cut = bytes(content[: data.draw(st.integers(0, len(content)))])
    module = newsml if kind == 2 else rss
    found = module.DATASETS[0].parse(Payload("x", cut))
    assert isinstance(found, Parsed)


ITEM = b"""<?xml version="1.0" encoding="UTF-8"?>
<newsItem xmlns="http://iptc.org/std/nar/2006-10-01/" guid="urn:n:1" version="2" xml:lang="en">
<itemMeta><itemClass qcode="ninat:text"/><provider qcode="nprov:X"/>
<versionCreated>2024-03-31T03:00:00+02:00</versionCreated>
<pubStatus qcode="stat:usable"/></itemMeta>
<contentMeta><urgency>3</urgency><headline> Gas up </headline></contentMeta>
<contentSet><inlineXML><p>Text</p></inlineXML></contentSet></newsItem>"""


def test_an_item_without_the_offset_of_its_time_is_set_aside_with_its_bytes() -> None:
    found = item(ITEM.replace(b"+02:00", b""))
    assert found.tables["news"].height == 0
    (aside,) = found.quarantined
    assert "no offset" in aside.reason
    assert aside.raw.startswith(b"<newsItem")
    assert "no whole number" in item(ITEM.replace(b'"2"', b'"two"')).quarantined[0].reason


def test_entities_of_an_item_are_refused() -> None:
    bomb = ITEM.replace(b"<newsItem", b'<!DOCTYPE n [<!ENTITY a "aaaa">]><newsItem', 1)
    found = item(bomb)
    assert found.rows == 0
    assert found.quarantined


def recorded(folder: Path, listing: str) -> Parsed:
    (file,) = (folder / "sources" / "newsml-g2").glob(f"LISTING_{listing}_*.xml")
    payload = Payload(file.name, file.read_bytes(), address=str(file))
    dataset = recognise(payload)
    assert dataset is newsml.DATASETS[0]
    parsed = dataset.parse(payload)
    assert parsed.quarantined == ()
    return parsed


@pytest.mark.data
def test_a_recorded_news_item_is_read_whole(recorded_data: Path) -> None:
    (row,) = recorded(recorded_data, "1").tables["news"].iter_rows(named=True)
    assert row["message"] == "urn:newsml:acmenews.com:20161018:US-FINANCE-FED"
    assert (row["revision"], row["status"]) == (11, "stat:usable")
    assert row["headline"] == 'Fed to halt QE to avert "bubble"'
    assert row["ts_event"] == instant("2018-10-21T21:25:32")
    assert row["embargo"] == instant("2018-10-23T12:00")
    assert row["subject_code"] == "medtop:04000000\nmedtop:20000523"
    assert row["provider"] == "nprov:REUTERS"


@pytest.mark.data
def test_a_recorded_document_has_its_text(recorded_data: Path) -> None:
    (row,) = recorded(recorded_data, "2").tables["news"].iter_rows(named=True)
    assert "Staff Reporter" in row["body"]
    assert row["body"].rstrip().endswith("si.")


@pytest.mark.data
def test_recorded_events_have_their_times_and_belong_together(recorded_data: Path) -> None:
    parsed = recorded(recorded_data, "15")
    first, second = parsed.tables["event"].iter_rows(named=True)
    assert (first["event"], second["part_of"]) == ("event:1234567", "event:1234567")
    assert first["event_start"] == instant("2018-10-26T09:00")
    assert first["event_end"] == instant("2018-10-28T09:00")
    assert second["event_end"] - second["event_start"] == 30 * 60 * 10**9
    assert (first["revision"], first["message"]) == (
        11,
        "urn:newsml:iptc.org:20101019:qqwpiruuew4712",
    )
    assert first["participant"] == "Stuart Myles\nMichael Steidl"
    assert parsed.tables["news"]["kind"].to_list() == ["cinat:concept"]


@pytest.mark.data
def test_the_items_of_a_recorded_message_take_the_time_it_was_sent(recorded_data: Path) -> None:
    news = recorded(recorded_data, "24").tables["news"]
    assert news["message"].to_list() == [None, "N1", "N2", "N3", "N4"]
    assert set(news["ts_event"]) == {instant("2018-10-19T11:17:00.150")}


@pytest.mark.data
def test_a_recorded_company_has_its_instrument(recorded_data: Path) -> None:
    (row,) = recorded(recorded_data, "27").tables["company"].iter_rows(named=True)
    assert (row["symbol"], row["market"], row["company"]) == ("AWG", "mic:XTSE", "Acme Widget")


@pytest.mark.data
def test_recorded_hops_are_in_order(recorded_data: Path) -> None:
    hops = recorded(recorded_data, "29").tables["hop"]
    assert hops["sequence"].to_list() == [1, 2, 3, 4]
    assert hops["party"].to_list() == [
        *("Thomson Reuters", "comp:bwire", "comp:aquiremedia", "comp:AP")
    ]
    assert hops["ts_event"][3] == instant("2018-10-19T19:15")
