// The quarantine of ingestion: a part is inspected, then released, corrected or dropped with a reason.
import { useMemo, useState, type ReactNode } from "react";
import { get, request } from "./api";
import { iso, moment, words } from "./format";
import { Panel } from "./panel";
import { usePolled } from "./poll";
import { useDesk, useZone } from "./state";
import { Table, type Column } from "./table";
import type { HeldDetail, HeldPart, HeldParts as Found } from "./types";

const STATES = ["held", "released", "corrected", "dropped"];

interface Queue extends Found {
  /** Why there is none. */
  refused?: string;
}

export function HeldParts(): ReactNode {
  const zone = useZone();
  const [state, setState] = useState("held");
  const [chosen, choose] = useState<number | null>(null);
  const [turn, setTurn] = useState(0);
  const load = (): Promise<Queue> =>
    get<Queue>(`/v1/ingest/quarantine?limit=5000&state=${state}`).catch((fault: Error) => ({ rows: [], counts: {}, next: null, refused: fault.message }));
  const found = usePolled(load, `held ${state} ${turn}`, 5_000);
  const columns = useMemo<Column<HeldPart>[]>(
    () => [
      {
        name: "part", value: (row) => row.number, text: true,
        show: (row) => <button type="button" className="small" aria-pressed={row.number === chosen} aria-label={`Inspect part ${row.number}`} onClick={() => choose(row.number)}>{row.number}</button>,
      },
      { name: "state", value: (row) => row.state, text: true },
      { name: "source", value: (row) => row.source || "none", text: true },
      { name: "payload", value: (row) => row.name, text: true },
      { name: "place", value: (row) => row.place, text: true },
      { name: "received", value: (row) => iso(row.ts_recv, zone), show: (row) => moment(row.ts_recv, zone), text: true },
      { name: "why", value: (row) => row.reason, text: true },
    ],
    [zone, chosen],
  );
  const more = (
    <select aria-label="State of the parts" value={state} onChange={(event) => setState(event.target.value)}>
      {STATES.map((one) => <option key={one} value={one}>{one} {found?.counts[one] ?? 0}</option>)}
    </select>
  );
  return (
    <>
      <Table
        id="held" title="Quarantine of ingestion" rows={found?.rows ?? []} columns={columns} row={(row) => row.number} more={more}
        empty={found?.refused ?? `No part is ${state}.`} from={found}
      />
      {chosen !== null && <Part key={`${chosen} ${turn}`} number={chosen} onDone={() => setTurn((was) => was + 1)} />}
    </>
  );
}

const ACTS = [
  ["release", "Release", "you vouch for the row"],
  ["correct", "Read again", "by the readers and rules of now"],
  ["drop", "Drop", "it is worth nothing"],
] as const;

function Part({ number, onDone }: { number: number; onDone: () => void }): ReactNode {
  const { say } = useDesk();
  const zone = useZone();
  const [why, setWhy] = useState("");
  const [isSending, setSending] = useState(false);
  const found = usePolled(() => get<HeldDetail>(`/v1/ingest/quarantine/${number}`), `part ${number}`, 60_000);
  if (!found) return null;
  const act = async (name: string): Promise<void> => {
    setSending(true);
    try {
      const done = await request<{ rows?: number }>("POST", `/v1/ingest/quarantine/${number}/${name}`, { why });
      say(`Part ${number}: ${name} is done${done.rows === undefined ? "" : `; its payload gives ${done.rows} rows`}.`);
      onDone();
    } catch (fault) {
      say((fault as Error).message);
      setSending(false);
    }
  };
  return (
    <Panel id="part" title={`Part ${number}, ${found.state}`} event={found.ts_recv} received={found.ts_recv} sheet={() => ({ columns: ["when", "state", "by", "why", "as it came"], rows: found.history.map((one) => [iso(one.at, zone), words(one.state), one.who, one.why, found.raw]) })}>
      <dl>
        <dt>Where</dt>
        <dd>{found.name}, {found.place}; {found.source || "no source"} {found.dataset}</dd>
        <dt>Why</dt>
        <dd>{found.reason}</dd>
        <dt>As it came</dt>
        <dd><code className="raw">{found.raw}</code></dd>
      </dl>
      <ol className="history">
        {found.history.map((one) => <li key={`${one.at} ${one.state}`}>{iso(one.at, zone)}: {words(one.state)} by {one.who}: {one.why}</li>)}
      </ol>
      {found.state === "held" && (
        <form className="inline" onSubmit={(event) => event.preventDefault()}>
          <input aria-label="Reason of the decision" placeholder="Reason" required minLength={3} maxLength={500} value={why} onChange={(event) => setWhy(event.target.value)} />
          {ACTS.map(([name, text, title]) => (
            <button key={name} type="button" title={title} disabled={isSending || why.trim().length < 3 || (name === "release" && !found.is_row)} onClick={() => void act(name)}>{text}</button>
          ))}
          {!found.is_row && <span className="muted">It was never read as a row, so nobody can vouch for it.</span>}
        </form>
      )}
    </Panel>
  );
}
