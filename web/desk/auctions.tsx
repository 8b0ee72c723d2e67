// Auctions: what was cleared, the merit order with its clearing point, blocks, flows between zones.
import { useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import { get } from "./api";
import { iso, moment, number } from "./format";
import { Panel, type Sheet } from "./panel";
import { usePolled } from "./poll";
import { useDesk, useZones } from "./state";
import { Table, type Column } from "./table";
import type { Auction, Auctions } from "./types";

export function AuctionsView(): ReactNode {
  const { store } = useDesk();
  const zones = useZones();
  const [key, setKey] = useState("");
  const load = (): Promise<Auctions> => get("/v1/auctions");
  const found = usePolled(load, `auctions ${store.clock?.jumps}`, 3_000);
  const rows = useMemo(() => found?.auctions ?? [], [found]);
  const chosen = rows.find((row) => keyOf(row) === key) ?? rows[0];
  const columns = useMemo<Column<Auction>[]>(
    () => [
      { name: "market", value: (row) => row.market, text: true },
      {
        name: "auction", value: (row) => row.auction, text: true,
        show: (row) => <button type="button" className="small" onClick={() => setKey(keyOf(row))}>{row.auction}</button>,
      },
      { name: "published", value: (row) => iso(row.ts_recv, zones(row.market)), show: (row) => moment(row.ts_recv, zones(row.market)), text: true },
      { name: "periods", value: (row) => row.periods },
      { name: "lowest", value: (row) => row.lowest, show: (row) => number(row.lowest, 2) },
      { name: "mean", value: (row) => row.mean, show: (row) => number(row.mean, 2) },
      { name: "highest", value: (row) => row.highest, show: (row) => number(row.highest, 2) },
      { name: "our awards", value: (row) => row.awarded },
    ],
    [zones],
  );
  return (
    <div className="view auctions-view">
      <Table
        id="auctions" title="Auctions that are published" rows={rows} columns={columns} row={keyOf}
        empty="No auction of this run has published prices yet." from={found}
      />
      {chosen && <Page auction={chosen} />}
    </div>
  );
}

const keyOf = (row: Auction): string => `${row.market} ${row.auction}`;

function Page({ auction }: { auction: Auction }): ReactNode {
  const { market, auction: name, ts_recv: received } = auction;
  const [page, setPage] = useState<string | null>("");
  useEffect(() => {
    let isOver = false;
    setPage("");
    get<{ page: string | null }>(`/v1/auctions/${encodeURIComponent(market)}/${encodeURIComponent(name)}`).then(
      (found) => !isOver && setPage(found.page),
      () => !isOver && setPage(null),
    );
    return () => {
      isOver = true;
    };
  }, [market, name]);
  const fragment = useRef<HTMLDivElement>(null);
  // The tables of the fragment, below each other.
  const sheet = (): Sheet => {
    const rows = [...(fragment.current?.querySelectorAll("tr") ?? [])].map((row) => [...row.cells].map((cell) => cell.textContent));
    const width = Math.max(1, ...rows.map((row) => row.length));
    return { columns: Array.from({ length: width }, (_, place) => `column ${place + 1}`), rows: rows.map((row) => [...row, ...Array<null>(width - row.length).fill(null)]) };
  };
  return (
    <Panel id="auction" title={`${market}, ${name}`} event={received} received={received} sheet={sheet}>
      {page === null ? (
        <p className="muted">The run writes merit order, blocks and flows when it ends.</p>
      ) : (
        // The report's own fragment: every name in it was escaped when it was written.
        <div ref={fragment} className="fragment" dangerouslySetInnerHTML={{ __html: page }} />
      )}
    </Panel>
  );
}
