"""Encodes the messages of `feed.py`: FAST, ``mbo``, documents of ENTSO-E, AEMO and Nord Pool.

FAST is by ``templates/depth.xml``; each of its messages stands behind its length in four
little-endian bytes.
"""

import io
import json
import struct
import zipfile

import numpy as np

STOP = 0x80
# Of the depth template, in order: those entries that take a bit of the presence map.
ACTION, LEVEL, KIND, SECURITY, SEQUENCE, EXPONENT, TIME, SESSION, CHANGE = range(9)
VOLUME, CONDITION, DIRECTION, QUOTE, AGGRESSOR, MATCH = range(9, 15)


def sevens(value, count):
    """Return `count` groups of seven bits, the highest first, the last one with the stop bit."""
    out = bytearray((value >> (7 * place)) & 0x7F for place in range(count - 1, -1, -1))
    out[-1] |= STOP
    return bytes(out)


def unsigned(value):
    return sevens(value, max(1, -(-value.bit_length() // 7)))


def signed(value):
    bits = (value if value >= 0 else ~value).bit_length() + 1
    return sevens(value, -(-bits // 7))


def nullable(value):
    return signed(value + 1 if value >= 0 else value)


def text(value):
    out = bytearray(value.encode())
    out[-1] |= STOP
    return bytes(out)


def presence(bits):
    """Return the presence map of `bits`, without what says nothing at its end."""
    used = max((place + 1 for place, bit in enumerate(bits) if bit), default=1)
    out = bytearray()
    for start in range(0, used, 7):
        group = bits[start : min(start + 7, used)]
        out.append(sum(bit << (6 - place) for place, bit in enumerate(group)))
    out[-1] |= STOP
    return bytes(out)


class Entry:
    """One entry of the depth template, as the difference to the one before in its message."""

    def __init__(self):
        self.copied = {}
        self.base = {"price": 0, "size": 0, "orders": 0, "change": 0}

    def copy(self, bits, field, value, initial, encode):
        known = self.copied.get(field, initial)
        self.copied[field] = value
        if value == known:
            return b""
        bits[field] = 1
        return encode(value)

    def delta(self, name, value, encode):
        change = value - self.base[name]
        self.base[name] = value
        return encode(change)

    def encode(self, number, row):
        """Return the entry's bytes; `row` holds random numbers below 1000."""
        bits = [0] * 15
        body = self.copy(bits, ACTION, int(row[0] % 3), 1, unsigned)
        if row[1] % 4:
            bits[LEVEL] = 1
            body += unsigned(int(row[1] % 9) + 2)
        body += self.copy(bits, KIND, "01"[row[2] % 2], "0", text)
        body += bytes([STOP])
        body += self.copy(bits, SECURITY, 100 + int(row[3] % 2), None, unsigned)
        if "rpt" not in self.copied or self.copied["rpt"] + 1 != number:
            bits[SEQUENCE] = 1
            body += unsigned(number)
        self.copied["rpt"] = number
        body += self.delta("price", 5_000 + int(row[4] % 40), signed)
        body += self.copy(bits, TIME, 58_782_000 + int(row[5] // 600), None, unsigned)
        body += self.delta("size", 10 + int(row[6] % 50), nullable)
        body += self.delta("orders", 3 + int(row[7] % 6), nullable)
        body += self.delta("change", int(row[8] % 30) - 15, signed)
        bits[VOLUME] = 1
        body += unsigned(32 + int(row[9]))
        if row[9] % 3 == 0:
            bits[CONDITION] = 1
            body += bytes([STOP])
        return presence(bits) + body


def depth(n, seed):
    """Yield `n` messages of the depth template with three or four entries."""
    r = np.random.default_rng(seed)
    counts = r.integers(3, 5, n)
    numbers = r.integers(0, 1000, (int(counts.sum()), 10))
    at = 0
    for message in range(n):
        count = int(counts[message])
        out = presence([1]) + unsigned(1) + unsigned(message + 1) + unsigned(58_782_000 + message)
        out += unsigned(20_240_607) + unsigned(count)
        entry = Entry()
        for _ in range(count):
            out += entry.encode(at + 1, numbers[at])
            at += 1
        yield out


def trades(n, seed):
    """Yield `n` messages of the trade template, of five fields each."""
    r = np.random.default_rng(seed)
    steps = r.integers(1, 2_000_000, n)
    prices = r.integers(-3, 4, n)
    volumes = r.integers(1, 200, n)
    for message in range(n):
        first = message == 0
        out = presence([int(first), int(first), int(first)])
        if first:
            out += unsigned(2) + unsigned(1)
        out += signed(int(steps[message]))
        if first:
            out += unsigned(100)
        yield out + signed(int(prices[message])) + unsigned(int(volumes[message]))


def framed(messages):
    """Return `messages`, each behind its length, as bytes of an array."""
    data = b"".join(struct.pack("<I", len(message)) + message for message in messages)
    return np.frombuffer(data, np.uint8)


MBO = np.dtype(
    [
        *(("length", "u1"), ("rtype", "u1"), ("publisher", "<u2"), ("instrument", "<u4")),
        *(("ts_event", "<u8"), ("order", "<u8"), ("price", "<i8"), ("size", "<u4")),
        *(("flags", "u1"), ("channel", "u1"), ("action", "u1"), ("side", "u1")),
        *(("ts_recv", "<u8"), ("delta", "<i4"), ("sequence", "<u4")),
    ]
)


def mbo(rows, tick):
    """Return the rows of `feed.deltas` as ``mbo`` records; a price is a whole number of `tick`s."""
    action, order, side, price, volume = rows.T
    out = np.zeros(len(rows), MBO)
    out["length"], out["rtype"], out["publisher"], out["instrument"] = 14, 0xA0, 1, 7
    out["ts_event"] = out["ts_recv"] = np.arange(len(rows)) * 1000
    out["order"], out["price"], out["size"] = order, price * tick, volume
    out["action"] = np.frombuffer(b"?AMC", np.uint8)[action]
    out["side"] = np.frombuffer(b"?BA", np.uint8)[side]
    out["sequence"] = np.arange(len(rows))
    return out


PRODUCTION = ("B01", "B02", "B04", "B05", "B06", "B10", "B11", "B12", "B14", "B16", "B18", "B19")
SERIES = """<TimeSeries><mRID>{number}</mRID><businessType>A01</businessType>
<objectAggregation>A08</objectAggregation>
<inBiddingZone_Domain.mRID codingScheme="A01">10YFI-1--------U</inBiddingZone_Domain.mRID>
<quantity_Measure_Unit.name>MAW</quantity_Measure_Unit.name><curveType>A03</curveType>
<MktPSRType><psrType>{kind}</psrType></MktPSRType><Period><timeInterval>
<start>2025-01-01T00:00Z</start><end>{end}</end></timeInterval><resolution>PT15M</resolution>
{points}</Period></TimeSeries>"""
POINT = "<Point>\n<position>{}</position>\n<quantity>{:.1f}</quantity>\n</Point>\n"


def generation(n, seed):
    """Return generation per type with `n` values, some repeated and so left out (curve A03)."""
    r = np.random.default_rng(seed)
    slots = n // len(PRODUCTION)
    series = []
    for number, kind in enumerate(PRODUCTION, start=1):
        steps = r.integers(-30, 31, slots) * (r.random(slots) < 0.8)
        tenths = 5_000 + np.cumsum(steps)
        told = np.flatnonzero(np.diff(tenths, prepend=-1))
        points = "".join(POINT.format(at + 1, tenths[at] / 10) for at in told)
        end = np.datetime64("2025-01-01T00:00", "m") + 15 * slots
        series.append(SERIES.format(number=number, kind=kind, end=f"{end}Z", points=points))
    head = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<GL_MarketDocument xmlns='
        '"urn:iec62325.351:tc57wg16:451-6:generationloaddocument:3:0"><mRID>1</mRID>'
        "<revisionNumber>1</revisionNumber><type>A75</type>"
        "<process.processType>A16</process.processType>"
        "<createdDateTime>2025-10-24T12:57:19Z</createdDateTime>"
    )
    return np.frombuffer((head + "".join(series) + "</GL_MarketDocument>").encode(), np.uint8)


def aemo(rows, seed):
    """Return a zipped report of AEMO with one table of `rows` rows, as bytes of an array."""
    r = np.random.default_rng(seed)
    values = np.round(r.normal(5_000, 2_000, (rows, 58)), 5)
    names = [f"VALUE{number}" for number in range(116)]
    columns = ",".join(("SETTLEMENTDATE", "RUNNO", "REGIONID", *names, "LASTCHANGED"))
    lines = ["C,SETP.WORLD,DVD_DISPATCHREGIONSUM,AEMO,PUBLIC,2026/05/08,11:24:43,1,,1"]
    lines.append(f"I,DISPATCH,REGIONSUM,9,{columns}")
    regions = ("NSW1", "QLD1", "SA1", "TAS1", "VIC1")
    for row in range(rows):
        number = row // 5 + 1
        day, minute = divmod(number * 5, 1_440)
        stamp = (
            f"2026/{day // 28 % 12 + 1:02}/{day % 28 + 1:02} {minute // 60:02}:{minute % 60:02}:00"
        )
        # Every second column is empty, as in the table of regions.
        fields = ",,".join(map(repr, values[row].tolist()))
        lines.append(f"D,DISPATCH,REGIONSUM,9,{stamp},1,{regions[row % 5]},{fields},,{stamp}")
    lines.append(f'C,"END OF REPORT",{rows + 3}')
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "PUBLIC_DVD_DISPATCHREGIONSUM_202604010000.CSV", "\r\n".join(lines) + "\r\n"
        )
    return np.frombuffer(target.getvalue(), np.uint8)


AREAS = ("AT", "BE", "DE-LU", "DK1", "DK2", "EE", "FI", "FR", "GER", "LT", "LV", "NL", "NO2", "SE4")


def prices(n, seed):
    """Return day-ahead prices of 14 areas in `n` quarter-hours, as JSON of Nord Pool."""
    r = np.random.default_rng(seed)
    cents = np.round(r.normal(70, 40, (n, len(AREAS))), 2)
    starts = np.datetime64("2025-01-01T00:00:00") + np.arange(n + 1) * np.timedelta64(15, "m")
    entries = [
        {
            "deliveryStart": f"{starts[row]}Z",
            "deliveryEnd": f"{starts[row + 1]}Z",
            "entryPerArea": dict(zip(AREAS, cents[row].tolist(), strict=True)),
        }
        for row in range(n)
    ]
    document = {"version": 3, "market": "DayAhead", "currency": "EUR", "multiAreaEntries": entries}
    return np.frombuffer(json.dumps(document, separators=(",", ":")).encode(), np.uint8)
