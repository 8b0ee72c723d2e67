// Alerts: what is wrong now, what was, and who has taken it over.
import { useMemo, type ReactNode } from "react";
import { request } from "./api";
import { iso, moment, words } from "./format";
import { Deliveries, Silences, Windows } from "./silences";
import { useDesk, useTopic, useZone } from "./state";
import { Table, type Column } from "./table";
import type { Alert } from "./types";

const SIGNS = { info: "○", warning: "▲", critical: "■" };

export function severity(alert: Alert): ReactNode {
  return (
    <span className={`severity ${alert.severity}`}>
      {SIGNS[alert.severity]} {alert.severity}
    </span>
  );
}

/** How many alerts nobody has taken over; told to screen readers when it grows. */
export function AlertCount(): ReactNode {
  const store = useTopic("alerts");
  const { choose } = useDesk();
  const open = [...store.alerts.values()].filter((one) => !one.is_over && !one.acknowledged_by);
  const worst = open.some((one) => one.severity === "critical") ? "critical" : "warning";
  return (
    <span role="status">
      {open.length > 0 && (
        <button type="button" className={`severity ${worst}`} onClick={() => choose({ view: "alerts" })}>
          {SIGNS[worst]} {open.length} {open.length === 1 ? "alert" : "alerts"}
        </button>
      )}
    </span>
  );
}

export function AlertsView(): ReactNode {
  const store = useTopic("alerts");
  const { say } = useDesk();
  const zone = useZone();
  const version = store.version("alerts");
  const rows = useMemo(
    () => [...store.alerts.values()].sort((a, b) => Number(a.is_over) - Number(b.is_over) || b.ts_last - a.ts_last),
    [store, version],
  );
  const columns = useMemo<Column<Alert>[]>(() => {
    const take = async (alert: Alert): Promise<void> => {
      try {
        await request("POST", `/v1/alerts/${alert.alert}/acknowledge`);
      } catch (fault) {
        say((fault as Error).message);
      }
    };
    return [
      { name: "severity", value: (row) => row.severity, show: severity, text: true },
      { name: "rule", value: (row) => row.rule, text: true },
      { name: "what was found", value: (row) => row.text, text: true },
      { name: "first", value: (row) => iso(row.ts_first, zone), show: (row) => moment(row.ts_first, zone) },
      { name: "last", value: (row) => iso(row.ts_last, zone), show: (row) => moment(row.ts_last, zone) },
      { name: "times", value: (row) => row.count },
      { name: "state", value: (row) => state(row), text: true },
      {
        name: "taken over by", value: (row) => row.acknowledged_by, text: true,
        show: (row) =>
          row.acknowledged_by ?? (
            <button type="button" className="small" onClick={() => void take(row)} aria-label={`Take over alert ${row.alert}, ${row.rule}`}>
              Take over
            </button>
          ),
      },
    ];
  }, [zone, say]);
  return (
    <div className="view alerts-view">
      <Table
        id="alerts" title="Alerts" rows={rows} columns={columns} row={(row) => row.alert}
        empty="Nothing is wrong." event={rows[0]?.ts_last ?? null} received={rows[0]?.ts_last ?? null}
      />
      <Silences />
      <Windows />
      <Deliveries />
    </div>
  );
}

function state(alert: Alert): string {
  return words(alert.is_over ? "over" : alert.is_silenced ? "silenced" : "open");
}
