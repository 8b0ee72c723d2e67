"""A simulated exchange of a desk's market, to trade live with on this machine."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from wattbook.errors import DeskError
from wattbook.execution import Simulation
from wattbook.execution.live import FixExchange, NativeExchange
from wattbook.ingest import Series
from wattbook.ingest.venue import environment_secrets
from wattbook.runtime.desk.spec import Desk, VenueSpec
from wattbook.runtime.live.native import port_of_session, session_text
from wattbook.runtime.live.venues import files_of
from wattbook.runtime.paper.plan import VIRTUALS, PaperPlan, plan_paper, read
from wattbook.runtime.simulate import add_reference
from wattbook.runtime.synthetic import add_books
from wattbook.sources import SOURCES

__all__ = ["OpenExchange", "open_exchange"]


@dataclass(frozen=True, slots=True)
class OpenExchange:
    """An exchange that takes orders.

    Parameters
    ----------
    exchange : FixExchange or NativeExchange
        On its port.
    paper : PaperPlan
        The market and day whose contracts it lists.
    """

    exchange: FixExchange | NativeExchange
    paper: PaperPlan

    def accounts(self) -> list[str]:
        """Return what each member has placed and traded, a sentence for each contract."""
        exchange = self.exchange
        orders = exchange.orders() if isinstance(exchange, FixExchange) else []
        placed = [f"account {name}: {count} orders" for name, count in orders]
        return placed + [
            f"account {member}: {symbol}: bought {bought / 1e6:g} MW, sold {sold / 1e6:g} MW, "
            f"{fills} fills"
            for member, symbol, bought, sold, fills in self.exchange.accounts()
        ]


def reference(paper: PaperPlan, settles: Series) -> Series:
    """Return the prices that participants trade around: the last one known, then the day's own."""
    known = paper.part.series
    ahead = settles.between(paper.start + 1, paper.part.day.end)
    return replace(
        known,
        delivery_start=np.append(known.delivery_start, ahead.delivery_start),
        price=np.append(known.price, ahead.price),
    )


def open_exchange(
    desk: Desk,
    market: str | None,
    data: Path | None,
    seed: int,
    *,
    start: int | None,
    speed: float,
    port: int | None,
) -> OpenExchange:
    """Return an exchange that lists the contracts of a desk's market and trades with the desk.

    Parameters
    ----------
    desk : Desk
        The desk file; ``[live]`` names the exchange and its one member, or a ``[[venue]]`` what it
        is to be like.
    market : str or None
        Which of its power markets; may be left out when it has one.
    data : Path or None
        The data folder.
    seed : int
        Of its participants.
    start : int or None
        Where its clock begins, ns UTC; None for where a day that is played again begins.
    speed : float
        Nanoseconds of its clock in one of the wall clock.
    port : int or None
        On 127.0.0.1, 0 for any free one; the desk file's if None.

    Raises
    ------
    WattbookError
        If the market cannot be planned or has no book, or the port cannot be had.
    """
    if desk.live is None and not desk.venue:
        message = f"{desk.path} has no [live]; add it with sender and target"
        raise DeskError(message)
    paper = plan_paper(desk, market, data, seed, start=start, without=VIRTUALS)
    part = paper.part
    book, chain = part.spec.synthetic_book, part.chain
    if book is None or chain is None:
        message = (
            f"market {part.spec.name!r} has no continuous book; add [market.synthetic_book] to it"
        )
        raise DeskError(message)
    settles = read(SOURCES[part.spec.source], data, seed, start)[0][0]
    made = Simulation(seed=seed, desk_currency=desk.desk.currency, start=paper.start)
    add_reference(made, paper.plan)
    add_books(made, reference(paper, settles), book, chain)
    native = next((one for one in desk.venue if one.market == part.spec.name), None)
    if native is not None:
        served = native_exchange(native, made, paper, Path(desk.path).parent, seed, speed, port)
        return OpenExchange(served, paper)
    if desk.live is None:
        message = f"{desk.path} has no [live], and no [[venue]] of {part.spec.name!r}; add one"
        raise DeskError(message)
    exchange = FixExchange(
        made.core,
        venue=chain.venue,
        port=desk.live.port if port is None else port,
        sender=desk.live.target,
        members=[desk.live.sender],
        copies=[desk.live.drop_copy.sender] if desk.live.drop_copy else [],
        start=paper.start,
        speed=speed,
        tls=None
        if desk.live.exchange_tls is None
        else files_of(desk.live.exchange_tls, Path(desk.path).parent).files(),
    )
    return OpenExchange(exchange, paper)


def native_exchange(
    spec: VenueSpec,
    made: Simulation,
    paper: PaperPlan,
    folder: Path,
    seed: int,
    speed: float,
    port: int | None,
) -> NativeExchange:
    """Return a venue in the manner that the desk's ``[[venue]]`` names.

    Raises
    ------
    InputError
        If the session's file cannot be read, or the port cannot be had.
    """
    chain = paper.part.chain
    symbols = {entry.instrument: entry.symbol for entry in paper.plan.instruments}
    hours = [] if chain is None else [symbols[number] for number in chain.instruments]
    starts = {entry.instrument: entry.delivery_start for entry in paper.plan.instruments}
    text = session_text(spec, folder)
    return NativeExchange(
        made.core,
        kind=spec.kind,
        venue=0 if chain is None else chain.venue,
        port=port_of_session(text) if port is None else port,
        secrets=environment_secrets()(),
        seed=seed,
        area=spec.area or "",
        first_second=0 if chain is None else starts[chain.instruments[0]] // 10**9,
        hours=hours,
        start=paper.start,
        speed=speed,
    )
