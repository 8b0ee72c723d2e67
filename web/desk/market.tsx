// The market: delivery periods, depth, trades, and what the chosen price did.
import { useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import { get } from "./api";
import { csv, download } from "./csv";
import { iso, number, period, second, words } from "./format";
import { gate, HeatGrid, priceOf } from "./heat";
import { Panel } from "./panel";
import { Plot, type PlotFill, type PlotLine } from "./plot";
import { useDesk, useMarket, usePolled, useTopic, useZone } from "./state";
import { Table, type Column } from "./table";
import { Ticket, type Draft } from "./ticket";
import type { Book, Instrument, Level, PriceLine, Side, Trade } from "./types";

export function MarketView(): ReactNode {
  const { instruments, choice, byNumber, run } = useDesk();
  const [draft, setDraft] = useState<Draft | null>(null);
  const takesOrders = run.takes_orders && choice.segment === "continuous";
  useEffect(() => {
    const key = (event: KeyboardEvent): void => {
      const target = event.target as HTMLElement;
      const side = { b: "buy", s: "sell" }[event.key] as Side | undefined;
      if (!side || event.ctrlKey || event.metaKey || event.altKey || target.matches("input, select")) return;
      event.preventDefault();
      setDraft({ side, price: "" });
    };
    addEventListener("keydown", key);
    return () => removeEventListener("keydown", key);
  }, []);
  const shown = useMemo(
    () => instruments.filter((one) => one.market === choice.market && one.segment === choice.segment),
    [instruments, choice.market, choice.segment],
  );
  const held = choice.instrument === null ? undefined : byNumber.get(choice.instrument);
  // Where none is chosen, the first that can be traded still.
  const clock = useTopic("clock").clock;
  const open = shown.find((one) => one.gate_closure > (clock?.now ?? 0)) ?? shown.at(-1);
  const instrument = held && shown.includes(held) ? held : open;
  return (
    <div className="view market-view">
      <Periods shown={shown} instrument={instrument ?? null} />
      {instrument ? (
        <>
          <Ladder instrument={instrument} onPrice={takesOrders ? setDraft : undefined} />
          <Chart instrument={instrument} />
          <Trades instrument={instrument} />
          {takesOrders && <Ticket instrument={instrument} draft={draft} />}
        </>
      ) : (
        <p className="muted">This market lists nothing here.</p>
      )}
    </div>
  );
}

function Periods({ shown, instrument }: { shown: Instrument[]; instrument: Instrument | null }): ReactNode {
  const { store, choose, choice, run, instruments, say } = useDesk();
  const zone = useZone();
  const host = useRef<HTMLDivElement>(null);
  const grid = useRef<HeatGrid | null>(null);
  const clock = useTopic("clock").clock;
  useEffect(() => {
    if (!host.current) return;
    const made = new HeatGrid(host.current, store, (chosen) => choose({ instrument: chosen }));
    grid.current = made;
    const redraw = (): void => {
      made.changed(store.changed);
      store.changed.clear();
    };
    const offs = [
      store.subscribe("quotes", redraw),
      store.subscribe("markets", redraw),
      store.subscribe("standing", () => made.all()),
    ];
    return () => {
      offs.forEach((off) => off());
      made.stop();
    };
  }, [store]);
  useEffect(() => grid.current?.show(shown, zone), [shown, zone]);
  useEffect(() => grid.current?.choose(instrument?.instrument ?? null), [instrument, shown, zone]);
  const segments = [
    ...new Set(instruments.filter((one) => one.market === choice.market).map((one) => one.segment)),
  ];
  const save = (): void => {
    const rows = shown.map((one) => {
      const quote = store.quotes.get(one.instrument);
      const { price } = priceOf(store, one.instrument);
      return [
        one.symbol, iso(one.delivery_start, zone), iso(one.delivery_end, zone),
        quote?.bid_price, quote?.ask_price, price,
      ];
    });
    download("periods.csv", csv(["symbol", "delivery_start", "delivery_end", "bid", "ask", "price"], rows));
    say("Delivery periods exported.");
  };
  const tools = (
    <>
      <select
        aria-label="Market"
        value={choice.market}
        onChange={(event) => choose({ market: event.target.value, segment: "", instrument: null })}
      >
        {run.markets.map((market) => (
          <option key={market.name}>{market.name}</option>
        ))}
      </select>
      <select
        aria-label="Product"
        value={choice.segment}
        onChange={(event) => choose({ segment: event.target.value, instrument: null })}
      >
        {segments.map((segment) => (
          <option key={segment} value={segment}>{words(segment)}</option>
        ))}
      </select>
    </>
  );
  const market = useMarket();
  const quote = instrument ? store.quotes.get(instrument.instrument) : undefined;
  return (
    <Panel
      id="periods" title="Delivery periods" tools={tools} onExport={save}
      event={quote?.ts_event ?? null} received={quote?.ts_recv ?? null}
    >
      <p className="muted">
        {`${market.currency}/${market.price_unit}`} · {zone} ·{" "}
        {shown[0]?.is_synthetic ? "synthetic book · " : ""}
        {instrument && clock ? `gate ${gate(instrument, clock.now)}` : ""}
      </p>
      <div ref={host} className="heat" role="grid" aria-label="Prices by delivery period" />
    </Panel>
  );
}

interface LadderProps {
  instrument: Instrument;
  /** Takes a price that was chosen, to trade against it. */
  onPrice: ((draft: Draft) => void) | undefined;
}

function Ladder({ instrument, onPrice }: LadderProps): ReactNode {
  const number_ = instrument.instrument;
  const store = useTopic("quotes");
  useTopic("orders");
  const quote = store.quotes.get(number_);
  const load = (): Promise<Book> => get<Book>(`/v1/instruments/${number_}/book`);
  const book = usePolled(load, `book ${number_} ${store.clock?.jumps}`, 500);
  const zone = useZone();
  const own = new Map<number, number>();
  for (const order of store.orders.values()) {
    if (order.instrument === number_ && order.open > 0 && order.price !== null) {
      own.set(order.price, (own.get(order.price) ?? 0) + order.open);
    }
  }
  const asks = [...(book?.asks ?? [])].reverse();
  const bids = book?.bids ?? [];
  const most = Math.max(1e-9, ...[...asks, ...bids].map((level) => level.volume));
  const line = (level: Level, side: "bid" | "ask"): ReactNode => (
    <tr key={`${side} ${level.price}`} className={side}>
      <td>{own.has(level.price) ? `● ${number(own.get(level.price), 1)}` : ""}</td>
      <td className="size">{side === "bid" && bar(level.volume, most, side)}</td>
      <td className="price">
        {onPrice ? (
          <button type="button" onClick={() => onPrice({ side: side === "ask" ? "buy" : "sell", price: String(level.price) })}>
            {number(level.price)}
          </button>
        ) : (
          number(level.price)
        )}
      </td>
      <td className="size">{side === "ask" && bar(level.volume, most, side)}</td>
    </tr>
  );
  return (
    <Panel id="ladder" title={`Depth, ${instrument.symbol}`} event={book?.ts_event ?? null} received={book?.ts_recv ?? null}>
      <p className="top">
        <span className="bid">bid {number(quote?.bid_volume, 1)} at <b>{number(quote?.bid_price)}</b></span>
        <span className="ask"><b>{number(quote?.ask_price)}</b> for {number(quote?.ask_volume, 1)} ask</span>
        <small className="muted">best prices of {second(quote?.ts_event, zone)}</small>
      </p>
      <div className="scroll" tabIndex={0} role="region" aria-label="Depth, table">
        <table className="ladder">
          <thead>
            <tr><th>Own</th><th>Bid</th><th>Price</th><th>Ask</th></tr>
          </thead>
          <tbody>
            {asks.map((level) => line(level, "ask"))}
            {bids.map((level) => line(level, "bid"))}
          </tbody>
        </table>
        {!asks.length && !bids.length && <p className="muted">No depth is published for it now.</p>}
      </div>
    </Panel>
  );
}

function bar(volume: number, most: number, side: "bid" | "ask"): ReactNode {
  return (
    <span className={`bar ${side}`} style={{ "--share": `${(100 * volume) / most}%` } as object}>
      {number(volume, 1)}
    </span>
  );
}

function Chart({ instrument }: { instrument: Instrument }): ReactNode {
  const { store } = useDesk();
  const zone = useZone();
  const number_ = instrument.instrument;
  const load = (): Promise<PriceLine> => get<PriceLine>(`/v1/instruments/${number_}/prices`);
  const found = usePolled(load, `prices ${number_} ${store.clock?.jumps}`, 1_500);
  const market = useMarket();
  const unit = `${market.currency}/${market.price_unit}`;
  const lines = useMemo<PlotLine[]>(
    () => [{ name: "middle of bid and ask", unit, values: found?.middle ?? [] }],
    [found, unit],
  );
  const fills = useMemo<PlotFill[]>(
    () => (found?.fills ?? []).map((fill) => ({ at: fill.ts_event, price: fill.price, side: fill.side })),
    [found],
  );
  const at = useMemo(() => found?.ts_event ?? [], [found]);
  const save = (): void => {
    const rows = at.map((one, place) => [iso(one, zone), found?.middle[place]]);
    download("prices.csv", csv(["ts_event", "middle"], rows));
  };
  return (
    <Panel id="chart" title={`Price, ${period(instrument.delivery_start, instrument.delivery_end, zone)}`} event={at.at(-1) ?? null} onExport={save}>
      <Plot
        at={at} lines={lines} fills={fills} zone={zone} label={unit} height={230}
        about={`Price of ${instrument.symbol} over time; the export holds its numbers.`}
      />
    </Panel>
  );
}

function Trades({ instrument }: { instrument: Instrument }): ReactNode {
  const { store } = useDesk();
  const zone = useZone();
  const number_ = instrument.instrument;
  const load = (): Promise<{ rows: Trade[] }> => get(`/v1/trades?instrument=${number_}&limit=200`);
  const found = usePolled(load, `trades ${number_} ${store.clock?.jumps}`, 1_000);
  const rows = useMemo(() => found?.rows ?? [], [found]);
  const columns = useMemo<Column<Trade>[]>(
    () => [
      { name: "time", value: (row) => iso(row.ts_event, zone), show: (row) => second(row.ts_event, zone), text: true },
      { name: "price", value: (row) => row.price, show: (row) => number(row.price) },
      { name: "volume", value: (row) => row.volume, show: (row) => number(row.volume, 1) },
      { name: "aggressor", value: (row) => row.aggressor, show: (row) => side(row.aggressor), text: true },
    ],
    [zone],
  );
  return (
    <Table
      id="trades" title="Trades" rows={rows} columns={columns} row={(row) => row.sequence}
      empty="No trade yet."
      event={rows[0]?.ts_event ?? null} received={rows[0]?.ts_recv ?? null}
    />
  );
}

/** A side by word, sign and colour. */
export function side(name: string | null): ReactNode {
  if (!name) return "–";
  return <span className={name}>{name === "buy" ? "▲ buy" : "▽ sell"}</span>;
}
