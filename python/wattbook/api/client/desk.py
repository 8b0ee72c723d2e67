"""The client of a desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self, TypedDict, Unpack
from urllib.parse import quote
from uuid import uuid4

import polars as pl

from wattbook.api.client.asking import Asking
from wattbook.api.client.streaming import updates
from wattbook.api.client.tables import frame, route_of, rows_of
from wattbook.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from decimal import Decimal
    from pathlib import Path
    from types import TracebackType

    from wattbook.api.client.streaming import Update

__all__ = ["DeskClient", "Scope", "connect"]

PAGE = 5_000
PATIENCE_S = 30.0


class Scope(TypedDict, total=False):
    """What a stop covers, as ``get("kill-switch")["scopes"]`` names it; nothing narrows to all."""

    venue: str
    trading_book: str
    strategy: str
    counterparty: str
    member: str
    instrument: int


class DeskClient:
    """A desk that is served.

    Parameters
    ----------
    address : str
        Such as ``http://127.0.0.1:8765``.
    key : str, optional
        API key or access token. Without it a session of this machine's user is begun.
    role : str
        Of that session.
    certificate : Path, optional
        To trust, where the desk has signed its own: ``desk-certificate.pem`` of its run.

    Raises
    ------
    InputError
        If the address is none, or the certificate cannot be read.
    FetchError
        If the desk is not reached, is none, or refuses.
    """

    def __init__(
        self,
        address: str,
        key: str | None = None,
        *,
        role: str = "viewer",
        certificate: Path | None = None,
    ) -> None:
        self._asking = Asking(address, key, role, certificate)
        self._read: dict[str, Any] | None = None

    def _document(self) -> dict[str, Any]:
        """Return the desk's description of its routes, read once."""
        if self._read is None:
            self._read = self._asking.ask("GET", "/v1/openapi.json")
        return self._read

    def get(self, path: str, **params: Any) -> Any:  # noqa: ANN401 - of the query; JSON
        """Return what a route below ``/v1`` answers as plain values, such as ``get("pnl")``.

        Raises
        ------
        FetchError
            If the desk is not reached or refuses.
        """
        return self._asking.ask("GET", f"/v1/{path}", params=params)

    def table(
        self,
        path: str,
        part: str | None = None,
        *,
        limit: int | None = None,
        **params: Any,  # noqa: ANN401 - of the query
    ) -> pl.DataFrame:
        """Return a list of the desk, such as ``table("orders", state="filled")``.

        Parameters
        ----------
        path : str
            Of a route below ``/v1``.
        part : str, optional
            Which list of its answer, where it has several: ``table("deals", "closed")``.
        limit : int, optional
            Most rows; all there are when left out.
        **params
            Of the route's query.

        Returns
        -------
        DataFrame
            With every column of the desk's description, also without a row. Prices are in currency
            per price unit, volumes in volume units, instants time stamps of nanoseconds in UTC.
            Names with values, such as ``parts`` of contributions, are lists of ``name``, ``value``.

        Raises
        ------
        InputError
            If there is no such route, its answer is no list, or it has more rows than it gives.
        FetchError
            If the desk is not reached or refuses.
        """
        document = self._document()
        route = route_of(document, path)
        listed = rows_of(document, route, part)
        rows: list[dict[str, Any]] = []
        after: int | None = 0
        while after is not None:
            if "limit" in route.takes:
                params["limit"] = PAGE if limit is None else min(PAGE, limit - len(rows))
            if "after" in route.takes:
                params["after"] = after
            found = self.get(path, **params)
            rows += found[listed.part] if listed.part else found
            after = found.get("next") if "after" in route.takes else None
            if limit is None and "after" not in route.takes and len(rows) == PAGE:
                message = f"{path} has {PAGE:,} rows or more and no pages; narrow it, or give limit"
                raise InputError(message)
            if limit is not None and len(rows) >= limit:
                break
        return frame(document, rows[:limit], listed)

    def arrow(
        self,
        path: str,
        part: str | None = None,
        *,
        limit: int | None = None,
        **params: Any,  # noqa: ANN401 - of the query
    ) -> Any:  # noqa: ANN401 - pyarrow.Table
        """Return a list of the desk as a ``pyarrow.Table``; takes what `table` takes.

        Raises
        ------
        InputError
            If pyarrow is not installed, and as `table`.
        FetchError
            If the desk is not reached or refuses.
        """
        try:
            return self.table(path, part, limit=limit, **params).to_arrow()
        except ImportError as fault:
            raise InputError("Arrow tables need pip install pyarrow") from fault

    def book(self, instrument: int) -> pl.DataFrame:
        """Return the depth of a book: side, price and volume, best prices first."""
        found = self.get(f"instruments/{instrument}/book")
        sides = (("buy", "bids"), ("sell", "asks"))
        rows = [{"side": side, **level} for side, name in sides for level in found[name]]
        schema = {"side": pl.String, "price": pl.Float64, "volume": pl.Float64}
        return pl.DataFrame(rows, schema=schema)

    def lines(self, market: str) -> dict[str, Any]:
        """Return prices, positions, charge and P&L of a market over its time."""
        found: dict[str, Any] = self.get(f"markets/{quote(market, safe='')}/lines")
        return found

    def stream(
        self,
        topics: Sequence[str] = (),
        instruments: Sequence[int] = (),
        *,
        after: Update | None = None,
        patience_seconds: float = PATIENCE_S,
    ) -> Iterator[Update]:
        """Yield what is new at the desk, beginning with a snapshot, until the caller stops.

        A reader that is slow gets several changes as one update, and never holds up the desk. A
        connection that breaks is made anew and goes on where it broke; the stream of a desk that
        was started anew goes on with a snapshot. Needs ``wattbook[api]``.

        Parameters
        ----------
        topics : sequence of str
            Of ``quotes``, ``orders``, ``fills``, ``trades``, ``refusals``, ``markets``, ``alerts``
            and ``standing``; all when empty. The clock is told of always.
        instruments : sequence of int
            Only what is of these; all when empty.
        after : Update, optional
            The last one of an earlier stream, to go on after it.
        patience_seconds : float
            How long to look for a desk that has gone.

        Raises
        ------
        InputError
            If WebSocket is not installed.
        FetchError
            If the desk refuses, or is not reached for so long.
        """
        return updates(
            self._asking,
            self._document,
            topics=topics,
            instruments=instruments,
            after=after,
            patience_seconds=patience_seconds,
        )

    def submit(
        self,
        instrument: int,
        side: str,
        price: Decimal | float | str,
        volume: Decimal | float | str,
        *,
        time_in_force: str = "good_for_session",
        key: str | None = None,
    ) -> str:
        """Hand an order to the gate and return its number once the engine has taken it.

        Parameters
        ----------
        instrument : int
            Number of the instrument.
        side : str
            ``buy`` or ``sell``.
        price, volume : Decimal, float or str
            Currency per price unit and volume units, of at most six decimals.
        time_in_force : str
            ``good_for_session``, ``immediate_or_cancel`` or ``fill_or_kill``.
        key : str, optional
            Of your own, at most 100 characters: a call that is repeated under it, also by another
            process, is the same order. Without one each call is another order; while the desk does
            not answer, the client asks again under one key of its own.

        Raises
        ------
        FetchError
            If the gate refuses (status 422, in its words), the run takes no orders (409), the role
            may not (403), or the desk does not answer.
        """
        body = {
            "instrument": instrument,
            "side": side,
            "price": str(price),
            "volume": str(volume),
            "time_in_force": time_in_force,
        }
        return str(self._act("POST", "/v1/orders", key, body)["order_id"])

    def amend(
        self,
        order: str,
        price: Decimal | float | str,
        volume: Decimal | float | str,
        *,
        key: str | None = None,
    ) -> None:
        """Give an open order another price and volume, what is filled included.

        The venue answers later: until then the order's state is ``pending_amend``.

        Raises
        ------
        FetchError
            As of `submit`; 404 if there is no such order.
        """
        body = {"price": str(price), "volume": str(volume)}
        self._act("PATCH", f"/v1/orders/{order}", key, body)

    def cancel(self, order: str, *, key: str | None = None) -> None:
        """Ask for an order to be taken back; it ends as ``cancelled`` once its venue has done so.

        Raises
        ------
        FetchError
            As of `submit`; 404 if there is no such order.
        """
        self._act("DELETE", f"/v1/orders/{order}", key)

    def cancel_all(self, *, key: str | None = None) -> None:
        """Ask for every open order of the desk's trader to be taken back.

        Raises
        ------
        FetchError
            As of `submit`.
        """
        self._act("POST", "/v1/orders/cancel-all", key)

    def stop(self, *, key: str | None = None, **scope: Unpack[Scope]) -> dict[str, Any]:
        """Stop trading in a scope, all of it without one, and take its open orders back.

        Returns
        -------
        dict
            What was stopped, how many orders that takes back, what the engine refused.

        Raises
        ------
        FetchError
            If there is no such scope (422), the run has ended (409), or the role may not (403).
        """
        found: dict[str, Any] = self._act("POST", "/v1/kill-switch/stop", key, dict(scope))
        return found

    def release(self, *, key: str | None = None, **scope: Unpack[Scope]) -> dict[str, Any]:
        """Let orders of a scope pass again; for the roles risk and admin.

        Raises
        ------
        FetchError
            As of `stop`.
        """
        found: dict[str, Any] = self._act("POST", "/v1/kill-switch/release", key, dict(scope))
        return found

    def _act(self, method: str, path: str, key: str | None, body: object = None) -> Any:  # noqa: ANN401
        return self._asking.command(method, path, uuid4().hex if key is None else key, body)

    def close(self) -> None:
        """End the session and close the connections."""
        self._asking.close()

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
    address: str = "http://127.0.0.1:8765",
    key: str | None = None,
    *,
    role: str = "viewer",
    certificate: Path | None = None,
) -> DeskClient:
    """Return a client of a desk that is served.

    Parameters
    ----------
    address : str
        Where it is served.
    key : str, optional
        API key or access token; without it a session on this machine.
    role : str
        Of that session.
    certificate : Path, optional
        To trust, where the desk has signed its own.

    Raises
    ------
    InputError
        If the address is none, or the certificate cannot be read.
    FetchError
        If the desk is not reached, is none, or refuses.

    Examples
    --------
    ::

        with wattbook.connect(role="trader") as desk:
            print(desk.table("positions"))
            order = desk.submit(47, "buy", "52.1", "1.5")
            for update in desk.stream(["orders"]):
                print(update.tables.get("orders"))
    """
    return DeskClient(address, key, role=role, certificate=certificate)
