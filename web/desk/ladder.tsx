// The depth ladder: a price axis that stands still, own orders with their place in the queue.
import { useEffect, useMemo, useState, type ReactNode } from "react";
import { get } from "./api";
import { fixed, moment, number } from "./format";
import { Panel, type Held } from "./panel";
import { useSend } from "./send";
import { heardOf, usePolled } from "./poll";
import { useChosen, useDesk, useTopic, useZone } from "./state";
import { useUnitsOf } from "./units";
import type { Book, Instrument, Level, Order, Side } from "./types";

const ROWS = 25;
/** Multiples of the tick that a row may stand for. */
const STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000];

interface Row {
  price: number;
  bid: number;
  ask: number;
  own: Order[];
  traded: number;
}

/** The smallest step with which all of the depth fits on the axis. */
function stepOf(book: Book | null, tick: number): number {
  const prices = [...(book?.bids ?? []), ...(book?.asks ?? [])].map((level) => level.price);
  const width = prices.length ? Math.max(...prices) - Math.min(...prices) : 0;
  const multiple = STEPS.find((one) => one * tick * (ROWS - 4) >= width) ?? STEPS.at(-1) ?? 1;
  return multiple * tick;
}

function middleOf(bid: number | null | undefined, ask: number | null | undefined): number | null {
  if (bid !== null && bid !== undefined && ask !== null && ask !== undefined) return (bid + ask) / 2;
  return bid ?? ask ?? null;
}

/** Bids are shown at a price that they pay at least, asks at one that they take at most. */
function place(price: number, step: number, side: Side): number {
  const steps = price / step;
  return side === "buy" ? Math.floor(steps + 1e-6) : Math.ceil(steps - 1e-6);
}

/** The depth of one contract: of the chosen one, or of one that the panel is held to. */
export function Ladder({ held }: Held): ReactNode {
  const { instrument } = useChosen(held);
  return instrument && <LadderOf instrument={instrument} held={held} />;
}

function LadderOf({ instrument, held }: Held & { instrument: Instrument }): ReactNode {
  const number_ = instrument.instrument;
  const units = useUnitsOf(instrument);
  const store = useTopic("quotes");
  useTopic("orders");
  useTopic("link");
  const { run, say, setDraft, isArmed } = useDesk();
  // The ticket is for the chosen contract. Armed, a click sends its volume at the price; else it fills the ticket.
  const onPrice = run.takes_orders && held === null && instrument.segment === "continuous" ? setDraft : undefined;
  const send = useSend();
  const quote = store.quotes.get(number_);
  const load = (): Promise<Book> => get<Book>(`/v1/instruments/${number_}/book`);
  const book = usePolled(load, `book ${number_} ${store.clock?.jumps}`, 500);
  const zone = useZone();
  const [axis, setAxis] = useState<{ instrument: number; center: number; step: number } | null>(null);
  const isOld = store.isStale || (heardOf(book)?.isOverdue ?? false);
  const middle = middleOf(quote?.bid_price ?? book?.bids[0]?.price, quote?.ask_price ?? book?.asks[0]?.price);
  const recentre = (): void => {
    if (middle === null || !book) return;
    const step = stepOf(book, instrument.tick);
    setAxis({ instrument: number_, center: Math.round(middle / step), step });
  };
  const isAside = axis?.instrument !== number_;
  useEffect(() => {
    if (isAside) recentre();
  });
  useEffect(() => {
    const key = (event: KeyboardEvent): void => {
      const target = event.target as HTMLElement;
      if (event.key !== "c" || event.ctrlKey || event.metaKey || event.altKey || target.matches("input, select, textarea")) return;
      event.preventDefault();
      recentre();
    };
    addEventListener("keydown", key);
    return () => removeEventListener("keydown", key);
  });
  const traders = useMemo(
    () => new Set(run.strategies.filter((one) => one.kind === "trader").map((one) => one.name)),
    [run],
  );
  const own = [...store.orders.values()].filter(
    (order) => order.instrument === number_ && order.kind === "order" && order.open > 0 && order.price !== null,
  );
  const mine = own.filter((order) => traders.has(order.strategy) && order.state !== "pending_cancel");
  const shown = axis && !isAside ? axis : null;
  const rows = shown ? rowsOf(shown, book, own) : [];
  const most = Math.max(1e-9, ...rows.map((row) => Math.max(row.bid, row.ask)));
  const ahead = new Map(book?.queues.map((queue) => [queue.order_id, queue.ahead]));
  const top = shown ? Math.round((middle ?? 0) / shown.step) : 0;
  const half = Math.floor(ROWS / 2);
  const off = shown && middle !== null ? (top > shown.center + half ? "▲ above" : top < shown.center - half ? "▼ below" : "") : "";
  // Far from the market every bid here would buy at once: a click fills in the ticket, and sends nothing.
  const isSent = isArmed && !off;
  const cancel = async (side: Side | null): Promise<void> => {
    const chosen = mine.filter((order) => side === null || order.side === side);
    try {
      await Promise.all(chosen.map((order) => send("DELETE", `/v1/orders/${order.order_id}`)));
      say(`${chosen.length} ${chosen.length === 1 ? "cancel is" : "cancels are"} with the run.`);
    } catch (fault) {
      say((fault as Error).message);
    }
  };
  const tools = (
    <>
      {onPrice && <span className={`badge ${isArmed ? "armed" : ""}`}>{isArmed ? "● armed" : "○ disarmed"}</span>}
      <button type="button" className="small" title="Key C" onClick={recentre}>Recentre</button>
    </>
  );
  return (
    <Panel
      id="ladder" held={held} title={`Depth, ${instrument.symbol}`} tools={tools}
      from={book} event={book?.ts_event ?? null} received={book?.ts_recv ?? null}
      sheet={() => ({ columns: ["own", "bid", "price", "ask", "traded"].map((name) => `${name}, ${name === "price" ? units.price : units.volume}`), rows: rows.map((row) => [row.own.reduce((sum, order) => sum + order.open, 0) || null, row.bid || null, row.price, row.ask || null, row.traded || null]) })}
    >
      <p className="top">
        <span className="bid">bid {fixed(quote?.bid_volume, instrument.lot)} at <b>{fixed(quote?.bid_price, instrument.tick)}</b></span>
        <span className="ask"><b>{fixed(quote?.ask_price, instrument.tick)}</b> for {fixed(quote?.ask_volume, instrument.lot)} ask</span>
        <small className="muted">best prices of {moment(quote?.ts_event, zone)}</small>
        {off && <b role="status">The market is {off}; C recentres{onPrice && isArmed ? ", until then a click sends nothing" : ""}.</b>}
      </p>
      {onPrice && (
        <p className="cancels">
          {([["buy", "bids"], ["sell", "asks"], [null, "all"]] as const).map(([side, name]) => (
            <button
              key={name} type="button" className="small"
              disabled={!mine.some((order) => side === null || order.side === side)}
              onClick={() => void cancel(side)}
            >
              Cancel {name}
            </button>
          ))}
          {isOld && <b className="doubt">Old prices: no order from here. Cancels pass.</b>}
        </p>
      )}
      <div className="scroll" tabIndex={0} role="region" aria-label="Depth, table">
        <table className="ladder">
          <thead>
            <tr><th>Own</th><th>Bid</th><th>Price</th><th>Ask</th><th>Traded</th></tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.price} className={row.bid ? "bid" : row.ask ? "ask" : ""}>
                <td className="own-orders">{ownText(row.own, ahead, instrument)}</td>
                <td className="size">{sized(row, "bid")}</td>
                <td className={`price${row.price < 0 ? " negative" : ""}`}>{fixed(row.price, instrument.tick)}</td>
                <td className="size">{sized(row, "ask")}</td>
                <td className="muted">{row.traded > 0 && fixed(row.traded, instrument.lot)}</td>
              </tr>
            ))}
          </tbody>
        </table>
        {!book?.asks.length && !book?.bids.length && <p className="muted">No depth is published for it now.</p>}
      </div>
      <p className="muted">{units.price}, {units.volume}; a row is {fixed(shown?.step, instrument.tick)}. Depth behind the best price may be older.</p>
    </Panel>
  );

  /** The volume at a price: of the bids, where a click buys, or of the asks, where it sells. */
  function sized(row: Row, column: "bid" | "ask"): ReactNode {
    const content = row[column] > 0 && bar(row[column], most, column, instrument.lot);
    if (!onPrice) return content;
    const side = column === "bid" ? "buy" : "sell";
    const volume = row[column] > 0 ? `${fixed(row[column], instrument.lot)}, ` : "";
    return (
      <button
        type="button" disabled={isOld} aria-label={`${volume}${isSent ? "send" : "fill in"}: ${side} at ${fixed(row.price, instrument.tick)}`}
        // Neither the second click of a double one nor a key that is held down is an order.
        onKeyDown={(event) => event.repeat && event.preventDefault()}
        onClick={(event) => event.detail <= 1 && onPrice({ instrument: number_, side, price: String(row.price), isSent })}
      >
        {content}
      </button>
    );
  }
}

function rowsOf(
  { center, step }: { center: number; step: number }, book: Book | null, own: Order[],
): Row[] {
  const rows = new Map<number, Row>();
  for (let at = center + Math.floor(ROWS / 2); at >= center - Math.floor(ROWS / 2); at -= 1) {
    rows.set(at, { price: Number((at * step).toFixed(6)), bid: 0, ask: 0, own: [], traded: 0 });
  }
  const add = (levels: Level[], side: Side): void => {
    for (const level of levels) {
      const row = rows.get(place(level.price, step, side));
      if (row) row[side === "buy" ? "bid" : "ask"] += level.volume;
    }
  };
  add(book?.bids ?? [], "buy");
  add(book?.asks ?? [], "sell");
  for (const order of own) rows.get(place(order.price ?? 0, step, order.side))?.own.push(order);
  for (const trade of book?.traded ?? []) {
    const row = rows.get(Math.round(trade.price / step));
    if (row) row.traded += trade.volume;
  }
  return [...rows.values()];
}

/** Own orders of a price by volume, with what stands before the first of them where that is known. */
function ownText(own: Order[], ahead: Map<string, number>, instrument: Instrument): string {
  const [first] = own;
  if (!first) return "";
  const open = own.reduce((sum, order) => sum + order.open, 0);
  const before = ahead.get(first.order_id);
  const queue = before === undefined ? "" : `, ${fixed(before, instrument.lot)} ahead`;
  return `${first.side === "buy" ? "▲" : "▽"} ${number(open, 6)}${queue}`;
}

function bar(volume: number, most: number, side: "bid" | "ask", lot: number): ReactNode {
  return (
    <span className={`bar ${side}`} style={{ "--share": `${(100 * volume) / most}%` } as object}>
      {fixed(volume, lot)}
    </span>
  );
}
