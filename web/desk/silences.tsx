// Whom alerts tell, and when they tell nobody: silences that are made and lifted here, windows of the file.
import { useMemo, useState, type ReactNode } from "react";
import { get, request } from "./api";
import { iso, moment } from "./format";
import { usePolled } from "./poll";
import { useDesk, useZone } from "./state";
import { Table, type Column } from "./table";
import type { AlertRules, AlertWindow, Delivery, DeliveryPage, Silenced, SilencedPage } from "./types";

const MINUTE = 60e9;
const EVERY = "every rule";

function useRules(): AlertRules | null {
  return usePolled(() => get<AlertRules>("/v1/alerts/rules"), "rules", 30_000);
}

export function Silences(): ReactNode {
  const { store, say } = useDesk();
  const zone = useZone();
  const rules = useRules();
  const [turn, setTurn] = useState(0);
  const [rule, setRule] = useState(EVERY);
  const [minutes, setMinutes] = useState("60");
  const [reason, setReason] = useState("");
  const found = usePolled(() => get<SilencedPage>("/v1/alerts/silences?limit=1000"), `silences ${turn} ${store.clock?.jumps}`, 3_000);
  const act = useMemo(
    () => async (method: string, path: string, body?: object): Promise<void> => {
      try {
        await request(method, path, body);
        setTurn((was) => was + 1);
      } catch (fault) {
        say((fault as Error).message);
      }
    },
    [say],
  );
  const columns = useMemo<Column<Silenced>[]>(
    () => [
      { name: "rule", value: (row) => row.rule ?? EVERY, text: true },
      { name: "from", value: (row) => iso(row.start, zone), show: (row) => moment(row.start, zone), text: true },
      { name: "until", value: (row) => iso(row.end, zone), show: (row) => moment(row.end, zone), text: true },
      { name: "reason", value: (row) => row.reason, text: true },
      { name: "by", value: (row) => row.by, text: true },
      { name: "state", value: (row) => (row.lifted_by ? `lifted by ${row.lifted_by}` : row.is_active ? "silent" : "not now"), text: true },
      {
        name: "act", value: () => null, isAct: true,
        show: (row) =>
          row.lifted_by === null && row.end > (store.clock?.now ?? 0) ? (
            <button type="button" className="small" aria-label={`Lift silence ${row.silence}`} onClick={() => void act("DELETE", `/v1/alerts/silences/${row.silence}`)}>
              Lift
            </button>
          ) : null,
      },
    ],
    [zone, store, act],
  );
  const begin = (): void => {
    const now = store.clock?.now ?? 0;
    const asked = { rule: rule === EVERY ? null : rule, start: now, end: Math.round(now + Number(minutes) * MINUTE), reason };
    void act("POST", "/v1/alerts/silences", asked).then(() => setReason(""));
  };
  const more = (
    <form className="inline" onSubmit={(event) => { event.preventDefault(); begin(); }}>
      <select aria-label="Rule to silence" value={rule} onChange={(event) => setRule(event.target.value)}>
        <option>{EVERY}</option>
        {rules?.rules.map((one) => <option key={one.name}>{one.name}</option>)}
      </select>
      <input aria-label="Minutes of silence" inputMode="numeric" required pattern="[1-9]\d{0,4}" value={minutes} onChange={(event) => setMinutes(event.target.value)} />
      <input aria-label="Reason of silence" required maxLength={500} placeholder="Reason" value={reason} onChange={(event) => setReason(event.target.value)} />
      <button type="submit" className="small">Silence</button>
    </form>
  );
  return (
    <Table
      id="silences" title="Silences" rows={found?.rows ?? []} columns={columns} row={(row) => row.silence} more={more}
      empty="Nothing is silenced." from={found}
    />
  );
}

const WINDOWS: Column<AlertWindow>[] = [
  { name: "window", value: (row) => row.name, text: true },
  { name: "rule", value: (row) => row.rule ?? EVERY, text: true },
  { name: "from", value: (row) => row.start, text: true },
  { name: "until", value: (row) => row.end, text: true },
  { name: "on the clock of", value: (row) => row.zone, text: true },
  { name: "days", value: (row) => row.days.join(", ") || "every day", text: true },
];

export function Windows(): ReactNode {
  const rules = useRules();
  return (
    <Table
      id="windows" title="Maintenance windows" rows={rules?.windows ?? []} columns={WINDOWS} row={(row) => row.name}
      empty="The file of alerts has none." from={rules}
    />
  );
}

/** Who was told of what, on the clock of this machine: alerts are delivered as it goes, also of a replayed day. */
export function Deliveries(): ReactNode {
  const zone = useZone();
  const { store } = useDesk();
  const found = usePolled(() => get<DeliveryPage>("/v1/alerts/deliveries?limit=1000"), `deliveries ${store.clock?.jumps}`, 3_000);
  const columns = useMemo<Column<Delivery>[]>(
    () => [
      { name: "alert", value: (row) => row.alert },
      { name: "to", value: (row) => row.target, text: true },
      { name: "attempts", value: (row) => row.attempts },
      { name: "arrived", value: (row) => (row.done === null ? null : iso(row.done * 1e9, zone)), show: (row) => (row.done === null ? "▲ not yet" : moment(row.done * 1e9, zone)), text: true },
      { name: "last fault", value: (row) => row.fault, text: true },
    ],
    [zone],
  );
  return (
    <Table
      id="deliveries-of-alerts" title="Deliveries" rows={found?.rows ?? []} columns={columns} row={(row) => row.delivery}
      empty="The file of alerts names nobody to tell, or there was nothing to tell." from={found}
    />
  );
}
