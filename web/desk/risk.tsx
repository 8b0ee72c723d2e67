// Risk: what of each limit is used.
import type { ReactNode } from "react";
import { number } from "./format";
import { useTopic } from "./state";
import { Table, type Column } from "./table";
import type { Limit } from "./types";

const COLUMNS: Column<Limit>[] = [
  { name: "trading book", value: (row) => row.trading_book, text: true },
  { name: "limit", value: (row) => row.limit, text: true },
  { name: "used", value: (row) => row.used, show: (row) => number(row.used, row.unit === "money" ? 0 : 1) },
  { name: "allowed", value: (row) => row.allowed, show: (row) => number(row.allowed, row.unit === "money" ? 0 : 1) },
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

export function RiskView(): ReactNode {
  const { standing } = useTopic("standing");
  return (
    <div className="view risk-view">
      <Table
        id="limits" title="Use of limits" rows={standing?.limits ?? []} columns={COLUMNS}
        row={(row) => `${row.trading_book} ${row.limit}`} empty="The desk has no limits." event={standing?.now ?? null}
      />
    </div>
  );
}
