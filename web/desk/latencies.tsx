// How long the stages of the desk's step take, as histograms.
import { useMemo, type ReactNode } from "react";
import { get } from "./api";
import { number } from "./format";
import { usePolled } from "./poll";
import { useDesk } from "./state";
import { Table, type Column } from "./table";
import type { Latencies as Found, Stage } from "./types";

function bound(seconds: number): string {
  return seconds < 1 ? `${number(1_000 * seconds, 1)} ms` : `${number(seconds, 1)} s`;
}

export function Latencies(): ReactNode {
  const { store } = useDesk();
  const found = usePolled(() => get<Found>("/v1/latencies"), `latencies ${store.run}`, 2_000);
  const bounds = JSON.stringify(found?.bounds_seconds ?? []);
  const columns = useMemo<Column<Stage>[]>(() => {
    const limits = JSON.parse(bounds) as number[];
    const share = (row: Stage, place: number): number => (row.counts[place] ?? 0) / Math.max(1, row.total);
    const shown = (row: Stage, place: number): ReactNode => (
      <span className="meter" style={{ "--share": `${100 * share(row, place)}%` } as object}>{row.counts[place] ?? 0}</span>
    );
    return [
      { name: "stage", value: (row) => row.stage, text: true },
      { name: "times", value: (row) => row.total },
      { name: "mean", value: (row) => row.mean_seconds, show: (row) => (row.mean_seconds === null ? "–" : bound(row.mean_seconds)) },
      ...limits.map((limit, place): Column<Stage> => ({
        name: `≤ ${bound(limit)}`, value: (row) => row.counts[place], show: (row) => shown(row, place),
      })),
      { name: "longer", value: (row) => row.counts[limits.length], show: (row) => shown(row, limits.length) },
    ];
  }, [bounds]);
  return (
    <Table
      id="latencies" title="Latencies of the desk's stages" rows={found?.rows ?? []} columns={columns}
      row={(row) => row.stage} empty="Nothing was timed yet." from={found}
    />
  );
}
