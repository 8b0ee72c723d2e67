// Execution: how far each algorithm has come, why orders were routed as they were, what orders cost.
import { useMemo, useState, type ReactNode } from "react";
import { get } from "./api";
import { fixed, iso, moment, number, words } from "./format";
import { side } from "./market";
import { Panel } from "./panel";
import { Plot, plotSheet, type PlotLine } from "./plot";
import { amount } from "./portfolio";
import { usePolled } from "./poll";
import { useDesk, useZones } from "./state";
import { Table, type Column } from "./table";
import { unitColumn, useUnits } from "./units";
import type { Costs as Found, OrderCost, Parent, RoutingDecision, VenueCost } from "./types";

export function ExecutionView(): ReactNode {
  return (
    <div className="view execution-view">
      <Parents />
      <Decisions />
      <Costs />
      <VenueCosts />
    </div>
  );
}

const percent = (value: number | null | undefined): string => (value === null || value === undefined ? "–" : `${number(100 * value, 1)} %`);

function useRows<R>(path: string, everyMs: number): { now: number; rows: R[] } | null {
  const { store } = useDesk();
  return usePolled(() => get<{ now: number; rows: R[] }>(`${path}?limit=1000`), `${path} ${store.clock?.jumps}`, everyMs);
}

/** Filled against an even pace; colour is never alone. */
function pace(row: Parent): ReactNode {
  const share = <span className="meter" style={{ "--share": `${100 * row.filled_share}%` } as object}>{percent(row.filled_share)}</span>;
  if (row.due_share === null || row.ended !== null) return share;
  const ahead = row.filled_share - row.due_share;
  return <>{share} <small>{ahead < 0 ? "▼" : "▲"} {percent(Math.abs(ahead))} {ahead < 0 ? "behind" : "ahead"}</small></>;
}

export function Parents(): ReactNode {
  const { byNumber } = useDesk();
  const zones = useZones();
  const found = useRows<Parent>("/v1/execution/parents", 1_000);
  const rows = useMemo(() => found?.rows ?? [], [found]);
  const [wanted, setWanted] = useState("");
  const units = useUnits();
  const chosen = rows.find((row) => row.parent === wanted) ?? rows.find((row) => row.ended === null) ?? rows[0];
  const columns = useMemo<Column<Parent>[]>(() => {
    const zone = (row: Parent): string => zones(byNumber.get(row.instrument)?.market ?? "");
    const price = (row: Parent, value: number | null): string => fixed(value, byNumber.get(row.instrument)?.tick ?? 0.01);
    return [
      {
        name: "order", value: (row) => row.parent, text: true,
        show: (row) => <button type="button" className="small" aria-pressed={row === chosen} onClick={() => setWanted(row.parent)}>{row.parent}</button>,
      },
      { name: "strategy", value: (row) => row.strategy, text: true },
      { name: "algorithm", value: (row) => words(row.algorithm), text: true },
      { name: "contract", value: (row) => row.symbol, text: true },
      { name: "side", value: (row) => row.side, show: (row) => side(row.side), text: true },
      { name: `volume${units.volume}`, value: (row) => row.volume, show: (row) => number(row.volume, 1) },
      { name: "filled", value: (row) => row.filled, show: (row) => number(row.filled, 1) },
      { name: "filled against an even pace", value: (row) => row.filled_share, show: pace },
      { name: "of the market", value: (row) => row.market_share, show: (row) => percent(row.market_share) },
      { name: `mean price${units.price}`, value: (row) => row.mean_price, show: (row) => price(row, row.mean_price) },
      { name: "arrival", value: (row) => row.arrival_price, show: (row) => price(row, row.arrival_price) },
      { name: "forecast", value: (row) => row.forecast_price, show: (row) => price(row, row.forecast_price) },
      { name: "fee forecast", value: (row) => row.forecast_fee, show: (row) => number(row.forecast_fee, 3) },
      ...unitColumn<Parent>(units, (row) => row.instrument),
      { name: "from", value: (row) => iso(row.starts, zone(row)), show: (row) => moment(row.starts, zone(row)), text: true },
      { name: "until", value: (row) => (row.ends === null ? null : iso(row.ends, zone(row))), show: (row) => moment(row.ends, zone(row)), text: true },
      { name: "state", value: (row) => words(row.ended ?? "working"), text: true },
    ];
  }, [zones, byNumber, chosen, units]);
  return (
    <>
      <Table
        id="parents" title="Orders that algorithms work" rows={rows} columns={columns} row={(row) => row.parent}
        empty="No algorithm works an order." from={found} event={rows[0]?.ts_event ?? null} received={rows[0]?.ts_recv ?? null}
      />
      {chosen && <Progress parent={chosen} from={found} />}
    </>
  );
}

function Progress({ parent, from }: { parent: Parent; from: object | null }): ReactNode {
  const { byNumber, run } = useDesk();
  const market = byNumber.get(parent.instrument)?.market ?? "";
  const zone = useZones()(market);
  const unit = run.markets.find((one) => one.name === market)?.volume_unit ?? "";
  const { at, lines } = useMemo(() => {
    const { starts, ends, volume } = parent;
    // The end of the schedule is on the chart even while time has not come to it.
    const isAhead = ends !== null && ends > (parent.at.at(-1) ?? 0);
    const times = isAhead ? [...parent.at, ends] : parent.at;
    const filled = [...parent.filled_line, ...(isAhead ? [null] : [])];
    const due = times.map((time) => (ends === null ? null : volume * Math.min(1, Math.max(0, (time - starts) / (ends - starts)))));
    const made: PlotLine[] = [{ name: "filled", unit, values: filled, stepped: true }];
    if (ends !== null) made.push({ name: "an even pace", unit, values: due });
    return { at: times, lines: made };
  }, [parent, unit]);
  return (
    <Panel id="progress" title={`Progress of ${parent.parent}, ${words(parent.algorithm)}`} from={from} zone={zone} sheet={() => plotSheet(at, lines, zone)}>
      <Plot at={at} lines={lines} zone={zone} label={unit} height={220} about={`Volume filled of order ${parent.parent} over time, against an even pace from its start to its end`} />
    </Panel>
  );
}

export function Decisions(): ReactNode {
  const zone = useZones()("");
  const found = useRows<RoutingDecision>("/v1/execution/decisions", 2_000);
  const columns = useMemo<Column<RoutingDecision>[]>(
    () => [
      { name: "time", value: (row) => iso(row.ts_event, zone), show: (row) => moment(row.ts_event, zone), text: true },
      { name: "order", value: (row) => row.order, text: true },
      { name: "of", value: (row) => row.parent, text: true },
      { name: "why it was placed so", value: (row) => row.text, text: true },
    ],
    [zone],
  );
  return (
    <Table
      id="decisions" title="Routing decisions" rows={found?.rows ?? []} columns={columns} row={(row) => `${row.order} ${row.ts_event} ${row.text}`}
      empty="No order had a choice of places." from={found} event={found?.rows[0]?.ts_event ?? null}
    />
  );
}

function useCosts(): (Found & { now: number }) | null {
  const { store } = useDesk();
  return usePolled(() => get<Found & { now: number }>("/v1/execution/costs"), `costs ${store.clock?.jumps}`, 5_000);
}

const COST_COLUMNS: Column<OrderCost>[] = [
  { name: "order", value: (row) => row.parent ?? "by hand or signal", text: true },
  { name: "strategy", value: (row) => row.strategy, text: true },
  { name: "how", value: (row) => words(row.algorithm), text: true },
  { name: "contract", value: (row) => row.symbol, text: true },
  { name: "side", value: (row) => row.side, show: (row) => side(row.side), text: true },
  { name: "volume", value: (row) => row.volume, show: (row) => number(row.volume, 1) },
  { name: "filled", value: (row) => row.fill_rate, show: (row) => percent(row.fill_rate) },
  { name: "arrival, ticks", value: (row) => row.against_arrival_ticks, show: (row) => number(row.against_arrival_ticks, 1) },
  { name: "half spreads", value: (row) => row.arrival_half_spreads, show: (row) => number(row.arrival_half_spreads, 2) },
  { name: "VWAP, ticks", value: (row) => row.against_vwap_ticks, show: (row) => number(row.against_vwap_ticks, 1) },
  { name: "close, ticks", value: (row) => row.against_close_ticks, show: (row) => number(row.against_close_ticks, 1) },
  { name: "cost", value: (row) => row.against_arrival_currency, show: (row) => (row.against_arrival_currency === null ? "–" : amount(row.against_arrival_currency)) },
  { name: "forecast", value: (row) => row.forecast_cost, show: (row) => number(row.forecast_cost, 2) },
  { name: "fees", value: (row) => row.fees, show: (row) => amount(row.fees ?? 0) },
  { name: "fees forecast", value: (row) => row.forecast_fees, show: (row) => (row.forecast_fees === null ? "–" : amount(row.forecast_fees)) },
  { name: "resting", value: (row) => row.maker_share, show: (row) => percent(row.maker_share) },
];

export function Costs(): ReactNode {
  const found = useCosts();
  return (
    <Table
      id="costs" title="What orders cost, a cost above zero" rows={found?.parents ?? []} columns={COST_COLUMNS}
      row={(row) => `${row.parent} ${row.strategy} ${row.symbol} ${row.side}`} empty={found?.note ?? "Nothing was traded in a book yet."} from={found}
    />
  );
}

const VENUE_COLUMNS: Column<VenueCost>[] = [
  { name: "venue", value: (row) => row.name, text: true },
  { name: "orders", value: (row) => row.orders },
  { name: "filled", value: (row) => row.fill_rate, show: (row) => percent(row.fill_rate) },
  { name: "refused", value: (row) => row.refused },
  { name: "accepted within, s", value: (row) => row.accept_seconds, show: (row) => number(row.accept_seconds, 3) },
  { name: "in the queue, s", value: (row) => row.queue_seconds, show: (row) => number(row.queue_seconds, 1) },
  { name: "resting", value: (row) => row.maker_share, show: (row) => percent(row.maker_share) },
  { name: "against the middle", value: (row) => row.against_mid, show: (row) => number(row.against_mid, 3) },
  { name: "after fees", value: (row) => row.cost_after_fees, show: (row) => number(row.cost_after_fees, 3) },
  { name: "moved against us in 1 s", value: (row) => row.adverse_1, show: (row) => number(row.adverse_1, 3) },
  { name: "in 60 s", value: (row) => row.adverse_60, show: (row) => number(row.adverse_60, 3) },
];

export function VenueCosts(): ReactNode {
  const found = useCosts();
  return (
    <Table
      id="venue-costs" title="What venues cost" rows={found?.venues ?? []} columns={VENUE_COLUMNS}
      row={(row) => row.venue} empty={found?.note ?? "No venue had an order yet."} from={found}
    />
  );
}
