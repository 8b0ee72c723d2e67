"""What persons ask of a live run: orders by hand, approvals, mass cancels, the kill switch."""

import pwd
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from wattbook.domain import (
    ApproveOrder,
    CancelAll,
    CancelOrder,
    Conditions,
    FreezeInstrument,
    Order,
    Owner,
    Scope,
    SetApproval,
    SetTrading,
    SubmitOrder,
)
from wattbook.execution import Simulation
from wattbook.runtime.desk.spec import Desk, LiveTraderSpec
from wattbook.runtime.kill_switch import KillSwitch
from wattbook.runtime.live.spool import Answer, Asked, Spool
from wattbook.runtime.names import BY_HAND
from wattbook.runtime.paper.plan import PaperPlan
from wattbook.runtime.refusals import limits_named
from wattbook.runtime.simulate import money

__all__ = ["Persons", "approvals"]

# Strategies' orders are answered for by trader 1.
FIRST_TRADER = 2
LIVES = {
    "day": "good_for_session",
    "immediate_or_cancel": "immediate_or_cancel",
    "fill_or_kill": "fill_or_kill",
}
Said = tuple[str, str, str]
Command = ApproveOrder | CancelAll | CancelOrder | FreezeInstrument | SetTrading | SubmitOrder


class Unfit(Exception):  # noqa: N818 - it is told to a person, not raised at a caller
    """A request that cannot be carried out, with why."""


def approvals(desk: Desk) -> list[SetApproval]:
    """Return up to which size an order of each trading book passes alone."""
    eyes = None if desk.live is None else desk.live.four_eyes
    if eyes is None:
        return []
    return [
        SetApproval(
            trading_book=number,
            order_volume=eyes.order_volume,
            order_value=money(eyes.order_value),
        )
        for number, _ in enumerate(desk.book, start=1)
    ]


def number_of(text: object, what: str) -> Decimal:
    """Return a decimal as it was written."""
    try:
        number = Decimal(str(text))
    except InvalidOperation as fault:
        message = f"{what} {text!r} is no number"
        raise Unfit(message) from fault
    if not number.is_finite() or number != round(number, 6):
        message = f"{what} {text} is not finite or has more than 6 decimals"
        raise Unfit(message)
    return number


def iceberg_of(text: object, volume: Decimal) -> Conditions | None:
    """Return the terms of an order of `volume` that shows so much at a time; None shows all."""
    if text is None:
        return None
    shown = number_of(text, "display")
    if not 0 < shown <= volume:
        message = f"display {shown} must be above zero and at most the volume, {volume}"
        raise Unfit(message)
    return Conditions(display_volume=shown)


def order_number(text: object) -> int:
    """Return the number of an order from its text ``CLIENT-NUMBER``."""
    client, _, number = str(text).partition("-")
    if not (client.isdecimal() and number.isdecimal()) or int(client) >= 1 << 16:
        message = f"order {text!r} is no number of an order; write one like 1000-1"
        raise Unfit(message)
    return (int(client) << 48) | int(number)


def place_of(names: list[str], text: object, what: str) -> int:
    """Return the place of a name, from 1."""
    if text not in names:
        known = ", ".join(names) or "none"
        message = f"{text!r} is no {what} of this run; known are {known}"
        raise Unfit(message)
    return names.index(str(text)) + 1


@dataclass(frozen=True, slots=True)
class Persons:
    """Carries out what persons ask.

    Parameters
    ----------
    spool : Spool
        Where requests come from.
    made : Simulation
        The run.
    paper : PaperPlan
        What it trades.
    tell : callable
        Told in a sentence of what was asked and what came of it.
    kill : KillSwitch, optional
        Told of stops and releases, so that the desk shows them.
    cancel_foreign : callable, optional
        Asks the exchange at an instant (ns UTC) to take back an order that this run does not work;
        tells whether the exchange has told of such a one.
    why_down : callable, optional
        Tells why there is no line to the exchange, or None where there is one. Without a line a new
        order is refused as soon as the engine has routed it, and a cancel waits.
    """

    spool: Spool
    made: Simulation
    paper: PaperPlan
    tell: Callable[[str], None]
    kill: KillSwitch | None = None
    cancel_foreign: Callable[[str, int], bool] = lambda _order, _now: False
    why_down: Callable[[], str | None] = lambda: None

    def look(self, now: int) -> None:
        """Carry out what waits, at `now` (ns UTC)."""
        for asked in self.spool.take():
            if isinstance(asked, tuple):
                name, why = asked
                answer, what = Answer(good=False, lines=(why,)), "a request"
            else:
                name, what = asked.id, self.sentence(asked)
                answer = self.answer(asked, now)
            self.spool.answer(name, answer)
            self.tell(f"{what}: {'; '.join(answer.lines)}")

    def sentence(self, asked: Asked) -> str:
        """Return what was asked, for the console."""
        fields = {name: value for name, value in asked.fields.items() if name != "trader"}
        words = " ".join(str(value) for value in fields.values() if value is not None)
        return f"{asked.fields.get('trader')!s:.40} asks: {words:.200}"

    def answer(self, asked: Asked, now: int) -> Answer:
        """Carry out one request; return what came of it."""
        try:
            if asked.fields.get("act") == "cancel-unknown":
                return self.cancel_unknown(asked, now)
            command = self.command(asked)
        except Unfit as fault:
            return Answer(good=False, lines=(str(fault),))
        [said] = self.made.core.ask(now, [command])
        if self.kill is not None and isinstance(command, SetTrading):
            self.kill.note(now, str(asked.fields.get("trader")), command)
        limits = [limit.name for limit in self.paper.plan.desk.limit]
        named = [(what, order, limits_named(why, limits)) for what, order, why in said]
        return answered(named, self.why_down())

    def cancel_unknown(self, asked: Asked, now: int) -> Answer:
        """Ask the exchange to take back an order that it told of and this run does not work."""
        self.trader(asked)
        order = str(asked.fields.get("order"))
        if not self.cancel_foreign(order, now):
            message = (
                f"the exchange has told of no open order {order!r} that this run does not work, or "
                "takes it back at its own desk only"
            )
            raise Unfit(message)
        return Answer(good=True, lines=(f"the exchange is asked to take {order!r} back",))

    def command(self, asked: Asked) -> Command:
        """Return a request as a command to the engine."""
        trader, act = self.trader(asked), asked.fields.get("act")
        acts: dict[str, Callable[[dict[str, object], int], Command]] = {
            "place": self.place,
            "cancel": self.cancel,
            "approve": self.approve,
            "cancel-all": self.cancel_all,
            "stop": self.stop,
            "allow": self.allow,
            "release": self.release,
        }
        if not isinstance(act, str) or act not in acts:
            message = (
                f"{act!r} is nothing that can be asked; known are {', '.join(acts)}, cancel-unknown"
            )
            raise Unfit(message)
        return acts[act](asked.fields, trader)

    @property
    def desk(self) -> Desk:
        """Return the desk."""
        return self.paper.plan.desk

    def trader(self, asked: Asked) -> int:
        """Return the number of who asks."""
        traders: tuple[LiveTraderSpec, ...] = (
            () if self.desk.live is None else self.desk.live.trader
        )
        names = [trader.name for trader in traders]
        place = place_of(names, asked.fields.get("trader"), "trader of [[live.trader]]")
        user = traders[place - 1].user
        if user is not None:
            try:
                owner = pwd.getpwnam(user).pw_uid
            except KeyError:
                message = f"the system does not know user {user!r} of trader {names[place - 1]!r}"
                raise Unfit(message) from None
            if owner != asked.user:
                message = f"trader {names[place - 1]!r} is user {user!r}, who did not ask this"
                raise Unfit(message)
        return place - 1 + FIRST_TRADER

    def contract(self, text: object) -> int:
        """Return the number of a contract by its symbol."""
        numbers = {entry.symbol: entry.instrument for entry in self.paper.plan.instruments}
        chain = self.paper.part.chain
        traded = set() if chain is None else set(chain.instruments)
        if text not in numbers or numbers[str(text)] not in traded:
            message = f"{text!r} is no contract of this run; name one as the desk does"
            raise Unfit(message)
        return numbers[str(text)]

    def scope(self, fields: dict[str, object]) -> Scope:
        """Return what a mass cancel or the kill switch covers: all that is not narrowed."""
        books = [book.name for book in self.desk.book]
        strategies = [*(strategy.name for strategy in self.desk.strategy), BY_HAND]
        traders = [] if self.desk.live is None else [one.name for one in self.desk.live.trader]
        contract, book = fields.get("contract"), fields.get("book")
        strategy, trader = fields.get("strategy"), fields.get("of")
        parties = list(self.desk.counterparties)
        counterparty, member = fields.get("counterparty"), fields.get("member")
        return Scope(
            instrument=None if contract is None else self.contract(contract),
            trading_book=None if book is None else place_of(books, book, "book"),
            strategy=None if strategy is None else place_of(strategies, strategy, "strategy"),
            trader=None
            if trader is None
            else place_of(traders, trader, "trader") - 1 + FIRST_TRADER,
            counterparty=None
            if counterparty is None
            else place_of(parties, counterparty, "counterparty"),
            member=None if member is None else place_of(parties, member, "clearing member"),
        )

    def place(self, fields: dict[str, object], trader: int) -> SubmitOrder:
        """Return an order by hand."""
        side, life = fields.get("side"), fields.get("life", "day")
        if side not in ("buy", "sell") or life not in LIVES:
            message = f"side {side!r} must be buy or sell, life {life!r} one of {', '.join(LIVES)}"
            raise Unfit(message)
        books = [book.name for book in self.desk.book]
        book = fields.get("book") or books[0]
        volume = number_of(fields.get("volume"), "volume")
        return SubmitOrder(
            order_id=self.made.core.next_by_hand(),
            order=Order(
                instrument=self.contract(fields.get("contract")),
                side=str(side),
                time_in_force=LIVES[str(life)],
                owner=Owner(
                    trading_book=place_of(books, book, "book"),
                    trader=trader,
                    strategy=len(self.desk.strategy) + 1,
                ),
                price=number_of(fields.get("price"), "price"),
                volume=volume,
                conditions=iceberg_of(fields.get("display"), volume),
            ),
        )

    def cancel(self, fields: dict[str, object], _trader: int) -> CancelOrder:
        """Return the end of an order by hand."""
        return CancelOrder(order_id=order_number(fields.get("order")))

    def approve(self, fields: dict[str, object], trader: int) -> ApproveOrder:
        """Return the approval of a held order by its second person."""
        return ApproveOrder(order_id=order_number(fields.get("order")), trader=trader)

    def cancel_all(self, fields: dict[str, object], _trader: int) -> CancelAll:
        """Return a mass cancel."""
        return CancelAll(scope=self.scope(fields))

    def stop(self, fields: dict[str, object], _trader: int) -> SetTrading:
        """Return the kill switch."""
        return SetTrading(scope=self.scope(fields), allowed=False)

    def allow(self, fields: dict[str, object], _trader: int) -> SetTrading:
        """Return the kill switch, released."""
        return SetTrading(scope=self.scope(fields), allowed=True)

    def release(self, fields: dict[str, object], _trader: int) -> FreezeInstrument:
        """Return the release of a frozen contract."""
        return FreezeInstrument(instrument=self.contract(fields.get("contract")), is_frozen=False)


def answered(said: list[Said], why_down: str | None = None) -> Answer:
    """Return what the engine says as an answer, without a line to the exchange for `why_down`."""
    words = {
        "routed": "goes to the exchange",
        "held": "is held for a second person; another trader approves it",
        "approved": "is approved",
        "cancel routed": "is being cancelled",
        "cancelled": "is cancelled; it had not left",
    }
    refusals = {"refused"}
    if why_down is not None:
        refusals.add("routed")
        words |= {
            "routed": f"is refused and was not sent: no line to the exchange ({why_down})",
            "cancel routed": f"is cancelled at the next logon: no line now ({why_down})",
        }
    lines = []
    for what, order, why in said:
        if what == "refused":
            lines.append(f"refused: {why}")
        elif what in words:
            lines.append(f"order {order} {words[what]}")
        else:
            lines.append(what)
    return Answer(
        good=all(what not in refusals for what, _, _ in said), lines=tuple(lines) or ("done",)
    )
