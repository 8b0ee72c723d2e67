// Closed days of the book: what each was worth, why that changed, what options earned by Greek.
import { useMemo, useState, type ReactNode } from "react";
import { get } from "./api";
import { fixed, number, words } from "./format";
import { usePolled } from "./poll";
import { amount, money } from "./portfolio";
import { Table, type Column } from "./table";
import type { ClosedBook, ClosedState, ClosePosition, Deals, OptionPnl } from "./types";

const GREEKS = ["delta", "gamma", "vega", "vanna", "volga", "theta", "unexplained"] as const;

const OPTIONS: Column<OptionPnl>[] = [
  { name: "book", value: (row) => row.book, text: true },
  { name: "deal", value: (row) => row.deal, text: true },
  ...GREEKS.map((name): Column<OptionPnl> => ({ name, value: (row) => row[name], show: (row) => money(row[name]) })),
];

const POSITIONS: Column<ClosePosition>[] = [
  { name: "book", value: (row) => row.book, text: true },
  { name: "place", value: (row) => row.place, text: true },
  { name: "month", value: (row) => row.month.slice(0, 7), text: true },
  { name: "MWh", value: (row) => row.energy_mwh, show: (row) => number(row.energy_mwh, 3) },
  { name: "of it peak, MWh", value: (row) => row.peak_mwh, show: (row) => number(row.peak_mwh, 3) },
  { name: "price per MWh", value: (row) => row.price, show: (row) => `${fixed(row.price, 0.01)} ${row.currency}` },
  { name: "market value", value: (row) => row.market_value, show: (row) => <>{row.is_marked && <span title="at a price that somebody set">† </span>}{money(row.market_value)}</> },
];

/** Every closed day; the newest, or the one that is chosen, with its end-of-day state. */
export function Closed({ list }: { list: Deals }): ReactNode {
  const [wanted, setWanted] = useState<string | null>(null);
  const shown = list.closed.find((one) => one.day === wanted) ?? list.closed.at(-1);
  const columns: Column<Deals["closed"][number]>[] = [
    {
      name: "day", value: (row) => row.day, text: true,
      show: (row) => (
        <button type="button" className="small" aria-pressed={row.day === shown?.day} onClick={() => setWanted(row.day)}>
          {row.day}
        </button>
      ),
    },
    { name: "signed by", value: (row) => row.signed_by ?? "not signed", text: true },
    { name: "digest", value: (row) => row.digest.slice(0, 16), text: true },
  ];
  return (
    <>
      <Table id="closed" title="Closed days" rows={list.closed} columns={columns} row={(row) => row.day} empty="No day is closed." from={list} />
      {shown && <EndOfDay key={`${shown.day} ${shown.digest}`} day={shown.day} />}
    </>
  );
}

function EndOfDay({ day }: { day: string }): ReactNode {
  const found = usePolled(() => get<ClosedState>(`/v1/deals/closes/${day}`), `close ${day}`, 5_000);
  const columns = useMemo<Column<ClosedBook>[]>(() => {
    const lines = [...new Set((found?.books ?? []).flatMap((row) => Object.keys(row.lines)))];
    return [
      { name: "book", value: (row) => row.book, text: true },
      ...lines.map((line): Column<ClosedBook> => ({ name: words(line), value: (row) => row.lines[line], show: (row) => money(row.lines[line]) })),
      { name: "together", value: together, show: (row) => <b>{money(together(row))}</b> },
      { name: "unexplained", value: (row) => row.unexplained, show: (row) => money(row.unexplained) },
      { name: "value", value: (row) => row.value, show: (row) => money(row.value) },
      { name: "value at risk", value: (row) => row.value_at_risk, show: (row) => (row.value_at_risk === null ? "no history" : amount(row.value_at_risk)) },
    ];
  }, [found]);
  return (
    <>
      <Table
        id="end-of-day" title={`End of ${day}`} rows={found?.books ?? []} columns={columns} row={(row) => row.book}
        empty={found ? "No book had a deal." : "It is being read."} from={found}
        more={
          <span className="muted">
            {found?.breaches.map((one) => `▲ ${one.limit}: ${number(one.found, 0)} is above ${number(one.most, 0)}. `)}
            {found && found.later_deals > 0 && `${found.later_deals} deals are dated after the day. `}
            {found?.notes.join("; ")}
          </span>
        }
      />
      <Table
        id="end-positions" title={`Positions at the end of ${day}`} rows={found?.positions ?? []} columns={POSITIONS}
        row={(row) => `${row.book} ${row.place} ${row.month}`} empty={found ? "Nothing is open." : "It is being read."} from={found}
      />
      {found && found.options.length > 0 && (
        <Table
          id="option-pnl" title={`What options earned on ${day}, by Greek`} rows={found.options} columns={OPTIONS}
          row={(row) => `${row.book} ${row.deal}`} empty="No option was held." from={found}
        />
      )}
    </>
  );
}

/** P&L of the day: all lines of it. */
const together = (row: ClosedBook): number => Object.values(row.lines).reduce((sum, line) => sum + line, 0);
