// Operations: what the run was made of, and how the stream is.
import { useMemo, useState, type ReactNode } from "react";
import { get } from "./api";
import type { Cell } from "./csv";
import { HeldParts } from "./held";
import { iso, moment, number, words } from "./format";
import { Latencies } from "./latencies";
import { Panel, type Sheet } from "./panel";
import { usePolled } from "./poll";
import { DataTimeline } from "./quality";
import { useRun } from "./run";
import { useDesk, useTopic, useZone } from "./state";
import { Table, type Column } from "./table";
import type { AsideRow, AsideRowPage, Audit as AuditFound, AuditRecord, JobOf, JobOfPage, Run } from "./types";

type DataRow = Run["data"][number];

const missing = (row: DataRow): number => row.gaps.reduce((sum, [, , periods]) => sum + periods, 0);

const DATA: Column<DataRow>[] = [
  { name: "series", value: (row) => row.name, text: true },
  { name: "source", value: (row) => row.source, text: true },
  { name: "rows read", value: (row) => row.rows_read, show: (row) => number(row.rows_read, 0) },
  { name: "rows kept", value: (row) => row.rows_kept, show: (row) => number(row.rows_kept, 0) },
  { name: "out of order", value: (row) => row.out_of_order, show: (row) => number(row.out_of_order, 0) },
  { name: "missing", value: missing, show: (row) => number(missing(row), 0) },
  { name: "set aside", value: (row) => row.set_aside, show: (row) => number(row.set_aside, 0) },
];

export function OperationsView(): ReactNode {
  return (
    <div className="view operations-view">
      <DataQuality />
      <DataTimeline />
      <HeldParts />
      <Quarantine />
      <Audit />
      <Jobs />
      <Latencies />
      <RunFacts />
      <Stream />
    </div>
  );
}

export function DataQuality(): ReactNode {
  const { run, from } = useRun();
  return <Table id="data" title="Data quality" rows={run.data} columns={DATA} row={(row) => row.name} empty="No series was read." event={run.clock.now} from={from} />;
}

/** Names and values of a list, as rows to keep. */
const facts = (rows: [string, Cell][]): Sheet => ({ columns: ["what", "value"], rows });

export function RunFacts(): ReactNode {
  const { run, from } = useRun();
  const latencies = Object.entries(run.latency_ns);
  const sheet = (): Sheet => facts([
    ["title", run.title], ["state", run.state], ["state hash", run.state_hash], ["inputs", run.inputs],
    ...latencies.map(([share, ns]): [string, Cell] => [`engine, ${share} of inputs within, ns`, ns]),
  ]);
  return (
    <Panel id="run" title="The run" event={run.clock.now} from={from} sheet={sheet}>
      <dl>
        <dt>Title</dt>
        <dd>{run.title}, {run.state}</dd>
        <dt>State hash</dt>
        <dd>{run.state_hash ? <code>{run.state_hash}</code> : "told once the run has ended;"} after input {number(run.inputs, 0)}</dd>
        {latencies.map(([share, ns]) => (
          <div key={share}>
            <dt>Engine, {share} of inputs within</dt>
            <dd>{number(ns, 0)} ns</dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
}

export function Stream(): ReactNode {
  const store = useTopic("link");
  const { clock } = useTopic("clock");
  const reconnects = Math.max(0, store.reconnects);
  const sheet = (): Sheet => facts([["message", store.last], ["on its way, ms", store.delay], ["reconnected", reconnects], ["gaps", store.gaps]]);
  return (
    <Panel id="link" title="The stream" event={clock?.now ?? null} sheet={sheet}>
      <dl>
        <dt>Message</dt>
        <dd>{number(store.last, 0)}</dd>
        <dt>On its way</dt>
        <dd>{number(store.delay, 0)} ms</dd>
        <dt>Reconnected</dt>
        <dd>{reconnects} times</dd>
        <dt>Gaps</dt>
        <dd>{store.gaps}</dd>
      </dl>
    </Panel>
  );
}

export function Quarantine(): ReactNode {
  const { store } = useDesk();
  const zone = useZone();
  const found = usePolled(() => get<AsideRowPage>("/v1/quarantine?limit=1000"), `aside ${store.clock?.jumps}`, 4_000);
  const columns = useMemo<Column<AsideRow>[]>(
    () => [
      { name: "source", value: (row) => row.source, text: true },
      { name: "row", value: (row) => row.row },
      { name: "time", value: (row) => (row.at === null ? null : iso(row.at, zone)), show: (row) => moment(row.at, zone), text: true },
      { name: "why", value: (row) => words(row.reason), text: true },
      { name: "as it came", value: (row) => row.text, text: true },
    ],
    [zone],
  );
  return (
    <Table
      id="quarantine" title="Set aside" rows={found?.rows ?? []} columns={columns}
      row={(row) => `${row.source} ${row.row} ${row.at} ${row.text}`} empty="Nothing was set aside." from={found}
    />
  );
}

const JOB_SIGNS = { running: "▶", done: "✓", failed: "×", lost: "?" };

/** Runs, refits, closes and verifications, at times of the wall clock. */
export function Jobs(): ReactNode {
  const zone = useZone();
  const found = usePolled(() => get<JobOfPage>("/v1/jobs?limit=1000"), "jobs", 2_000);
  const columns = useMemo<Column<JobOf>[]>(
    () => [
      { name: "started", value: (row) => iso(row.started, zone), show: (row) => moment(row.started, zone), text: true },
      { name: "kind", value: (row) => row.kind, text: true },
      { name: "of", value: (row) => row.subject, text: true },
      {
        name: "state", value: (row) => row.state, text: true,
        show: (row) => <span className={row.state === "failed" || row.state === "lost" ? "bad" : ""}>{JOB_SIGNS[row.state]} {row.state}</span>,
      },
      { name: "done", value: (row) => row.share, show: (row) => (row.share === null ? row.note || "–" : `${number(100 * row.share, 0)} %`) },
      { name: "ended", value: (row) => (row.ended === null ? null : iso(row.ended, zone)), show: (row) => moment(row.ended, zone), text: true },
      { name: "took, s", value: (row) => (row.ended === null ? null : (row.ended - row.started) / 1e9), show: (row) => (row.ended === null ? "–" : number((row.ended - row.started) / 1e9, 1)) },
      { name: "error", value: (row) => row.error, text: true },
    ],
    [zone],
  );
  return (
    <Table
      id="jobs" title="Jobs" rows={found?.rows ?? []} columns={columns} row={(row) => row.job}
      empty="No job is noted in the run's folder." from={found}
    />
  );
}

export function Audit(): ReactNode {
  const { store } = useDesk();
  const zone = useZone();
  const [text, setText] = useState("");
  const [asked, setAsked] = useState("");
  const load = (): Promise<AuditFound> => get(`/v1/audit?limit=200&text=${encodeURIComponent(asked)}`);
  const found = usePolled(load, `audit ${asked} ${store.clock?.jumps}`, 5_000);
  const columns = useMemo<Column<AuditRecord>[]>(
    () => [
      { name: "input", value: (row) => row.sequence },
      { name: "time", value: (row) => iso(row.ts_event, zone), show: (row) => moment(row.ts_event, zone), text: true },
      { name: "record", value: (row) => words(row.record), text: true },
      { name: "contract", value: (row) => row.symbol || null, text: true },
      { name: "strategy", value: (row) => row.strategy || null, text: true },
      { name: "fields", value: (row) => row.text, text: true },
    ],
    [zone],
  );
  const more = (
    <form className="inline" onSubmit={(event) => { event.preventDefault(); setAsked(text); }}>
      <input type="search" aria-label="Search the whole audit trail" placeholder="Order, contract…" value={text} onChange={(event) => setText(event.target.value)} />
      <button type="submit" className="small">Search</button>
    </form>
  );
  return (
    <Table
      id="audit" title="Audit trail" rows={found?.rows ?? []} columns={columns} more={more}
      row={(row) => `${row.sequence} ${row.record} ${row.text}`} empty="No record holds this." from={found}
    />
  );
}
