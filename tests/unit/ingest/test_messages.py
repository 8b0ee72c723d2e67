"""FAST and SBE from Python: values, and errors with their place."""

import pytest

from wattbook.errors import DecodeError, InputError, SchemaError
from wattbook.ingest import FastDecoder, FixedLayout, SbeSchema, framed

TEMPLATES = """<template name="Quote" id="1"><int64 name="price"><delta/></int64>
<string name="venue" presence="optional"><copy/></string></template>"""

HEADER = "".join(
    f'<type name="{part}" primitiveType="uint16"/>'
    for part in ("blockLength", "templateId", "schemaId", "version")
)
SCHEMA = f"""<messageSchema id="7">
<types><composite name="messageHeader">{HEADER}</composite></types>
<message name="Tick" id="1"><field name="volume" id="1" type="uint16"/></message></messageSchema>"""


def test_previous_values_live_in_the_decoder() -> None:
    decoder = FastDecoder(TEMPLATES)
    assert decoder.templates == [("Quote", 1)]
    assert decoder.decode(b"\xe0\x81\x85EE\xd8").fields == {"price": 5, "venue": "EEX"}
    assert decoder.decode(b"\x80\xff").fields == {"price": 4, "venue": "EEX"}
    decoder.reset()
    with pytest.raises(DecodeError, match="byte 1: ERR D9"):
        decoder.decode(b"\x80\xff")


def test_wrong_templates_and_schemas_name_line_and_rule() -> None:
    with pytest.raises(SchemaError, match=r"ERR S2: line 1: <tail> does not go with <int64>"):
        FastDecoder('<template name="A"><int64 name="a"><tail/></int64></template>')
    with pytest.raises(SchemaError, match=r"line 3: <field> \"volume\": has type \"uint17\""):
        SbeSchema(SCHEMA.replace('type="uint16"/></message>', 'type="uint17"/></message>'))
    assert issubclass(SchemaError, InputError)


def test_messages_follow_each_other_or_their_lengths() -> None:
    schema = SbeSchema(SCHEMA)
    message = bytes([2, 0, 1, 0, 7, 0, 0, 0, 5, 0])
    assert [found.fields for found in schema.decode_all(message * 2)] == [{"volume": 5}] * 2
    with pytest.raises(DecodeError, match="byte 8: 2 bytes belong here, 1 are left"):
        list(schema.decode_all(message[:-1]))
    with pytest.raises(DecodeError, match="byte 0: a message of 9 bytes; 1 are left"):
        list(framed(b"\x09\0\0\0a"))


def test_itch_messages_stand_behind_their_lengths() -> None:
    itch = FixedLayout.known("itch-5.0")
    assert dict(itch.messages)["AddOrder"] == 36
    delete = b"D" + bytes(10) + (7).to_bytes(8, "big")
    event = b"S" + bytes(10) + b"O"
    data = b"".join(len(message).to_bytes(2, "big") + message for message in (delete, event))
    found = [itch.decode(bytes(each)) for each in framed(data, prefix=2, byteorder="big")]
    assert [message.template for message in found] == ["OrderDelete", "SystemEvent"]
    assert found[1].fields["event_code"] == "O"
    with pytest.raises(DecodeError, match="byte 0: 19 bytes belong here, 18 are left"):
        itch.decode(delete[:-1])
    with pytest.raises(InputError, match=r"no layout is called 'itch'; there are itch-5\.0"):
        FixedLayout.known("itch")


def test_elements_of_a_sequence_become_rows_beside_the_fields_around_them() -> None:
    decoder = FastDecoder(
        """<template name="Depth" id="1"><uInt32 name="sequence"/><sequence name="levels">
        <decimal name="price"/><group name="more" presence="optional"><string name="side"/></group>
        </sequence></template>"""
    )
    first = b"\xc0\x81\x85\x82" + b"\xc0\xfe\x00\xfb\xc2" + b"\x80\x81\x83"
    found = decoder.columns(
        [first, b"\x80\x86\x80"], ["sequence", "price", "side"], rows_of="levels"
    )
    assert found["sequence"].values.tolist() == [5, 5]
    assert found["price"].values.tolist() == [1.23, 30.0]
    assert found["side"].values.tolist() == [b"B", b""]
    assert found["side"].is_there.tolist() == [True, False]
    by_message = decoder.columns([b"\x80\x87\x80"] * 3, ["sequence", "price"])
    assert by_message["sequence"].values.tolist() == [7, 7, 7]
    assert not by_message["price"].is_there.any()
    with pytest.raises(DecodeError, match="message 1: byte 1: the message ends inside a field"):
        decoder.columns([b"\x80\x87\x80", b"\x80"], ["sequence"])


def test_messages_of_sbe_become_rows() -> None:
    messages = [bytes([2, 0, 1, 0, 7, 0, 0, 0, volume, 0]) for volume in (5, 6)]
    volume = SbeSchema(SCHEMA).columns(messages, ["volume"])["volume"]
    assert volume.values.tolist() == [5, 6]
    assert volume.is_there.all()
