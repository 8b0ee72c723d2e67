"""Trade at a desk from Python: read its lists, place, amend and cancel an order, follow it, stop.

Start a desk that takes orders first, and give its address:

    wattbook paper desk.toml --replay-speed 60 --serve
    python examples/desk_client.py http://127.0.0.1:8765
"""

import sys
from collections.abc import Iterator

import wattbook
from wattbook.api.client import DeskClient, Update


def rests(updates: Iterator[Update], order: str, volume: float) -> bool:
    """Return whether an order comes to rest with a volume, once its venue has answered."""
    for update in updates:
        rows = update.tables.get("orders")
        row = None if rows is None else rows.filter(order_id=order)
        if row is None or row.is_empty() or row["state"][0].startswith("pending"):
            continue
        if row["open"][0] == 0 or row["volume"][0] == volume:
            return bool(row["open"][0] > 0)
    return False


def trade(desk: DeskClient) -> None:
    """Place an order far below the market, enlarge it, and take it back."""
    quotes = desk.table("quotes").drop_nulls("bid_price")
    if quotes.is_empty():
        print("nothing trades yet")
        return
    quote = quotes.sort("ts_event").row(-1, named=True)
    # The snapshot is taken first, so that nothing is missed between placing and following.
    updates = desk.stream(["orders"])
    next(updates)
    order = desk.submit(quote["instrument"], "buy", round(quote["bid_price"] - 50, 2), 1)
    print(f"order {order} rests: {rests(updates, order, 1)}")
    desk.amend(order, round(quote["bid_price"] - 45, 2), 2)
    print(f"with 2 MW it rests: {rests(updates, order, 2)}")
    desk.cancel(order)
    print(f"cancelled, it rests: {rests(updates, order, 0)}")


def main(address: str) -> None:
    """Read a desk and trade at it."""
    with wattbook.connect(address, role="trader") as desk:
        print(desk.table("positions").select("strategy", "delivery_start", "volume", "mark"))
        print(desk.table("risk/tails", "limits").select("limit", "value", "soft", "hard"))
        trade(desk)
        stopped = desk.stop(strategy="trader")
        print(f"stopped: {stopped['scope']['strategy']}")


if __name__ == "__main__":
    main(sys.argv[1])
