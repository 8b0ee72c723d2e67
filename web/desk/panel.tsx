// A panel: its title, how old it is, and its export.
import type { ReactNode } from "react";
import { csv, download, downloadSheet, type Cell } from "./csv";
import { briefly, day, offset } from "./format";
import { heardOf } from "./poll";
import { useDesk, useTopic, useZone } from "./state";

/** The number of the instrument that a panel is held to; null for the one that is chosen. */
export interface Held {
  held: number | null;
}

/** What a panel shows, as a table to keep. */
export interface Sheet {
  columns: string[];
  rows: Cell[][];
}

export interface PanelProps extends Partial<Held> {
  title: string;
  id: string;
  /** The answer that it shows: it tells times where the panel names none, and when it is old. */
  from?: object | null | undefined;
  /** When what is shown happened at its source, and when we received it; ns UTC. */
  event?: number | null | undefined;
  received?: number | null | undefined;
  zone?: string;
  /** Of what is exported; a form has nothing to export. */
  sheet?: () => Sheet;
  tools?: ReactNode;
  children: ReactNode;
}

export function StaleBadge({ isOverdue = false }: { isOverdue?: boolean }): ReactNode {
  const store = useTopic("link");
  if (!store.isStale && !isOverdue) return <span className="badge live">● live</span>;
  const age = store.isStale && Number.isFinite(store.heard) ? (performance.now() - store.heard) / 1_000 : null;
  return (
    <span className="badge stale" role="status">
      ▲ stale{age === null ? "" : `, ${age.toFixed(0)} s`}
    </span>
  );
}

/** Source and receipt of what a panel shows, ns UTC; without an answer's own, those of its coming. */
function timesOf({ from, event, received }: PanelProps, now: number | null): [event: number | null, received: number | null] {
  const heard = heardOf(from);
  const asOf = from && "now" in from ? (from.now as number) : null;
  // What is kept beside the run is read when it is asked for, at times of the wall clock.
  if (heard && asOf === null && event === undefined) return [heard.wall, heard.wall];
  const source = event === undefined ? asOf : event;
  if (received !== undefined) return [source, received];
  return [source, source === null ? null : (heard?.instant ?? now)];
}

export function Panel(props: PanelProps): ReactNode {
  const { title, id, held, from, sheet, tools, children } = props;
  const chosen = useZone();
  const zone = props.zone ?? chosen;
  const { store, clock, say } = useDesk();
  useTopic("link");
  const isOverdue = heardOf(from)?.isOverdue ?? false;
  const now = store.clock?.now ?? null;
  const [event, received] = timesOf(props, now);
  const name = `${id}${held ?? ""}-title`;
  const save = (): void => {
    const found = sheet?.();
    if (found) download(`${id}.csv`, csv(found.columns, found.rows));
  };
  const saveSheet = (): void => {
    const found = sheet?.();
    const whose = clock === "UTC" ? "UTC" : clock === "market" ? "each market" : "this machine";
    if (found) downloadSheet(`${id}.xlsx`, title, whose, found.columns, found.rows).catch((fault: Error) => say(fault.message));
  };
  return (
    <section className={`panel ${id}${store.isStale || isOverdue ? " is-stale" : ""}`} aria-labelledby={name}>
      <header>
        <h2 id={name}>{title}</h2>
        <StaleBadge isOverdue={isOverdue} />
        <span className="times" title={`at the source and at us, ${zone}${event === null ? "" : `, ${day(event, zone)}`}`}>
          source <b>{briefly(event, now, zone)}</b> · received <b>{briefly(received, now, zone)}</b>
          {/* A clock that is not the head's says which it is. */}
          {event !== null && zone !== chosen && ` ${offset(event, zone)}`}
        </span>
        <span className="spring" />
        {tools}
        {sheet && (
          <span className="exports">
            <button type="button" className="small" onClick={save} aria-label={`Export ${title} as CSV`}>
              CSV
            </button>
            <button type="button" className="small" onClick={saveSheet} aria-label={`Export ${title} as XLSX`}>
              XLSX
            </button>
          </span>
        )}
      </header>
      {children}
    </section>
  );
}
