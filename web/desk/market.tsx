// The market: delivery periods, depth, trades, and what the chosen price did.
import { useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import { get } from "./api";
import { fixed, iso, moment, period, words } from "./format";
import { BASES, peersOf, type Basis } from "./change";
import { gate, heldBy, HeatGrid, slotGate, slotHeld, slotPrice, type Against } from "./heat";
import { Ladder } from "./ladder";
import { Panel, type Held, type Sheet } from "./panel";
import { grainsOf, GRAINS, layoutOf, peakOf, type Layout } from "./periods";
import { Plot, plotSheet, type PlotFill, type PlotLine, type PlotTrade } from "./plot";
import { usePolled } from "./poll";
import { useChosen, useDesk, useMarket, useTopic, useZone } from "./state";
import type { Store } from "./store";
import { Table, type Column } from "./table";
import { Ticket } from "./ticket";
import { useUnitsOf } from "./units";
import type { Instrument, PriceLine, Trade, TradePage } from "./types";

export function MarketView(): ReactNode {
  const { run, choice } = useDesk();
  const { instrument } = useChosen();
  return (
    <div className="view market-view">
      <Periods />
      {instrument ? (
        <>
          <Ladder held={null} />
          <Chart held={null} />
          <Trades held={null} />
          {run.takes_orders && choice.segment === "continuous" && <Ticket />}
        </>
      ) : (
        <p className="muted">This market lists nothing here.</p>
      )}
    </div>
  );
}

export function Periods(): ReactNode {
  const { store, choose, choice, run, instruments } = useDesk();
  const { shown, instrument } = useChosen();
  const zone = useZone();
  const market = useMarket();
  const [wanted, wantedBasis] = choice.grid.split(".");
  const [filter, setFilter] = useState("");
  const grains = useMemo(() => grainsOf(shown), [shown]);
  const grain = grains.find((one) => one === wanted) ?? grains[0] ?? "hours";
  const basis = BASIS_NAMES.find((one) => one === wantedBasis) ?? "trade";
  // What is shown anyhow stays out of the address.
  const showBy = (length: string, held: Basis): void => {
    choose({ grid: `${length === grains[0] ? "" : length}${held === "trade" ? "" : `.${held}`}` });
  };
  const peers = useMemo(() => peersOf(instruments), [instruments]);
  const against = useMemo(() => ({ basis, peers }), [basis, peers]);
  const layout = useMemo(
    () => layoutOf(shown, grain, zone, market.time_zone, filter),
    [shown, grain, zone, market, filter],
  );
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
      store.subscribe("clock", () => made.count()),
    ];
    return () => {
      offs.forEach((off) => off());
      made.stop();
    };
  }, [store]);
  useEffect(() => grid.current?.show(layout, zone), [layout, zone]);
  useEffect(() => grid.current?.hold(against), [against]);
  useEffect(() => grid.current?.choose(instrument?.instrument ?? null), [instrument, layout, zone]);
  const segments = [
    ...new Set(instruments.filter((one) => one.market === choice.market).map((one) => one.segment)),
  ];
  const sheet = (): Sheet => sheetOf(store, layout, grain === "blocks" ? market.time_zone : zone, against);
  const tools = (
    <>
      <select
        aria-label="Market"
        value={choice.market}
        onChange={(event) => choose({ market: event.target.value, segment: "", instrument: null })}
      >
        {run.markets.map((one) => (
          <option key={one.name}>{one.name}</option>
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
      <select aria-label="Length of periods" value={grain} onChange={(event) => showBy(event.target.value, basis)}>
        {grains.map((one) => (
          <option key={one} value={one}>{one === "short" ? shortest(shown) : GRAINS[one]}</option>
        ))}
      </select>
      <select aria-label="What a change is held against" value={basis} onChange={(event) => showBy(grain, event.target.value as Basis)}>
        {BASIS_NAMES.map((one) => <option key={one} value={one}>▲▼ {BASES[one]}</option>)}
      </select>
      <input
        type="search" value={filter} placeholder="Filter" aria-label="Filter Delivery periods"
        onChange={(event) => setFilter(event.target.value)}
      />
    </>
  );
  const quote = instrument ? store.quotes.get(instrument.instrument) : undefined;
  return (
    <Panel
      id="periods" title="Delivery periods" tools={tools} sheet={sheet}
      event={quote?.ts_event ?? null} received={quote?.ts_recv ?? null}
    >
      <p className="muted">
        {`${market.currency}/${market.price_unit}`} · {grain === "blocks" ? `${market.time_zone}, ${peakText(market.time_zone)}` : zone} ·{" "}
        {shown[0]?.is_synthetic ? "synthetic book · " : ""}
        {instrument && clock ? `gate ${gate(instrument, clock.now)}` : ""}
      </p>
      <div ref={host} className="heat" role="grid" aria-label="Prices by delivery period" />
      {!layout.rows.length && <p className="muted">{filter ? "Nothing fits the filter." : "No whole day is listed."}</p>}
    </Panel>
  );
}

const BASIS_NAMES = Object.keys(BASES) as Basis[];

function shortest(instruments: Instrument[]): string {
  const minutes = Math.min(...instruments.map((one) => one.delivery_end - one.delivery_start)) / 60e9;
  return minutes === 15 ? "Quarter-hours" : minutes === 30 ? "Half-hours" : `${minutes} minutes`;
}

function peakText(zone: string): string {
  const peak = peakOf(zone);
  return peak ? `peak ${peak[0]}–${peak[1]} h, Monday to Friday` : "no rule of a peak is known here";
}

/** The grid as a table: of several contracts the means that it shows. */
function sheetOf(store: Store, layout: Layout, zone: string, against: Against): Sheet {
  const held = heldBy(store);
  const now = store.clock?.now ?? 0;
  const slots = layout.rows.flatMap((row) => row.days.flat()).filter((slot) => slot !== null);
  const rows = slots.sort((a, b) => a.start - b.start).map((slot) => {
    const [only, ...others] = slot.contracts;
    const quote = only && !others.length ? store.quotes.get(only.instrument) : undefined;
    const { price, change } = slotPrice(store, slot, against);
    return [
      slot.name, iso(slot.start, zone), iso(slot.end, zone), quote?.bid_price, quote?.ask_price,
      price, change, slotHeld(held, slot), iso(slotGate(slot, now), zone),
    ];
  });
  const columns = ["symbol", "delivery_start", "delivery_end", "bid", "ask", "price", `change ${BASES[against.basis]}`, "position", "gate_closure"];
  return { columns, rows };
}

/** The price of one contract: of the chosen one, or of one that the panel is held to. */
export function Chart({ held }: Held): ReactNode {
  const { instrument } = useChosen(held);
  return instrument && <ChartOf instrument={instrument} held={held} />;
}

function ChartOf({ instrument, held }: Held & { instrument: Instrument }): ReactNode {
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
  const traded = useTradesOf(number_, 1_000, 3_000);
  const trades = useMemo<PlotTrade[]>(
    () => (traded?.rows ?? []).map((trade) => ({ at: trade.ts_event, price: trade.price })),
    [traded],
  );
  return (
    <Panel id="chart" held={held} title={`Price, ${period(instrument.delivery_start, instrument.delivery_end, zone)}`} event={at.at(-1) ?? null} from={found} zone={zone} sheet={() => plotSheet(at, lines, zone)}>
      <Plot
        at={at} lines={lines} fills={fills} trades={trades} zone={zone} label={unit} height={230}
        about={`Price of ${instrument.symbol} over time; the export holds its numbers, and that of the trades theirs.`}
      />
    </Panel>
  );
}

/** The newest trades of a contract. */
function useTradesOf(number: number, limit: number, everyMs: number): TradePage | null {
  const { store } = useDesk();
  const load = (): Promise<TradePage> => get(`/v1/trades?instrument=${number}&limit=${limit}`);
  return usePolled(load, `trades ${number} ${limit} ${store.clock?.jumps}`, everyMs);
}

/** The trades of one contract: of the chosen one, or of one that the panel is held to. */
export function Trades({ held }: Held): ReactNode {
  const { instrument } = useChosen(held);
  return instrument && <TradesOf instrument={instrument} held={held} />;
}

function TradesOf({ instrument, held }: Held & { instrument: Instrument }): ReactNode {
  const zone = useZone();
  const found = useTradesOf(instrument.instrument, 200, 1_000);
  const units = useUnitsOf(instrument);
  const rows = useMemo(() => found?.rows ?? [], [found]);
  const columns = useMemo<Column<Trade>[]>(
    () => [
      { name: "time", value: (row) => iso(row.ts_event, zone), show: (row) => moment(row.ts_event, zone), text: true },
      { name: `price, ${units.price}`, value: (row) => row.price, show: (row) => fixed(row.price, instrument.tick) },
      { name: `volume, ${units.volume}`, value: (row) => row.volume, show: (row) => fixed(row.volume, instrument.lot) },
      { name: "aggressor", value: (row) => row.aggressor, show: (row) => side(row.aggressor), text: true },
    ],
    [zone, instrument, units.price, units.volume],
  );
  return (
    <Table
      id="trades" held={held} title={held === null ? "Trades" : `Trades, ${instrument.symbol}`} rows={rows} columns={columns} row={(row) => row.sequence}
      isTape empty="No trade yet." from={found}
      event={rows[0]?.ts_event ?? null} received={rows[0]?.ts_recv ?? null}
    />
  );
}

/** A side by word, sign and colour. */
export function side(name: string | null): ReactNode {
  if (!name) return "–";
  return <span className={name}>{name === "buy" ? "▲ buy" : "▽ sell"}</span>;
}
