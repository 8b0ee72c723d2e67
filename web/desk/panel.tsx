// A panel: its title, how old it is, and its export.
import type { ReactNode } from "react";
import { second } from "./format";
import { useDesk, useTopic, useZone } from "./state";

/** The number of the instrument that a panel is held to; null for the one that is chosen. */
export interface Held {
  held: number | null;
}

export interface PanelProps extends Partial<Held> {
  title: string;
  id: string;
  /** When what is shown happened at its source, and when we received it; ns UTC. */
  event?: number | null | undefined;
  received?: number | null | undefined;
  zone?: string;
  onExport?: () => void;
  onSheet?: () => void;
  tools?: ReactNode;
  children: ReactNode;
}

export function StaleBadge(): ReactNode {
  const store = useTopic("link");
  if (!store.isStale) return <span className="badge live">● live</span>;
  const age = Number.isFinite(store.heard) ? (performance.now() - store.heard) / 1_000 : null;
  return (
    <span className="badge stale" role="status">
      ▲ stale{age === null ? "" : `, ${age.toFixed(0)} s`}
    </span>
  );
}

export function Panel(props: PanelProps): ReactNode {
  const { title, id, held, event, received, onExport, onSheet, tools, children } = props;
  const chosen = useZone();
  const zone = props.zone ?? chosen;
  const { store } = useDesk();
  useTopic("link");
  const name = `${id}${held ?? ""}-title`;
  return (
    <section className={`panel ${id}${store.isStale ? " is-stale" : ""}`} aria-labelledby={name}>
      <header>
        <h2 id={name}>{title}</h2>
        <StaleBadge />
        {event !== undefined && (
          <span className="times" title={`at the source and at us, ${zone}`}>
            source <b>{second(event, zone)}</b>
            {received !== undefined && <> · received <b>{second(received, zone)}</b></>}
          </span>
        )}
        <span className="spring" />
        {tools}
        {onExport && (
          <button type="button" className="small" onClick={onExport} aria-label={`Export ${title} as CSV`}>
            CSV
          </button>
        )}
        {onSheet && (
          <button type="button" className="small" onClick={onSheet} aria-label={`Export ${title} as XLSX`}>
            XLSX
          </button>
        )}
      </header>
      {children}
    </section>
  );
}
