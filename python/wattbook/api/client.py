"""A desk from Python: its lists as Polars frames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote

import httpx
import polars as pl

from wattbook.errors import FetchError

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["DeskClient", "connect"]

PAGE = 5_000
TIMES = ("now", "delivery_start", "delivery_end", "gate_closure", "expires")


def _frame(rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Return rows as a frame whose instants are UTC time stamps of nanoseconds."""
    frame = pl.DataFrame(rows, infer_schema_length=None)
    instants = [
        pl.col(name).cast(pl.Datetime("ns", "UTC"))
        for name, kind in frame.schema.items()
        if kind == pl.Int64 and (name.startswith("ts_") or name in TIMES)
    ]
    return frame.with_columns(instants)


class DeskClient:
    """A desk that is served.

    Parameters
    ----------
    address : str
        Such as ``http://127.0.0.1:8765``.
    key : str, optional
        API key. Without it a session of the password-less user of this machine is begun.
    role : str
        Of that session.

    Raises
    ------
    FetchError
        If the desk is not reached or refuses.
    """

    def __init__(self, address: str, key: str | None = None, *, role: str = "viewer") -> None:
        headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        self._http = httpx.Client(base_url=address, headers=headers, timeout=30.0)
        if key is not None:
            return
        try:
            self._ask("POST", "/v1/session", body={"role": role})
        except FetchError:
            self._http.close()
            raise

    def _ask(
        self,
        method: str,
        path: str,
        *,
        body: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        **params: Any,  # noqa: ANN401 - of the query
    ) -> Any:  # noqa: ANN401 - JSON
        try:
            answer = self._http.request(method, path, json=body, headers=headers, params=params)
        except httpx.HTTPError as fault:
            message = f"{self._http.base_url} is not reached ({fault}); is the desk open?"
            raise FetchError(message) from fault
        if answer.is_error:
            detail = answer.json().get("detail", "") if answer.content else ""
            message = f"{method} {path}: {answer.status_code}, {detail}"
            raise FetchError(message, answer.status_code, answer.content[:1_000])
        return answer.json() if answer.content else None

    def get(self, path: str, **params: Any) -> dict[str, Any]:  # noqa: ANN401 - of the query
        """Return what a route below ``/v1`` answers, such as ``get("pnl")``."""
        found: dict[str, Any] = self._ask("GET", f"/v1/{path}", **params)
        return found

    def table(self, path: str, **params: Any) -> pl.DataFrame:  # noqa: ANN401 - of the query
        """Return every page of a list, such as ``table("orders", state="filled")``.

        Prices and volumes are floats, times time stamps of nanoseconds in UTC.
        """
        rows: list[dict[str, Any]] = []
        after: int | None = 0
        while after is not None:
            found = self.get(path, limit=PAGE, after=after, **params)
            rows, after = rows + found["rows"], found["next"]
        return _frame(rows)

    def book(self, instrument: int) -> pl.DataFrame:
        """Return the depth of a book: side, price and volume, best prices first."""
        found = self.get(f"instruments/{instrument}/book")
        sides = (("buy", "bids"), ("sell", "asks"))
        rows = [{"side": side, **level} for side, name in sides for level in found[name]]
        schema = {"side": pl.String, "price": pl.Float64, "volume": pl.Float64}
        return pl.DataFrame(rows, schema=schema)

    def lines(self, market: str) -> dict[str, Any]:
        """Return prices, positions, charge and P&L of a market over its time."""
        return self.get(f"markets/{quote(market, safe='')}/lines")

    def submit(self, instrument: int, side: str, price: str, volume: str, *, key: str) -> str:
        """Hand an order to the gate and return its number; `key` makes a repeated call the same.

        Parameters
        ----------
        instrument : int
            Number of the instrument.
        side : str
            ``buy`` or ``sell``.
        price, volume : str
            Decimal texts, currency per price unit and volume units.
        key : str
            Of your own, at most 100 characters.
        """
        body = {"instrument": instrument, "side": side, "price": price, "volume": volume}
        headers = {"Idempotency-Key": key}
        return str(self._ask("POST", "/v1/orders", body=body, headers=headers)["order_id"])

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        """Return the client."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()


def connect(
    address: str = "http://127.0.0.1:8765", key: str | None = None, *, role: str = "viewer"
) -> DeskClient:
    """Return a client of a desk that is served.

    Parameters
    ----------
    address : str
        Where it is served.
    key : str, optional
        API key; without it a session on this machine.
    role : str
        Of that session.

    Raises
    ------
    FetchError
        If the desk is not reached or refuses.

    Examples
    --------
    ::

        with wattbook.connect() as desk:
            print(desk.table("positions"))
    """
    return DeskClient(address, key, role=role)
