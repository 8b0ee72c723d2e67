// Signals and models: the forecast that is traded on, how sure it says it is, and how it did.
import { useMemo, useState, type ReactNode } from "react";
import { get } from "./api";
import { fixed, iso, moment, number } from "./format";
import { Panel } from "./panel";
import { Plot, plotSheet, type PlotLine } from "./plot";
import { money } from "./portfolio";
import { usePolled } from "./poll";
import { useDesk, useZones } from "./state";
import { Table, type Column } from "./table";
import { unitColumn, useUnits } from "./units";
import type { ContributionsOf, ContributionsOfPage, BoardLine, Boards as BoardsFound, Contest, Contests as ContestsFound, Forecast, Reliable, Score, Scores as ScoresFound, Signal, SignalPage } from "./types";

export function ModelsView(): ReactNode {
  return (
    <div className="view models-view">
      <Forecasts />
      <Contests />
      <Scores />
      <Boards />
      <Signals />
    </div>
  );
}

/** The forecasts of a strategy, how reliable they are, and what made them. */
export function Forecasts(): ReactNode {
  const { run, store } = useDesk();
  const [wanted, setWanted] = useState("");
  // Until one is chosen: the strategy of the newest signal that is a forecast.
  const signals = usePolled(() => get<SignalPage>("/v1/signals?limit=200"), `forecasters ${store.clock?.jumps}`, 30_000);
  const newest = signals?.rows.find((row) => row.forecast !== null)?.strategy ?? run.strategies[0]?.name ?? "";
  const chosen = wanted || newest;
  return (
    <>
      <Fan strategy={chosen} onStrategy={setWanted} />
      <Contributions market={run.strategies.find((one) => one.name === chosen)?.market ?? ""} />
    </>
  );
}

function Fan({ strategy, onStrategy }: { strategy: string; onStrategy: (name: string) => void }): ReactNode {
  const { store, run } = useDesk();
  const zones = useZones();
  const load = (): Promise<Forecast> => get<Forecast>(`/v1/strategies/${encodeURIComponent(strategy)}/forecast`);
  const found = usePolled(load, `forecast ${strategy} ${store.clock?.jumps}`, 3_000);
  const zone = zones(found?.market ?? run.markets[0]?.name ?? "");
  const market = run.markets.find((one) => one.name === found?.market);
  const unit = market ? `${market.currency}/${market.price_unit}` : "";
  const at = useMemo(() => (found?.periods ?? []).map((one) => one.delivery_start), [found]);
  const lines = useMemo<PlotLine[]>(() => {
    const periods = found?.periods ?? [];
    const made: PlotLine[] = [
      { name: "forecast", unit, values: periods.map((one) => one.forecast), stepped: true },
      { name: "came", unit, values: periods.map((one) => one.came), stepped: true },
    ];
    found?.bands?.forEach((band, place) => {
      const level = number(100 * (found.levels[place] ?? 0), 0);
      made.push({ name: `${level} %`, unit, values: periods.map((one) => one.forecast + band), stepped: true });
    });
    return made;
  }, [found, unit]);
  const tools = (
    <select aria-label="Strategy of the forecast" value={strategy} onChange={(event) => onStrategy(event.target.value)}>
      {run.strategies.map((one) => <option key={one.name}>{one.name}</option>)}
    </select>
  );
  return (
    <>
      <Panel id="fan" title={`Forecast by delivery period, ${strategy}`} from={found} zone={zone} tools={tools} sheet={() => plotSheet(at, lines, zone)}>
        {at.length ? (
          <Plot at={at} lines={lines} zone={zone} label={unit} height={260} about={`Forecast of ${strategy} by delivery period with bands of its known errors, and what came`} />
        ) : (
          <p className="muted">This strategy has given no signal yet.</p>
        )}
        <p className="muted">
          {found?.mae === null || found?.mae === undefined
            ? "No period of it is over yet. "
            : `${found.errors} periods are over: off by ${number(found.mae, 2)} ${unit} in the mean. `}
          {found && !found.bands && "Too few errors are known for bands."}
          {found?.bands && "The bands are quantiles of these errors."}
        </p>
      </Panel>
      <Reliability rows={found?.reliability ?? []} from={found} />
    </>
  );
}

const RELIABLE_COLUMNS: Column<Reliable>[] = [
  { name: "said", value: (row) => row.confidence, show: (row) => `${number(100 * row.confidence, 1)} %` },
  {
    name: "was right", value: (row) => row.share_right,
    show: (row) => (
      <span className="meter" style={{ "--share": `${100 * row.share_right}%` } as object}>{number(100 * row.share_right, 1)} %</span>
    ),
  },
  { name: "calls", value: (row) => row.calls },
];

function Reliability({ rows, from }: { rows: Reliable[]; from: Forecast | null }): ReactNode {
  return (
    <Table
      id="reliability" title="Confidence against what came" rows={rows} columns={RELIABLE_COLUMNS}
      row={(row) => row.confidence} empty="No call of a direction can be judged yet." from={from}
    />
  );
}

/** What each input of a market's model added to its forecasts: from the mean of the days it was fitted on to the price. */
function Contributions({ market }: { market: string }): ReactNode {
  const { store, run } = useDesk();
  const zone = useZones()(market);
  const load = (): Promise<ContributionsOfPage> => get(`/v1/markets/${encodeURIComponent(market)}/contributions?limit=400`);
  const found = usePolled(load, `contributions ${market} ${store.clock?.jumps}`, 3_000);
  const rows = useMemo(() => found?.rows ?? [], [found]);
  const inputs = Object.keys(rows[0]?.parts ?? {}).join("|");
  const columns = useMemo<Column<ContributionsOf>[]>(
    () => [
      { name: "made", value: (row) => iso(row.known_at, zone), show: (row) => moment(row.known_at, zone), text: true },
      { name: "delivery from", value: (row) => iso(row.delivery_start, zone), show: (row) => moment(row.delivery_start, zone), text: true },
      { name: "model", value: (row) => row.model, text: true },
      { name: "mean of its days", value: (row) => row.base, show: (row) => fixed(row.base, 0.01) },
      ...inputs.split("|").filter(Boolean).map((name): Column<ContributionsOf> => ({
        name, value: (row) => row.parts[name] ?? null, show: (row) => money(row.parts[name]),
      })),
      { name: "forecast", value: (row) => row.forecast, show: (row) => <b>{fixed(row.forecast, 0.01)}</b> },
    ],
    [zone, inputs],
  );
  const shown = run.markets.find((one) => one.name === market);
  return (
    <Table
      id="contributions" title={`What made the forecasts, ${shown ? `${shown.currency}/${shown.price_unit}` : ""}`} rows={rows} columns={columns} zone={zone}
      row={(row) => `${row.known_at} ${row.delivery_start}`} empty="No model of this market tells what made its forecasts." from={found} event={rows[0]?.known_at ?? null}
    />
  );
}

const percent = (value: number | null): string => (value === null ? "–" : `${number(100 * value, 1)} %`);

const scoreColumns = (unit: string, currency: string): Column<Score>[] => [
  { name: "strategy", value: (row) => row.strategy, text: true },
  { name: "periods", value: (row) => row.periods },
  { name: `off by${unit}`, value: (row) => row.mae, show: (row) => number(row.mae, 2) },
  { name: "periods with a price known then", value: (row) => row.compared },
  { name: "off by in these", value: (row) => row.compared_mae, show: (row) => number(row.compared_mae, 2) },
  { name: "against the price known then", value: (row) => row.relative, show: (row) => number(row.relative, 3) },
  { name: "calls", value: (row) => row.calls },
  { name: "right", value: (row) => row.right, show: (row) => percent(row.right) },
  { name: `P&L, ${currency}`, value: (row) => row.total, show: (row) => money(row.total) },
];

/** Forecasts that were committed before delivery, beside what was earned on them. */
export function Scores(): ReactNode {
  const { store, run } = useDesk();
  const units = useUnits();
  const columns = useMemo(() => scoreColumns(units.price, run.currency), [units, run]);
  const found = usePolled(() => get<ScoresFound>("/v1/scores"), `scores ${store.clock?.jumps}`, 5_000);
  return (
    <Table
      id="scores" title="Leaderboard, by forecasts committed before delivery" rows={found?.scores ?? []} columns={columns}
      row={(row) => row.strategy} empty={found ? "No period that was forecast is over yet." : "Loading…"} from={found}
    />
  );
}

const CONTEST_COLUMNS: Column<Contest>[] = [
  { name: "market", value: (row) => row.market, text: true },
  { name: "model", value: (row) => row.model, text: true },
  { name: "champion", value: (row) => row.line, text: true },
  { name: "challenger", value: (row) => (row.line === "daily" ? "warm" : "daily"), text: true },
  { name: "compared", value: (row) => row.intervals },
  { name: "evidence that it is better", value: (row) => row.evidence.better, show: (row) => number(row.evidence.better, 2) },
  { name: "worse", value: (row) => row.evidence.worse, show: (row) => number(row.evidence.worse, 2) },
  { name: "refits", value: (row) => row.refits },
  { name: "failed", value: (row) => row.refits_failed },
  { name: "error", value: (row) => row.error, show: (row) => number(row.error, 2) },
  { name: "when fitted", value: (row) => row.error_before, show: (row) => number(row.error_before, 2) },
  { name: "drift", value: (row) => row.told.join("; ") || null, text: true },
];

/** Which line of the run's model trades, as the paper run last looked at it. */
export function Contests(): ReactNode {
  const { store } = useDesk();
  const found = usePolled(() => get<ContestsFound>("/v1/contests"), `contests ${store.run}`, 5_000);
  return (
    <Table
      id="contests" title="Champion and challenger" rows={found?.contests ?? []} columns={CONTEST_COLUMNS}
      row={(row) => row.market} empty="Only a paper run fits its model anew while it trades." from={found}
    />
  );
}

type BoardRow = BoardLine & { market: string };

const p = (value: number | null): string => (value === null ? "–" : number(value, 3));

const BOARD_COLUMNS: Column<BoardRow>[] = [
  { name: "market", value: (row) => row.market, text: true },
  { name: "model", value: (row) => row.model, text: true },
  { name: "off by", value: (row) => row.mae, show: (row) => number(row.mae, 3) },
  { name: "against a week before", value: (row) => row.rmae, show: (row) => number(row.rmae, 3) },
  { name: "sMAPE, %", value: (row) => row.smape, show: (row) => number(row.smape, 2) },
  { name: "p, better than DNN", value: (row) => row.dm_dnn, show: (row) => p(row.dm_dnn) },
  { name: "p, than LEAR", value: (row) => row.dm_lear, show: (row) => p(row.dm_lear) },
  { name: "battery, % of foresight", value: (row) => row.revenue, show: (row) => number(row.revenue, 2) },
];

/** Day-ahead forecasts against the published ones, with what a battery earns on each. */
export function Boards(): ReactNode {
  const load = (): Promise<BoardsFound & { refused?: string }> =>
    get<BoardsFound>("/v1/leaderboard").catch((fault: Error) => ({ has_boards: false, boards: [], refused: fault.message }));
  const found = usePolled(load, "boards", 30_000);
  const rows = useMemo<BoardRow[]>(
    () => (found?.boards ?? []).flatMap((board) => board.entries.map((one) => ({ ...one, market: `${board.market}, ${board.days} days to ${board.last_day}` }))),
    [found],
  );
  return (
    <Table
      id="boards" title="Leaderboard against published forecasts" rows={rows} columns={BOARD_COLUMNS}
      row={(row) => `${row.market} ${row.model}`} empty={found?.refused ?? "Open the desk with --leaderboard FILE to see one."} from={found}
    />
  );
}

export function Signals(): ReactNode {
  const { store, byNumber } = useDesk();
  const zones = useZones();
  const units = useUnits();
  const load = (): Promise<SignalPage> => get("/v1/signals?limit=1000");
  const found = usePolled(load, `signals ${store.clock?.jumps}`, 3_000);
  const columns = useMemo<Column<Signal>[]>(() => {
    const zone = (row: Signal): string => zones(byNumber.get(row.instrument)?.market ?? "");
    return [
      { name: "time", value: (row) => iso(row.ts_event, zone(row)), show: (row) => moment(row.ts_event, zone(row)), text: true },
      { name: "strategy", value: (row) => row.strategy, text: true },
      { name: "contract", value: (row) => byNumber.get(row.instrument)?.symbol, text: true },
      { name: "direction", value: (row) => row.direction, show: (row) => `${{ rise: "▲", fall: "▼" }[row.direction] ?? "–"} ${row.direction}`, text: true },
      { name: `forecast${units.price}`, value: (row) => row.forecast, show: (row) => fixed(row.forecast, 0.01) },
      { name: "confidence", value: (row) => row.confidence, show: (row) => `${number(100 * row.confidence, 1)} %` },
      { name: "valid until", value: (row) => iso(row.valid_until, zone(row)), show: (row) => moment(row.valid_until, zone(row)), text: true },
      { name: "orders", value: (row) => row.orders.join(" "), show: (row) => states(row.orders, store), text: true },
      { name: `came${units.price}`, value: (row) => row.came, show: (row) => fixed(row.came, 0.01) },
      ...unitColumn<Signal>(units, (row) => row.instrument),
      { name: "right", value: (row) => row.is_right, show: (row) => (row.is_right === null ? "–" : row.is_right ? "✓ yes" : "× no"), text: true },
    ];
  }, [zones, byNumber, store, units]);
  return (
    <Table
      id="signals" title="Signals and the orders they led to" rows={found?.rows ?? []} columns={columns}
      row={(row) => row.signal} empty="No signal yet." from={found} event={found?.rows[0]?.ts_event ?? null} received={found?.rows[0]?.ts_recv ?? null}
    />
  );
}

/** Orders of a signal by their number and state. */
function states(orders: string[], store: { orders: Map<string, { state: string }> }): string {
  if (!orders.length) return "none";
  return orders.map((one) => `${one} ${store.orders.get(one)?.state.replaceAll("_", " ") ?? ""}`).join(", ");
}
