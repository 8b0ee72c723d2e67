// Risk: tails by part and over time, limits and breaches, stress with drill-down, one more trade.
import { useMemo, useState, type ReactNode } from "react";
import { get, request } from "./api";
import type { Cell } from "./csv";
import { fixed, iso, moment, number, period } from "./format";
import { Panel } from "./panel";
import { Plot, plotSheet, type PlotLine } from "./plot";
import { amount, money } from "./portfolio";
import { usePolled } from "./poll";
import { useChosen, useDesk, useTopic, useZone } from "./state";
import { Table, type Column } from "./table";
import { useUnits } from "./units";
import type { Breach, BreachSaid, Delta, Limit, PartRisk, ScopeLimit, Stress, Stressed as StressedFound, Tail, Tails, Trial } from "./types";

const LEVELS = ["strategy", "book", "trader", "market", "commodity", "counterparty", "delivery"] as const;
type Level = (typeof LEVELS)[number];

const limitColumns = (currency: string, volume: string): Column<Limit>[] => [
  { name: "trading book", value: (row) => row.trading_book, text: true },
  { name: "limit", value: (row) => row.limit, text: true },
  { name: "used", value: (row) => row.used, show: (row) => number(row.used, row.unit === "money" ? 0 : 1) },
  { name: "allowed", value: (row) => row.allowed, show: (row) => number(row.allowed, row.unit === "money" ? 0 : 1) },
  { name: "unit", value: (row) => (row.unit === "money" ? currency : volume || "volume"), text: true },
  {
    name: "share", value: (row) => row.share,
    show: (row) => (
      <span className={`meter ${level(row.share)}`} style={{ "--share": `${Math.min(100, 100 * row.share)}%` } as object}>
        {number(100 * row.share, 1)} %{row.share > 1 ? " breach" : row.share >= 0.8 ? " near" : ""}
      </span>
    ),
  },
];

function level(share: number): string {
  return share > 1 ? "bad" : share >= 0.8 ? "warn" : "good";
}

/** Tails as often as the desk's standing is made anew. */
export function useTails(): Tails | null {
  const { store } = useDesk();
  return usePolled(() => get<Tails>("/v1/risk/tails"), `tails ${store.clock?.jumps}`, 900);
}

export function Limits(): ReactNode {
  const { standing } = useTopic("standing");
  const { run } = useDesk();
  const { volume } = useUnits();
  const columns = useMemo(() => limitColumns(run.currency, volume.replace(", ", "")), [run, volume]);
  return (
    <Table
      id="limits" title="Use of limits" rows={standing?.limits ?? []} columns={columns}
      row={(row) => `${row.trading_book} ${row.limit}`} empty="The desk has no limits." event={standing?.now ?? null}
    />
  );
}

export function RiskView(): ReactNode {
  const found = useTails();
  return (
    <div className="view risk-view">
      <Tail found={found} />
      <History found={found} />
      <Parts found={found} />
      <Deltas found={found} />
      <Limits />
      <WhatIf />
      <Stressed />
      <ScopeLimits found={found} />
      <Breaches found={found} />
    </div>
  );
}

export function Tail({ found }: { found: Tails | null }): ReactNode {
  const rows: [string, keyof Tail][] = [
    ["Value at risk", "value_at_risk"], ["Expected shortfall", "expected_shortfall"], ["House margin", "margin"],
  ];
  return (
    <Panel id="tail" title={`Risk of the desk, ${found?.currency ?? ""}`} from={found} sheet={() => ({ columns: ["measure", found?.currency ?? ""], rows: [...rows.map(([name, key]): [string, Cell] => [name, found?.tail?.[key]]), ["Collateral posted", found?.collateral]] })}>
      {found?.tail ? (
        <dl className="figures">
          {rows.map(([name, key]) => (
            <div key={key}>
              <dt>{name}</dt>
              <dd data-figure={key}>{amount(found.tail?.[key] ?? 0)}</dd>
            </div>
          ))}
          <Collateral posted={found.collateral} margin={found.tail.margin} />
        </dl>
      ) : (
        <p className="muted">{found?.note ?? "Not computed yet."}</p>
      )}
      {found?.collateral === null && <p className="muted">No rule of kind margin says what is posted as collateral.</p>}
      <p className="muted">
        {number(100 * (found?.confidence ?? 0.99), 1)} % over a day of {found?.scenarios ?? 0} scenarios that were known before; losses are positive.
      </p>
    </Panel>
  );
}

/** What is posted, and what a call would be or what is left. */
function Collateral({ posted, margin }: { posted: number | null; margin: number }): ReactNode {
  if (posted === null) return null;
  return (
    <>
      <div>
        <dt>Collateral posted</dt>
        <dd data-figure="collateral">{amount(posted)}</dd>
      </div>
      <div>
        <dt>{margin > posted ? "▲ Call to be met" : "Left of it"}</dt>
        <dd data-figure="call" className={margin > posted ? "bad" : ""}>{amount(Math.abs(posted - margin))}</dd>
      </div>
    </>
  );
}

export function History({ found }: { found: Tails | null }): ReactNode {
  const zone = useZone();
  const unit = found?.currency ?? "";
  const lines = useMemo<PlotLine[]>(
    () => [
      { name: "value at risk", unit, values: found?.history.value_at_risk ?? [], stepped: true },
      { name: "expected shortfall", unit, values: found?.history.expected_shortfall ?? [], stepped: true },
      { name: "margin", unit, values: found?.history.margin ?? [], stepped: true },
    ],
    [found, unit],
  );
  const at = useMemo(() => found?.history.ts ?? [], [found]);
  return (
    <Panel id="tail-chart" title="Risk after each change of a position" from={found} sheet={() => plotSheet(at, lines, zone)}>
      {at.length ? (
        <Plot at={at} lines={lines} zone={zone} label={unit} height={190} about="Value at risk, expected shortfall and margin over time" />
      ) : (
        <p className="muted">Nothing was traded yet, or prices before the run are not known.</p>
      )}
    </Panel>
  );
}

const PART_COLUMNS: Column<PartRisk>[] = [
  { name: "part", value: (row) => row.name, text: true },
  { name: "holdings", value: (row) => row.holdings },
  { name: "alone", value: (row) => row.alone, show: (row) => amount(row.alone) },
  { name: "component", value: (row) => row.component, show: (row) => amount(row.component) },
  { name: "shortfall", value: (row) => row.shortfall_component, show: (row) => amount(row.shortfall_component) },
  { name: "incremental", value: (row) => row.incremental, show: (row) => amount(row.incremental) },
];

function LevelChoice({ level: chosen, onLevel, of }: { level: Level; onLevel: (level: Level) => void; of: string }): ReactNode {
  return (
    <select aria-label={`Level of ${of}`} value={chosen} onChange={(event) => onLevel(event.target.value as Level)}>
      {LEVELS.map((one) => <option key={one} value={one}>by {one}</option>)}
    </select>
  );
}

export function Parts({ found }: { found: Tails | null }): ReactNode {
  const [by, setBy] = useState<Level>("strategy");
  return (
    <Table
      id="parts" title={`Value at risk by ${by}`} rows={found?.parts[by] ?? []} columns={PART_COLUMNS}
      row={(row) => row.name} empty={found?.note ?? "Nothing is held."} from={found}
      more={<LevelChoice level={by} onLevel={setBy} of="value at risk" />}
    />
  );
}

export function Deltas({ found }: { found: Tails | null }): ReactNode {
  const zone = useZone();
  const columns = useMemo<Column<Delta>[]>(
    () => [
      { name: "delivery", value: (row) => iso(row.delivery_start, zone), show: (row) => period(row.delivery_start, row.delivery_end, zone), text: true },
      { name: "held, MWh", value: (row) => row.volume, show: (row) => fixed(row.volume, 0.01) },
      { name: "delta", value: (row) => row.delta, show: (row) => money(row.delta) },
      { name: "gamma", value: (row) => row.gamma, show: (row) => money(row.gamma) },
      { name: "vega", value: (row) => row.vega, show: (row) => money(row.vega) },
      { name: "theta", value: (row) => row.theta, show: (row) => money(row.theta) },
    ],
    [zone],
  );
  const rows = found?.deltas ?? [];
  const sum = (name: "delta" | "gamma" | "vega" | "theta"): number => rows.reduce((total, row) => total + row[name], 0);
  const isLinear = rows.every((row) => row.gamma === 0 && row.vega === 0);
  return (
    <Table
      id="deltas" title={`Greeks by delivery period, ${found?.currency ?? ""}`}
      rows={rows} columns={columns} row={(row) => `${row.delivery_start} ${row.delivery_end}`}
      empty="Nothing is held." from={found}
      more={<span className="muted">{isLinear && rows.length > 0 ? "No options: all is linear." : ""}</span>}
      total={
        rows.length > 0 && (
          <tr className="total">
            <td className="text">all</td>
            <td>{fixed(rows.reduce((total, row) => total + row.volume, 0), 0.01)}</td>
            <td>{money(sum("delta"))}</td>
            <td>{money(sum("gamma"))}</td>
            <td>{money(sum("vega"))}</td>
            <td>{money(sum("theta"))}</td>
          </tr>
        )
      }
    />
  );
}

export function Stressed(): ReactNode {
  const { store, run } = useDesk();
  const [by, setBy] = useState<Level>("strategy");
  const [move, setMove] = useState<{ absolute?: number; relative?: number }>({});
  const [text, setText] = useState("");
  const [kind, setKind] = useState<"absolute" | "relative">("absolute");
  const load = (): Promise<StressedFound> => request("POST", "/v1/risk/stress", move);
  const found = usePolled(load, `stress ${store.clock?.jumps} ${JSON.stringify(move)}`, 3_000);
  const names = useMemo(
    () => [...new Set((found?.rows ?? []).flatMap((row) => Object.keys(row.by[by] ?? {})))],
    [found, by],
  );
  const columns = useMemo<Column<Stress>[]>(
    () => [
      { name: "scenario", value: (row) => row.scenario, text: true },
      { name: "desk", value: (row) => row.total, show: (row) => <b>{money(row.total)}</b> },
      ...names.map((name): Column<Stress> => ({
        name, value: (row) => row.by[by]?.[name], show: (row) => money(row.by[by]?.[name]),
      })),
    ],
    [names, by],
  );
  const apply = (): void => {
    const value = Number(text);
    setMove(text.trim() === "" || Number.isNaN(value) ? {} : { [kind]: kind === "relative" ? value / 100 : value });
  };
  const more = (
    <>
      <LevelChoice level={by} onLevel={setBy} of="stress" />
      <form className="inline" onSubmit={(event) => { event.preventDefault(); apply(); }}>
        <input aria-label="Move every price by" inputMode="decimal" placeholder="Move by" value={text} onChange={(event) => setText(event.target.value)} />
        <select aria-label="Kind of move" value={kind} onChange={(event) => setKind(event.target.value as "absolute" | "relative")}>
          <option value="absolute">per MWh</option>
          <option value="relative">%</option>
        </select>
        <button type="submit" className="small">Value</button>
      </form>
    </>
  );
  return (
    <Table
      id="stress" title={`Stress by ${by}, ${run.currency}`} rows={found?.rows ?? []} columns={columns} more={more}
      row={(row) => row.scenario} empty={found?.note ?? "Not computed yet."} from={found}
    />
  );
}

export function WhatIf(): ReactNode {
  const { instruments, choice, run } = useDesk();
  const { instrument: shown } = useChosen();
  const [wanted, setWanted] = useState<number | null>(null);
  const [volume, setVolume] = useState("10");
  const [found, setFound] = useState<Trial | null>(null);
  const [fault, setFault] = useState("");
  const open = instruments.filter((one) => one.market === choice.market && one.segment === choice.segment);
  // Until one is chosen here: the contract that the market view shows, or the first that can be traded still.
  const chosen = open.some((one) => one.instrument === wanted) ? wanted : (shown?.instrument ?? null);
  const ask = async (): Promise<void> => {
    try {
      setFound(await request<Trial>("POST", "/v1/risk/what-if", { instrument: chosen, volume: Number(volume) }));
      setFault("");
    } catch (problem) {
      setFound(null);
      setFault((problem as Error).message);
    }
  };
  const rows: [string, keyof Tail][] = [
    ["value at risk", "value_at_risk"], ["expected shortfall", "expected_shortfall"], ["margin", "margin"],
  ];
  return (
    <Panel id="what-if" title={`One more trade, ${run.currency}`} event={found?.now ?? null}
      sheet={() => ({ columns: ["measure", "before", "after"], rows: found ? rows.map(([name, key]) => [name, found.before[key], found.after[key]]) : [] })}
    >
      <form className="inline" onSubmit={(event) => { event.preventDefault(); void ask(); }}>
        <select aria-label="Contract" value={chosen ?? ""} onChange={(event) => setWanted(Number(event.target.value))}>
          {open.map((one) => <option key={one.instrument} value={one.instrument}>{one.symbol}</option>)}
        </select>
        <input aria-label="Volume, sold below zero" inputMode="decimal" required pattern="-?\d+(\.\d{1,6})?" value={volume} onChange={(event) => setVolume(event.target.value)} />
        <button type="submit" disabled={chosen === null}>What if?</button>
      </form>
      <p role="status" className="doubt">{fault || (found?.gate?.refused && `The gate would refuse it: ${found.gate.refused}`)}</p>
      {found?.gate?.refused === null && (
        <p className="muted">The gate would take it{found.gate.is_held ? ", and let it wait for a second person" : ""}.</p>
      )}
      {found && (
        <table>
          <thead><tr><th className="text">measure</th><th>before</th><th>after</th><th>change</th></tr></thead>
          <tbody>
            {rows.map(([name, key]) => (
              <tr key={key}>
                <td className="text">{name}</td>
                <td>{amount(found.before[key])}</td>
                <td>{amount(found.after[key])}</td>
                <td>{amount(found.after[key] - found.before[key])}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}

const SCOPE_COLUMNS: Column<ScopeLimit>[] = [
  { name: "limit", value: (row) => row.limit, text: true },
  { name: "of", value: (row) => row.scope, text: true },
  { name: "measure", value: (row) => row.measure.replaceAll("_", " "), text: true },
  { name: "value", value: (row) => row.value, show: (row) => number(row.value, 2) },
  { name: "soft", value: (row) => row.soft, show: (row) => number(row.soft, 2) },
  { name: "hard", value: (row) => row.hard, show: (row) => number(row.hard, 2) },
  { name: "highest", value: (row) => row.highest, show: (row) => number(row.highest, 2) },
  {
    name: "share", value: (row) => row.share,
    show: (row) => row.share === null ? "–" : (
      <span className={`meter ${row.severity === "hard" ? "bad" : row.severity ? "warn" : level(row.share)}`} style={{ "--share": `${Math.min(100, Math.max(0, 100 * row.share))}%` } as object}>
        {number(100 * row.share, 1)} %{row.severity && ` ${row.severity} level passed`}
      </span>
    ),
  },
  { name: "owner", value: (row) => row.owner || null, text: true },
];

/** How much of each limit of a scope is used, as the engine holds it. */
export function ScopeLimits({ found }: { found: Tails | null }): ReactNode {
  return (
    <Table
      id="scope-limits" title="Use of limits of scopes" rows={found?.limits ?? []} columns={SCOPE_COLUMNS}
      row={(row) => row.limit} empty="The desk file has no limit of a scope." from={found}
    />
  );
}

/** Says of a breach why it happened, who cures it and until when; another person approves. */
function BreachForm({ breaches }: { breaches: Breach[] }): ReactNode {
  const { say } = useDesk();
  const zone = useZone();
  const [number_, setNumber] = useState("");
  const [reason, setReason] = useState("");
  const [owner, setOwner] = useState("");
  const [cure, setCure] = useState("");
  // Until one is chosen: the newest that nobody has explained.
  const chosen = number_ || String((breaches.findLast((one) => one.status === "open") ?? breaches.at(-1))?.breach ?? "");
  const tell = async (said: BreachSaid): Promise<void> => {
    try {
      const made = await request<Breach>("POST", `/v1/risk/breaches/${chosen}`, said);
      say(`It is kept; breach ${made.breach} is ${made.status}.`);
      [setNumber, setReason, setOwner, setCure].forEach((clear) => clear(""));
    } catch (fault) {
      say((fault as Error).message);
    }
  };
  return (
    <form className="inline" onSubmit={(event) => { event.preventDefault(); void tell({ reason, owner, cure_by: cure }); }}>
      <select aria-label="Breach" value={chosen} onChange={(event) => setNumber(event.target.value)}>
        {breaches.map((one) => <option key={one.breach} value={one.breach}>{one.breach}: {one.limit}, {moment(one.ts, zone)}</option>)}
      </select>
      <input aria-label="Reason of the breach" placeholder="Reason" maxLength={500} value={reason} onChange={(event) => setReason(event.target.value)} />
      <input aria-label="Who has to cure it" placeholder="Owner" maxLength={100} value={owner} onChange={(event) => setOwner(event.target.value)} />
      <input type="date" aria-label="Cure by" title="Cure by" value={cure} onChange={(event) => setCure(event.target.value)} />
      <button type="submit" className="small" disabled={!reason && !owner && !cure}>Explain</button>
      <button type="button" className="small" title="By a risk manager who is neither owner nor gave the reason" onClick={() => void tell({ approve: true })}>Approve</button>
    </form>
  );
}

export function Breaches({ found }: { found: Tails | null }): ReactNode {
  const zone = useZone();
  const columns = useMemo<Column<Breach>[]>(
    () => [
      { name: "time", value: (row) => iso(row.ts, zone), show: (row) => moment(row.ts, zone), text: true },
      { name: "limit", value: (row) => row.limit, text: true },
      { name: "of", value: (row) => row.scope, text: true },
      { name: "measure", value: (row) => row.measure.replaceAll("_", " "), text: true },
      { name: "severity", value: (row) => row.severity, text: true },
      { name: "value", value: (row) => row.value, show: (row) => number(row.value, 2) },
      { name: "level", value: (row) => row.level, show: (row) => number(row.level, 2) },
      { name: "by", value: (row) => row.by, text: true },
      { name: "owner", value: (row) => row.owner || "–", text: true },
      { name: "reason", value: (row) => row.reason || "–", text: true },
      { name: "approved by", value: (row) => row.approved_by || "–", text: true },
      { name: "cure by", value: (row) => row.cure_by || "–", text: true },
      { name: "status", value: (row) => row.status, text: true },
      { name: "cured", value: (row) => (row.cured === null ? null : iso(row.cured, zone)), show: (row) => (row.cured === null ? "open" : moment(row.cured, zone)), text: true },
    ],
    [zone],
  );
  return (
    <Table
      id="breaches" title="Limits of scopes that were passed" rows={found?.breaches ?? []} columns={columns}
      more={found && found.breaches.length > 0 && <BreachForm breaches={found.breaches} />}
      row={(row) => row.breach} empty="No limit of a scope was passed." from={found}
    />
  );
}
