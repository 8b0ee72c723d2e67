// Auctions: what was cleared, prices by period, merit order with its clearing point, blocks, flows between zones.
import { useMemo, useRef, useState, type ReactNode, type RefObject } from "react";
import { get } from "./api";
import { fixed, iso, minute, moment, period } from "./format";
import { Panel, type Sheet } from "./panel";
import { Plot, plotSheet, type PlotLine } from "./plot";
import { usePolled } from "./poll";
import { useDesk, useZones } from "./state";
import { Table, type Column } from "./table";
import { usePriceUnits } from "./units";
import type { Auction, AuctionPage, AuctionPeriods, AuctionPicture, Auctions } from "./types";

/** What the address holds: market and auction, and the period from 0; the newest one's most awarded period otherwise. */
function read(detail: string): { key: string; wanted: number | null } {
  const [key = "", number = ""] = detail.split("|");
  return { key, wanted: /^\d+$/.test(number) ? Number(number) : null };
}

export function AuctionsView(): ReactNode {
  const { store, choice, choose } = useDesk();
  const zones = useZones();
  const [own, setOwn] = useState("");
  // In a workspace the address holds the layout.
  const isView = choice.view === "auctions";
  const { key, wanted } = read(isView ? choice.detail : own);
  const show = (detail: string): void => (isView ? choose({ detail }) : setOwn(detail));
  const load = (): Promise<Auctions> => get("/v1/auctions");
  const found = usePolled(load, `auctions ${store.clock?.jumps}`, 3_000);
  const rows = useMemo(() => found?.auctions ?? [], [found]);
  const chosen = rows.find((row) => keyOf(row) === key) ?? rows[0];
  const unit = usePriceUnits();
  const columns = useMemo<Column<Auction>[]>(
    () => [
      { name: "market", value: (row) => row.market, text: true },
      {
        name: "auction", value: (row) => row.auction, text: true,
        show: (row) => <button type="button" className="small" aria-pressed={row === chosen} onClick={() => show(keyOf(row))}>{row.auction}</button>,
      },
      { name: "published", value: (row) => iso(row.ts_recv, zones(row.market)), show: (row) => moment(row.ts_recv, zones(row.market)), text: true },
      { name: "periods", value: (row) => row.periods },
      { name: "lowest", value: (row) => row.lowest, show: (row) => fixed(row.lowest, 0.01) },
      { name: "mean", value: (row) => row.mean, show: (row) => fixed(row.mean, 0.01) },
      { name: "highest", value: (row) => row.highest, show: (row) => fixed(row.highest, 0.01) },
      { name: "unit", value: (row) => unit(row.market), text: true },
      { name: "our awards", value: (row) => row.awarded },
    ],
    [zones, chosen, unit],
  );
  return (
    <div className="view auctions-view">
      <Table
        id="auctions" title="Auctions that are published" rows={rows} columns={columns} row={keyOf}
        empty="No auction of this run has published prices yet." from={found}
      />
      {chosen && <Cleared auction={chosen} wanted={wanted} onPeriod={(number) => show(`${keyOf(chosen)}|${number}`)} />}
    </div>
  );
}

const keyOf = (row: Auction): string => `${row.market} ${row.auction}`;

interface ClearedProps {
  auction: Auction;
  wanted: number | null;
  onPeriod: (number: number) => void;
}

function Cleared({ auction, wanted, onPeriod }: ClearedProps): ReactNode {
  const path = `/v1/auctions/${encodeURIComponent(auction.market)}/${encodeURIComponent(auction.auction)}`;
  // What was cleared never changes; a run writes the rest when it ends.
  const found = usePolled(() => get<AuctionPage>(path), path, 60_000);
  const { ts_recv: received } = auction;
  const { run } = useDesk();
  const zone = useZones()(auction.market);
  const own = run.markets.find((one) => one.name === auction.market)?.time_zone ?? zone;
  const page = useMemo(() => onClock(found?.page ?? null, found?.periods?.starts ?? [], own, zone), [found, own, zone]);
  const name = `${auction.market}, ${auction.auction}`;
  return (
    <>
      {found?.periods && (
        <>
          <Prices periods={found.periods} auction={auction} />
          <Period key={path} path={path} periods={found.periods} auction={auction} wanted={wanted} onPeriod={onPeriod} />
        </>
      )}
      <Fragment id="auction" title={name} received={received} page={page} hasPeriods={found?.periods !== null} empty={found ? "The run writes merit order, blocks and flows when it ends." : "It is being read."} />
    </>
  );
}

/** Prices of every zone by period, and what the desk's own would have been without it. */
function Prices({ periods, auction }: { periods: AuctionPeriods; auction: Auction }): ReactNode {
  const zone = useZones()(auction.market);
  const lines = useMemo<PlotLine[]>(() => {
    const { prices, zone: ours, unit, without } = periods;
    const own = { name: `${ours} without the desk`, unit, values: without, stepped: true };
    return [...Object.entries(prices).map(([name, values]) => ({ name, unit, values, stepped: true })), own];
  }, [periods]);
  return (
    <Panel id="auction-prices" title={`Prices by period, ${auction.market}, ${auction.auction}`} event={auction.ts_recv} received={auction.ts_recv} zone={zone} sheet={() => plotSheet(periods.starts, lines, zone)}>
      <Plot at={periods.starts} lines={lines} zone={zone} label={periods.unit} height={220} about={`Prices of ${auction.auction} by period and zone; the export holds its numbers.`} />
    </Panel>
  );
}

interface PeriodProps extends ClearedProps {
  path: string;
  periods: AuctionPeriods;
}

/** Merit order with its clearing point and map of zones of one period. */
function Period({ path, periods, auction, wanted, onPeriod }: PeriodProps): ReactNode {
  const zone = useZones()(auction.market);
  const { starts } = periods;
  const number = wanted !== null && wanted < starts.length ? wanted : periods.most_awarded;
  const found = usePolled(() => get<AuctionPicture>(`${path}/periods/${number}`), `${path} ${number}`, 60_000);
  const length = (starts[1] ?? 0) - (starts[0] ?? 0);
  const label = (at: number): string => {
    const start = starts[at] ?? 0;
    return period(start, starts[at + 1] ?? start + length, zone);
  };
  const tools = (
    <>
      <button type="button" className="small" disabled={number === 0} onClick={() => onPeriod(number - 1)} aria-label="Period before">◀</button>
      <select aria-label="Period of the auction" value={number} onChange={(event) => onPeriod(Number(event.target.value))}>
        {starts.map((start, at) => <option key={start} value={at}>{at + 1}: {label(at)}</option>)}
      </select>
      <button type="button" className="small" disabled={number === starts.length - 1} onClick={() => onPeriod(number + 1)} aria-label="Period after">▶</button>
    </>
  );
  const sheet = (): Sheet => ({
    columns: ["zone", "delivery_start", `price, ${periods.unit}`],
    rows: Object.entries(periods.prices).map(([name, prices]) => [name, iso(starts[number] ?? 0, zone), prices[number]]),
  });
  return (
    <Panel id="auction-period" title={`Merit order and flows, period ${number + 1}: ${label(number)}`} event={auction.ts_recv} received={auction.ts_recv} zone={zone} tools={tools} sheet={sheet}>
      {found ? <div className="fragment"><Html text={found.page} className="plots" /></div> : <p className="muted">It is being read.</p>}
    </Panel>
  );
}

/** The report's page on the chosen clock: it names periods by their beginning on the market's own. */
function onClock(page: string | null, starts: number[], own: string, zone: string): string | null {
  if (page === null || own === zone) return page;
  const names = new Map<string, string[]>();
  for (const start of starts) {
    const name = minute(start, own);
    // In autumn an hour comes twice, and its name means either.
    names.set(name, [...(names.get(name) ?? []), minute(start, zone)]);
  }
  return page.replace(/\b\d\d:\d\d\b/g, (text) => names.get(text)?.join("/") ?? text);
}

interface FragmentProps {
  id: string;
  title: string;
  received: number;
  page: string | null;
  /** Whether prices and merit order stand above it already, on the chosen clock. */
  hasPeriods: boolean;
  empty: string;
}

function Fragment({ id, title, received, page, hasPeriods, empty }: FragmentProps): ReactNode {
  const fragment = useRef<HTMLDivElement>(null);
  // The tables of the fragment, below each other.
  const sheet = (): Sheet => {
    const rows = [...(fragment.current?.querySelectorAll("tr") ?? [])].map((row) => [...row.cells].map((cell) => cell.textContent));
    const width = Math.max(1, ...rows.map((row) => row.length));
    return { columns: Array.from({ length: width }, (_, place) => `column ${place + 1}`), rows: rows.map((row) => [...row, ...Array<null>(width - row.length).fill(null)]) };
  };
  return (
    <Panel id={id} title={title} event={received} received={received} sheet={sheet}>
      {page ? <Html text={page} className={`fragment${hasPeriods ? " has-periods" : ""}`} host={fragment} /> : <p className="muted">{empty}</p>}
    </Panel>
  );
}

/** The report's own fragment: every name in it was escaped when it was written. */
function Html({ text, className, host }: { text: string; className: string; host?: RefObject<HTMLDivElement | null> }): ReactNode {
  return <div ref={host} className={className} dangerouslySetInnerHTML={{ __html: text }} />;
}
