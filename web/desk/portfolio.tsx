// The portfolio: P&L, positions by delivery period, batteries against their plan.
import { useMemo, useState, type ReactNode } from "react";
import { get } from "./api";
import { fixed, iso, number, period } from "./format";
import { Panel } from "./panel";
import { Plot, plotSheet, type PlotLine } from "./plot";
import { usePolled } from "./poll";
import { useDesk, useMarket, useTopic, useZones } from "./state";
import { Table, type Column } from "./table";
import { unitColumn, useUnits } from "./units";
import type { Batteries as BatteriesFound, Battery, DeliveryLine, Instrument, MarketLines, Plant, Plants as PlantsFound, Position, StrategyLine } from "./types";

export function PortfolioView(): ReactNode {
  return (
    <div className="view portfolio-view">
      <Strategies />
      <Waterfall />
      <PnlChart />
      <Positions />
      <Deliveries />
      <Batteries />
      <Plants />
    </div>
  );
}

export function money(value: number | null | undefined): ReactNode {
  if (value === null || value === undefined) return "–";
  const kind = value > 0 ? "plus" : value < 0 ? "minus" : "";
  return <span className={kind}>{(value > 0 ? "+" : "") + amount(value)}</span>;
}

const AMOUNT = new Intl.NumberFormat("en-GB", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

export function amount(value: number): string {
  return AMOUNT.format(value === 0 ? 0 : value).replace("-", "−");
}

const STRATEGY_COLUMNS: Column<StrategyLine>[] = [
  { name: "strategy", value: (row) => row.name, show: (row) => <>{row.name}{synthetic(row)}</>, text: true },
  { name: "market", value: (row) => row.market, text: true },
  { name: "realised", value: (row) => row.realised, show: (row) => money(row.realised) },
  { name: "open", value: (row) => row.unrealised, show: (row) => money(row.unrealised) },
  { name: "fees", value: (row) => row.fees, show: (row) => amount(row.fees) },
  { name: "P&L", value: (row) => row.total, show: (row) => money(row.total) },
  { name: "orders", value: (row) => row.orders, show: (row) => number(row.orders, 0) },
  { name: "fills", value: (row) => row.fills, show: (row) => number(row.fills, 0) },
  {
    name: "fill rate", value: (row) => row.fill_rate,
    show: (row) => (row.fill_rate === null ? "–" : `${number(100 * row.fill_rate, 1)} %`),
  },
  { name: "slippage", value: (row) => row.slippage, show: (row) => (row.slippage === null ? "–" : amount(row.slippage)) },
];

function synthetic(row: { is_synthetic: boolean }): ReactNode {
  return row.is_synthetic ? <span className="tag">synthetic book</span> : null;
}

export function Strategies(): ReactNode {
  const { standing } = useTopic("standing");
  const rows = standing?.pnl.by_strategy ?? [];
  const total = standing?.pnl.total;
  return (
    <Table
      id="pnl" title={`P&L by strategy, ${standing?.pnl.currency ?? ""}`} rows={rows}
      columns={STRATEGY_COLUMNS} row={(row) => row.name} empty="No strategy." event={standing?.now ?? null}
      total={
        total && (
          <tr className="total">
            <td className="text">all strategies</td>
            <td />
            <td>{money(total.realised)}</td>
            <td>{money(total.unrealised)}</td>
            <td>{amount(total.fees)}</td>
            <td data-total={total.total}>{money(total.total)}</td>
            <td colSpan={4} />
          </tr>
        )
      }
    />
  );
}

interface Step {
  name: string;
  change: number;
  from: number;
  to: number;
}

/** How the desk's P&L is made up: gains by strategy, what is still open, fees, and their sum. */
function stepsOf(lines: StrategyLine[]): Step[] {
  let at = 0;
  const add = (name: string, change: number): Step => {
    const step = { name, change, from: at, to: at + change };
    at += change;
    return step;
  };
  const steps = lines.map((line) => add(`${line.name}, realised`, line.realised));
  steps.push(add("open positions", lines.reduce((sum, line) => sum + line.unrealised, 0)));
  steps.push(add("fees", -lines.reduce((sum, line) => sum + line.fees, 0)));
  return [...steps, { name: "P&L", change: at, from: 0, to: at }];
}

export function Waterfall(): ReactNode {
  const { standing } = useTopic("standing");
  const steps = useMemo(() => stepsOf(standing?.pnl.by_strategy ?? []), [standing]);
  const ends = steps.flatMap((step) => [step.from, step.to]);
  const [low, high] = [Math.min(0, ...ends), Math.max(0, ...ends)];
  const share = (value: number): number => (high > low ? (100 * (value - low)) / (high - low) : 0);
  return (
    <Panel id="waterfall" title={`How the P&L is made up, ${standing?.pnl.currency ?? ""}`} event={standing?.now ?? null} sheet={() => ({ columns: ["step", "change", "before", "after"], rows: steps.map((step) => [step.name, step.change, step.from, step.to]) })}>
      <table>
        <tbody>
          {steps.map((step) => (
            <tr key={step.name} className={step.name === "P&L" ? "total" : ""}>
              <th scope="row" className="text">{step.name}</th>
              <td className="fall">
                <span
                  className={step.change < 0 ? "down" : "up"}
                  style={{ left: `${share(Math.min(step.from, step.to))}%`, width: `${share(Math.max(step.from, step.to)) - share(Math.min(step.from, step.to))}%` }}
                />
              </td>
              <td>{money(step.change)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

/** The market's charts: one request for all of them. */
function useLines(): MarketLines | null {
  const { store } = useDesk();
  const { name } = useMarket();
  const load = (): Promise<MarketLines> =>
    get<MarketLines>(`/v1/markets/${encodeURIComponent(name)}/lines`);
  return usePolled(load, `lines ${name} ${store.clock?.jumps}`, 4_000);
}

export function PnlChart(): ReactNode {
  const market = useMarket();
  const zone = useZones()(market.name);
  const found = useLines();
  const at = useMemo(() => found?.at ?? [], [found]);
  const lines = useMemo<PlotLine[]>(
    () =>
      found
        ? [
            { name: "all strategies", unit: market.currency, values: found.total },
            ...found.pnl.map((line) => ({ ...line, unit: market.currency })),
          ]
        : [],
    [found, market],
  );
  return (
    <Panel id="pnl-chart" title={`P&L over time, ${market.name}`} from={found} zone={zone} tools={<MarketChoice />} sheet={() => plotSheet(at, lines, zone)}>
      <Plot at={at} lines={lines} zone={zone} label={market.currency} height={210} about={`P&L of ${market.name} over time`} />
    </Panel>
  );
}

function MarketChoice(): ReactNode {
  const { run, choice, choose } = useDesk();
  return (
    <select
      aria-label="Market of the chart" value={choice.market}
      onChange={(event) => choose({ market: event.target.value, segment: "", instrument: null })}
    >
      {run.markets.map((market) => (
        <option key={market.name}>{market.name}</option>
      ))}
    </select>
  );
}

interface NetPosition {
  key: string;
  market: string;
  book: string;
  /** Of all where positions are netted by trading book. */
  strategy: string;
  start: number;
  end: number;
  auctions: number;
  continuous: number;
  unrealised: number;
  instrument: Instrument | undefined;
}

/** Positions of one strategy, or trading book, in one delivery period, however many contracts it is held in. */
function netted(positions: Position[], byNumber: Map<number, Instrument>, books: Map<string, string>, isByBook: boolean): NetPosition[] {
  const found = new Map<string, NetPosition>();
  for (const one of positions) {
    const instrument = byNumber.get(one.instrument);
    const market = instrument?.market ?? "";
    const book = books.get(one.strategy) ?? `#${one.trading_book}`;
    const strategy = isByBook ? "" : one.strategy;
    const key = `${one.delivery_start} ${one.delivery_end} ${market} ${book} ${strategy}`;
    const net = found.get(key) ?? {
      key, market, book, strategy, start: one.delivery_start, end: one.delivery_end,
      auctions: 0, continuous: 0, unrealised: 0, instrument,
    };
    const isContinuous = instrument?.segment === "continuous";
    net[isContinuous ? "continuous" : "auctions"] += one.volume;
    net.unrealised += one.unrealised;
    if (isContinuous) net.instrument = instrument;
    found.set(key, net);
  }
  return [...found.values()];
}

export function Positions(): ReactNode {
  const { standing } = useTopic("standing");
  const { run, byNumber, choose } = useDesk();
  const zones = useZones();
  const [isByBook, setByBook] = useState(false);
  const units = useUnits();
  const books = useMemo(() => new Map(run.strategies.map((one) => [one.name, one.book])), [run]);
  const rows = useMemo(
    () => netted(standing?.positions ?? [], byNumber, books, isByBook),
    [standing, byNumber, books, isByBook],
  );
  const columns = useMemo<Column<NetPosition>[]>(
    () => [
      {
        name: "delivery", value: (row) => iso(row.start, zones(row.market)), text: true,
        show: (row) => period(row.start, row.end, zones(row.market)),
      },
      { name: "market", value: (row) => row.market, text: true },
      { name: "trading book", value: (row) => row.book, text: true },
      ...(isByBook ? [] : [{ name: "strategy", value: (row: NetPosition) => row.strategy, text: true }]),
      { name: `auctions${units.volume}`, value: (row) => row.auctions, show: (row) => fixed(row.auctions, 0.1) },
      { name: `continuous${units.volume}`, value: (row) => row.continuous, show: (row) => fixed(row.continuous, 0.1) },
      {
        name: `position${units.volume}`, value: (row) => row.auctions + row.continuous,
        show: (row) => <b>{fixed(row.auctions + row.continuous, 0.1)}</b>,
      },
      ...unitColumn<NetPosition>(units, (row) => row.instrument?.instrument ?? -1),
      { name: `open P&L, ${run.currency}`, value: (row) => row.unrealised, show: (row) => money(row.unrealised) },
    ],
    [zones, isByBook, units, run],
  );
  const more = (
    <select aria-label="Level of positions" value={isByBook ? "book" : "strategy"} onChange={(event) => setByBook(event.target.value === "book")}>
      <option value="strategy">by strategy</option>
      <option value="book">by book</option>
    </select>
  );
  return (
    <Table
      more={more}
      id="positions" title="Positions by delivery period" rows={rows} columns={columns}
      row={(row) => row.key} empty="Nothing is open." event={standing?.now ?? null}
      onRow={({ instrument: one }) => {
        if (one) choose({ view: "market", market: one.market, segment: one.segment, instrument: one.instrument });
      }}
    />
  );
}

export function Deliveries(): ReactNode {
  const { standing } = useTopic("standing");
  const zones = useZones();
  const columns = useMemo<Column<DeliveryLine>[]>(
    () => [
      {
        name: "delivery", value: (row) => iso(row.delivery_start, zones(row.market)), text: true,
        show: (row) => period(row.delivery_start, row.delivery_end, zones(row.market)),
      },
      { name: "market", value: (row) => row.market, show: (row) => <>{row.market}{synthetic(row)}</>, text: true },
      { name: "realised", value: (row) => row.realised, show: (row) => money(row.realised) },
      { name: "open", value: (row) => row.unrealised, show: (row) => money(row.unrealised) },
      { name: "P&L", value: (row) => row.total, show: (row) => money(row.total) },
    ],
    [zones],
  );
  return (
    <Table
      id="deliveries" title={`P&L by delivery period, ${standing?.pnl.currency ?? ""}`} rows={standing?.pnl.by_delivery ?? []} columns={columns}
      row={(row) => `${row.delivery_start} ${row.market} ${row.name} ${row.is_synthetic}`}
      empty="No position yet." event={standing?.now ?? null}
    />
  );
}

export function Batteries(): ReactNode {
  const { store } = useDesk();
  const load = (): Promise<BatteriesFound> => get("/v1/batteries");
  const found = usePolled(load, `batteries ${store.clock?.jumps}`, 3_000);
  return found?.batteries.map((battery) => (
    <BatteryPanel key={battery.strategy} battery={battery} from={found} />
  ));
}

export function Plants(): ReactNode {
  const { store } = useDesk();
  const load = (): Promise<PlantsFound> => get("/v1/plants");
  const found = usePolled(load, `plants ${store.clock?.jumps}`, 3_000);
  return found?.plants.map((plant) => <PlantPanel key={plant.strategy} plant={plant} from={found} />);
}

function PlantPanel({ plant, from }: { plant: Plant; from: PlantsFound }): ReactNode {
  const zone = useZones()(plant.market);
  const { periods } = plant;
  const at = useMemo(() => periods.map((one) => one.delivery_start), [periods]);
  const lines = useMemo<PlotLine[]>(
    () => [
      { name: "metered", unit: "MW", values: periods.map((one) => one.metered_mw), stepped: true },
      { name: "scheduled", unit: "MW", values: periods.map((one) => one.planned_mw), stepped: true },
    ],
    [periods],
  );
  return (
    <Panel id={`plant-${plant.strategy.replace(/\W+/g, "-")}`} title={`Schedule and meter, ${plant.strategy}`} from={from} zone={zone} sheet={() => plotSheet(at, lines, zone)}>
      <Plot at={at} lines={lines} zone={zone} label="MW" height={200} about={`Power of ${plant.strategy}, scheduled and metered`} />
      {plant.metered_value !== null && (
        <p>
          What was metered so far is worth <b data-value={plant.metered_value}>{amount(plant.metered_value)}</b> at its prices of record, before fees and fuel.
        </p>
      )}
    </Panel>
  );
}

function BatteryPanel({ battery, from }: { battery: Battery; from: BatteriesFound }): ReactNode {
  const zone = useZones()(battery.market);
  const { periods } = battery;
  const { standing } = useTopic("standing");
  const earned = standing?.pnl.by_strategy.find((line) => line.name === battery.strategy)?.total;
  const at = useMemo(() => periods.map((one) => one.delivery_end), [periods]);
  const lines = useMemo<PlotLine[]>(
    () => [
      { name: "stored, metered", unit: "MWh", values: periods.map((one) => one.metered_mwh) },
      { name: "stored, planned", unit: "MWh", values: periods.map((one) => one.planned_mwh) },
      { name: "power, metered", unit: "MW", values: periods.map((one) => one.metered_mw), stepped: true },
      { name: "power, planned", unit: "MW", values: periods.map((one) => one.planned_mw), stepped: true },
    ],
    [periods],
  );
  return (
    <Panel id={`battery-${battery.strategy.replace(/\W+/g, "-")}`} title={`Plan and meter, ${battery.strategy}`} from={from} zone={zone} sheet={() => plotSheet(at, lines, zone)}>
      {periods.length ? (
        <Plot at={at} lines={lines} zone={zone} label="MWh" height={200} about={`Stored energy and power of ${battery.strategy}, planned and metered`} />
      ) : (
        <p className="muted">Nothing is scheduled or metered yet.</p>
      )}
      {battery.bound !== null && earned !== undefined && (
        <p>
          P&amp;L so far <b>{amount(earned)}</b>; perfect foresight of the same periods at their prices of record, before fees, <b data-bound={battery.bound}>{amount(battery.bound)}</b>.
        </p>
      )}
    </Panel>
  );
}
