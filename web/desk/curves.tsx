// Forward curves: one version against another, how quotes are met, what a delivery cost day by day.
import { useMemo, useState, type ReactNode } from "react";
import { get } from "./api";
import { fixed, iso, moment } from "./format";
import { Panel } from "./panel";
import { Plot, plotSheet, type PlotLine } from "./plot";
import { usePolled } from "./poll";
import { useDesk, useZone } from "./state";
import { Table, type Column } from "./table";
import type { Curve, CurveAverage, CurveQuote, CurveVersion, ProductPrice, ProductPrices } from "./types";

const TENORS = ["day", "week", "month", "quarter", "year"];

/** What the address holds: version, what it is held against, tenor, product. */
interface Shown {
  version: string;
  against: string;
  tenor: string;
  product: string;
}

function read(detail: string): Shown {
  const [version = "", against = "", tenor = "month", product = ""] = detail.split("|");
  return { version, against, tenor: TENORS.includes(tenor) ? tenor : "month", product };
}

export function CurvesView(): ReactNode {
  const { choice, choose } = useDesk();
  // In a workspace the address holds the layout.
  const [own, setOwn] = useState("");
  const isView = choice.view === "curves";
  const load = (): Promise<{ curves: CurveVersion[]; refused?: string }> =>
    get<{ curves: CurveVersion[]; refused?: string }>("/v1/curves").catch((fault: Error) => ({ curves: [], refused: fault.message }));
  const found = usePolled(load, "curves", 5_000);
  if (!found) return <p className="muted">Loading…</p>;
  const [newest] = found.curves.slice(-1);
  if (!newest) {
    return (
      <div className="view curves-view">
        <Panel id="curve" title="Forward curves" from={found}>
          <p className="muted">{found.refused || "No curve is kept yet."}</p>
        </Panel>
      </div>
    );
  }
  const shown = read(isView ? choice.detail : own);
  const show = (part: Partial<Shown>): void => {
    const now = { ...shown, ...part };
    const detail = [now.version, now.against, now.tenor, now.product].join("|");
    if (isView) choose({ detail });
    else setOwn(detail);
  };
  const byVersion = new Map(found.curves.map((one) => [one.version, one]));
  const chosen = byVersion.get(shown.version) ?? newest;
  return (
    <div className="view curves-view">
      <Versions rows={found.curves} from={found} chosen={chosen} onChoose={(version) => show({ version, product: "" })} />
      <One chosen={chosen} against={byVersion.get(shown.against)} all={found.curves} shown={shown} show={show} />
    </div>
  );
}

interface VersionsProps {
  from: object;
  rows: CurveVersion[];
  chosen: CurveVersion;
  onChoose: (version: string) => void;
}

function Versions({ rows, from, chosen, onChoose }: VersionsProps): ReactNode {
  const zone = useZone();
  const newest = useMemo(() => [...rows].reverse(), [rows]);
  const columns = useMemo<Column<CurveVersion>[]>(
    () => [
      {
        name: "day", value: (row) => row.as_of, text: true,
        show: (row) => <button type="button" className="small" aria-pressed={row.version === chosen.version} aria-label={`Show ${row.place} of ${row.as_of}, ${row.version}`} onClick={() => onChoose(row.version)}>{row.as_of}</button>,
      },
      { name: "place", value: (row) => row.place, text: true },
      { name: "version", value: (row) => row.version, show: (row) => <code>{row.version}</code>, text: true },
      { name: "kept", value: (row) => iso(row.made_ns, zone), show: (row) => dated(row.made_ns, zone), text: true },
      { name: "periods", value: (row) => row.step.replace("_", "-"), text: true },
      { name: "shape", value: (row) => row.shape, text: true },
    ],
    [zone, chosen, onChoose],
  );
  return <Table id="versions" title="Forward curves that are kept" rows={newest} columns={columns} row={(row) => row.number} empty="None." from={from} />;
}

function useCurve(one: CurveVersion | undefined, tenor: string): Curve | null {
  const path = one && `/v1/curves/${encodeURIComponent(one.place)}/days/${one.as_of}?version=${one.version}&tenor=${tenor}`;
  // A version never changes.
  return usePolled(() => (path ? get<Curve>(path) : Promise.reject(new Error("none"))), path ?? "", 3_600_000);
}

interface OneProps {
  chosen: CurveVersion;
  against: CurveVersion | undefined;
  all: CurveVersion[];
  shown: Shown;
  show: (part: Partial<Shown>) => void;
}

function One({ chosen, against, all, shown, show }: OneProps): ReactNode {
  const zone = useZone();
  const curve = useCurve(chosen, shown.tenor);
  const other = useCurve(against?.place === chosen.place ? against : undefined, shown.tenor);
  const rows = useMemo(() => curve?.base ?? [], [curve]);
  const at = useMemo(() => rows.map((one) => one.delivery_start), [rows]);
  const lines = useMemo<PlotLine[]>(() => {
    const along = (found: CurveAverage[]): (number | null)[] => {
      const prices = new Map(found.map((one) => [one.delivery_start, one.price]));
      // Peak begins later on the same day.
      const byDay = new Map(found.map((one) => [one.product.replace(/ \w+$/, ""), one.price]));
      return rows.map((one) => prices.get(one.delivery_start) ?? byDay.get(one.product.replace(/ \w+$/, "")) ?? null);
    };
    const made: PlotLine[] = [{ name: `base, ${chosen.as_of}`, unit: "", values: along(rows), stepped: true }];
    if (curve?.peak.length) made.push({ name: `peak, ${chosen.as_of}`, unit: "", values: along(curve.peak), stepped: true });
    if (other) made.push({ name: `base, ${other.as_of}${other.as_of === chosen.as_of ? `, ${other.version}` : ""}`, unit: "", values: along(other.base), stepped: true });
    return made;
  }, [rows, curve, other, chosen]);
  const before = useMemo(() => new Map(other?.base.map((one) => [one.product, one.price])), [other]);
  const columns = useMemo<Column<CurveAverage>[]>(
    () => [
      {
        name: "delivery", value: (row) => row.product, text: true,
        show: (row) => <button type="button" className="small" onClick={() => show({ product: row.product })}>{row.product}</button>,
      },
      { name: "from", value: (row) => iso(row.delivery_start, zone), show: (row) => dated(row.delivery_start, zone), text: true },
      { name: "hours", value: (row) => row.hours },
      { name: "price", value: (row) => row.price, show: (row) => fixed(row.price, 0.001) },
      { name: "before", value: (row) => before.get(row.product), show: (row) => fixed(before.get(row.product), 0.001) },
      { name: "change", value: (row) => change(row, before), show: (row) => signed(change(row, before)) },
    ],
    [zone, before, show],
  );
  const tools = (
    <>
      <select aria-label="Deliveries of the curve" value={shown.tenor} onChange={(event) => show({ tenor: event.target.value })}>
        {TENORS.map((one) => <option key={one} value={one}>by {one}</option>)}
      </select>
      <select aria-label="Against" value={against?.version ?? ""} onChange={(event) => show({ against: event.target.value })}>
        <option value="">against no other</option>
        {all.filter((one) => one.place === chosen.place && one.version !== chosen.version).map((one) => (
          <option key={one.number} value={one.version}>against {one.as_of}, {moment(one.made_ns, zone)}</option>
        ))}
      </select>
    </>
  );
  return (
    <>
      <Panel id="curve" title={`${chosen.place} as of ${chosen.as_of}`} tools={tools} event={chosen.made_ns} received={chosen.made_ns} zone={zone} sheet={() => plotSheet(at, lines, zone)}>
        <Plot at={at} lines={lines} zone={zone} label="price" height={260} about={`Forward curve of ${chosen.place} as of ${chosen.as_of}; the table below holds its numbers.`} />
      </Panel>
      <Table id="averages" title={`Curve by ${shown.tenor}`} rows={rows} columns={columns} row={(row) => row.product} empty="No such delivery lies wholly on the curve." event={chosen.made_ns} received={chosen.made_ns} />
      <Quotes rows={curve?.quotes ?? []} made={chosen.made_ns} />
      {shown.product && <History place={chosen.place} product={shown.product} />}
    </>
  );
}

/** With its year: a curve reaches over several. */
const dated = (ns: number, zone: string): string => iso(ns, zone).slice(0, 16).replace("T", " ");

function change(row: CurveAverage, before: Map<string, number>): number | null {
  const was = before.get(row.product);
  return was === undefined ? null : row.price - was;
}

function signed(value: number | null): ReactNode {
  if (value === null) return "–";
  return `${value > 0 ? "▲ +" : value < 0 ? "▼ " : ""}${fixed(value, 0.001)}`;
}

const QUOTE_COLUMNS: Column<CurveQuote>[] = [
  { name: "quote", value: (row) => row.product, text: true },
  { name: "bid", value: (row) => row.bid, show: (row) => fixed(row.bid, 0.001) },
  { name: "ask", value: (row) => row.ask, show: (row) => fixed(row.ask, 0.001) },
  { name: "curve", value: (row) => row.average, show: (row) => fixed(row.average, 0.001) },
  { name: "met", value: (row) => row.met, text: true },
  { name: "age, hours", value: (row) => row.age_hours },
];

function Quotes({ rows, made }: { rows: CurveQuote[]; made: number }): ReactNode {
  return <Table id="curve-quotes" title="How each quote is met" rows={rows} columns={QUOTE_COLUMNS} row={(row) => row.product} empty="No quote." event={made} received={made} />;
}

const HISTORY_COLUMNS: Column<ProductPrice>[] = [
  { name: "day", value: (row) => row.as_of, text: true },
  { name: "price", value: (row) => row.price, show: (row) => fixed(row.price, 0.001) },
  { name: "version", value: (row) => row.version, text: true },
];

function History({ place, product }: { place: string; product: string }): ReactNode {
  const load = (): Promise<ProductPrices> => get(`/v1/curves/${encodeURIComponent(place)}/products?product=${encodeURIComponent(product)}`);
  const found = usePolled(load, `${place} ${product}`, 60_000);
  const rows = useMemo(() => found?.rows ?? [], [found]);
  return <Table id="product-history" title={`${product} from day to day`} rows={rows} columns={HISTORY_COLUMNS} row={(row) => row.as_of} empty="No curve tells it." from={found} />;
}
