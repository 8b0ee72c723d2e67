"""Names and addresses of AEMO's files.

The archive of the data model (MMSDM) changed its file names with August 2024:
``PUBLIC_DVD_TABLE_YYYYMM010000.zip`` became ``PUBLIC_ARCHIVE#TABLE#FILE01#YYYYMM010000.zip``, with
``#`` written ``%23`` in addresses and often in file names too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import unquote

from wattbook.sources.clock import days
from wattbook.sources.payload import Query, Request

__all__ = ["DAILY_ARCHIVES", "FileName", "archive_requests", "file_name", "table_requests"]

CLOCK = "Etc/GMT-10"
HOST = "https://nemweb.com.au"
RENAMED = (2024, 8)
"""Year and month of the first files with the newer name."""

DVD = re.compile(
    r"PUBLIC_DVD_(?P<table>[A-Z0-9_]+?)_(?P<month>\d{6})\d{6}\.(?:zip|csv)",
    re.IGNORECASE,
)
ARCHIVE = re.compile(
    r"PUBLIC_ARCHIVE#(?P<table>[A-Z0-9_]+)#FILE(?P<part>\d+)#(?P<month>\d{6})\d{6}\.(?:zip|csv)",
    re.IGNORECASE,
)

DAILY_ARCHIVES = {
    "DispatchIS_Reports": "PUBLIC_DISPATCHIS",
    "TradingIS_Reports": "PUBLIC_TRADINGIS",
    "Dispatch_SCADA": "PUBLIC_DISPATCHSCADA",
    "Daily_Reports": "PUBLIC_DAILY",
    "Next_Day_Dispatch": "PUBLIC_NEXT_DAY_DISPATCH",
    "Next_Day_Actual_Gen": "PUBLIC_NEXT_DAY_ACTUAL_GEN",
    "ROOFTOP_PV/ACTUAL": "PUBLIC_ROOFTOP_PV_ACTUAL_MEASUREMENT",
}
"""Beginning of the file name, by folder of NEMWEB's archive: a zip of zips for each day."""


class FileName(NamedTuple):
    """What the name of an archive file says."""

    table: str
    year: int
    month: int
    part: int


def file_name(name: str) -> FileName | None:
    """Return what `name` says in either form, or none.

    Examples
    --------
    >>> file_name("PUBLIC_DVD_DISPATCHPRICE_201804010000.zip")
    FileName(table='DISPATCHPRICE', year=2018, month=4, part=1)
    >>> file_name("PUBLIC_ARCHIVE%23BIDPEROFFER_D%23FILE02%23202604010000.zip")
    FileName(table='BIDPEROFFER_D', year=2026, month=4, part=2)
    """
    plain = unquote(name)
    found = DVD.fullmatch(plain) or ARCHIVE.fullmatch(plain)
    if found is None:
        return None
    month = found["month"]
    part = int(found.groupdict().get("part") or 1)
    return FileName(found["table"].upper(), int(month[:4]), int(month[4:]), part)


def table_requests(query: Query) -> Iterator[Request]:
    """Yield one request for each month of a table of the data model.

    The option ``table`` names it (``DISPATCHPRICE``), ``part`` the file of a table that is split
    over several since August 2024 (from ``1``, which is the default).

    Examples
    --------
    >>> july = 1_720_000_000_000_000_000
    >>> query = Query(july, july + 30 * 86_400 * 10**9, options={"table": "DISPATCHPRICE"})
    >>> [request.url.rpartition("/")[2] for request in table_requests(query)]
    ['PUBLIC_DVD_DISPATCHPRICE_202407010000.zip',
     'PUBLIC_ARCHIVE%23DISPATCHPRICE%23FILE01%23202408010000.zip']
    """
    table = query.options.get("table", "DISPATCHPRICE")
    part = int(query.options.get("part", "1"))
    market_days = days(query.start, query.end, CLOCK)
    for year, month in dict.fromkeys((day.year, day.month) for day in market_days):
        stamp = f"{year}{month:02}010000"
        name = f"PUBLIC_DVD_{table}_{stamp}.zip"
        if (year, month) >= RENAMED:
            name = f"PUBLIC_ARCHIVE%23{table}%23FILE{part:02}%23{stamp}.zip"
        folder = f"MMSDM/{year}/MMSDM_{year}_{month:02}/MMSDM_Historical_Data_SQLLoader/DATA"
        yield Request(f"{HOST}/Data_Archive/Wholesale_Electricity/{folder}/{name}")


def archive_requests(query: Query) -> Iterator[Request]:
    """Yield one request for each market day of a NEMWEB archive.

    The option ``folder`` is one of `DAILY_ARCHIVES`; without it ``DispatchIS_Reports``.

    Examples
    --------
    >>> start = 1_700_000_000_000_000_000
    >>> [request.url for request in archive_requests(Query(start, start + 1))]
    ['https://nemweb.com.au/Reports/Archive/DispatchIS_Reports/PUBLIC_DISPATCHIS_20231115.zip']
    """
    folder = query.options.get("folder", "DispatchIS_Reports")
    for day in days(query.start, query.end, CLOCK):
        name = f"{DAILY_ARCHIVES[folder]}_{day:%Y%m%d}.zip"
        yield Request(f"{HOST}/Reports/Archive/{folder}/{name}")
