"""What tests of structured trades are made of."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl

from wattbook.portfolio.book import (
    INDEX_PRICES,
    Flow,
    StructuredInputs,
    Trade,
    flow_rows,
    read_fpml,
    structured_values,
)
from wattbook.sources.xml import Element, tree

EUR = {"EUR": 1.0, "USD": 0.9}
DAY = dt.date(2027, 1, 4)
NO_DEALS = pl.DataFrame(schema={
    "deal": pl.String, "version": pl.Int64, "trade_date": pl.Date, "book": pl.String,
    "currency": pl.String, "fee": pl.Int64, "power": pl.Int64, "price": pl.Int64,
    "product": pl.String, "counterparty": pl.String,
})  # fmt: skip


def sample(folder: Path, name: str) -> Trade:
    (file,) = (folder / "regulatory" / "fpml" / "samples").glob(f"{name}*.xml")
    return read_fpml(file.read_bytes())[0]


def product(text: str) -> Element:
    return tree(text.encode())


def prices(*rows: tuple[object, ...]) -> pl.DataFrame:
    """Index, month, price; then currency, unit and volatilities where they matter."""
    full = [(*row, *("EUR", "megawatt_hour", 0.5, None, DAY)[len(row) - 3 :]) for row in rows]
    return pl.DataFrame(full, schema=INDEX_PRICES, orient="row")


def table(*flows: Flow, deal: str = "S-1", version: int = 1, traded: dt.date = DAY) -> pl.DataFrame:
    return flow_rows(
        flows, deal=deal, version=version, trade_date=traded, book="gas", counterparty="Nordkraft"
    )


def worth_of(flows: pl.DataFrame, there: pl.DataFrame, day: dt.date = DAY) -> float:
    inputs = StructuredInputs(flows, there)
    return float(structured_values(inputs, inputs, day, EUR).sum())


def call(strike: float, **more: object) -> Flow:
    told = {
        "month": dt.date(2027, 4, 1), "index": "TTF", "quantity": 100.0, "unit": "megawatt_hour",
        "amount": -100.0 * strike, "currency": "EUR", "exercise": 1, "expiry": dt.date(2027, 4, 1),
    }  # fmt: skip
    return Flow(**{**told, **more})  # type: ignore[arg-type]
