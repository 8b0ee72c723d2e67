// Bilateral deals of a book: ticket, amend and cancel, approval by a second person, every version.
import { useMemo, useRef, useState, type ReactNode } from "react";
import { get } from "./api";
import { Closed } from "./closes";
import { iso, number } from "./format";
import { Panel } from "./panel";
import { useSend } from "./send";
import { usePolled } from "./poll";
import { useDesk, useZone } from "./state";
import { Table, type Column } from "./table";
import type { Amendment, Deal, DealHistory, Deals, StructuredBooked, StructuredDeal, StructuredHistory, StructuredVersion } from "./types";

type Draft = Record<
  "deal" | "trade_date" | "book" | "trader" | "counterparty" | "product" | "side" | "power_mw" | "price" | "currency" | "fee" | "status",
  string
>;

export function DealsView(): ReactNode {
  const [turn, setTurn] = useState(0);
  const newest = usePolled(() => get<Deals>("/v1/deals"), `deals ${turn}`, 3_000);
  // What stood before a change is shown until the book has been read again.
  const last = useRef<Deals | null>(null);
  if (newest) last.current = newest;
  const found = last.current;
  const [person, setPerson] = useState("");
  const [draft, setDraft] = useState<Draft | null>(null);
  const [told, setTold] = useState("");
  const [toldStructured, setToldStructured] = useState("");
  if (!found) return <p className="muted">The book is being read.</p>;
  if (!found.has_book) {
    return (
      <div className="view deals-view">
        <Panel id="deals" title="Deals" from={found}>
          <p className="muted">No book of deals stands beside this run; open the desk with --book DIR.</p>
        </Panel>
      </div>
    );
  }
  const actor = person || found.persons[0] || "";
  const changed = (): void => setTurn(turn + 1);
  const change = (deal: Deal, status: "live" | "cancelled"): void =>
    setDraft({
      ...deal, status, power_mw: String(deal.power_mw || ""), price: String(deal.price), fee: String(deal.fee),
    });
  return (
    <div className="view deals-view">
      <Deals rows={found.deals} from={found} onChange={change} onHistory={setTold} person={actor} />
      <Ticket key={JSON.stringify(draft)} list={found} draft={draft} person={actor} onPerson={setPerson} onDone={changed} />
      <Pending rows={found.pending} from={found} person={actor} onDone={changed} />
      {told && <History deal={told} turn={turn} />}
      <Structured rows={found.structured} from={found} person={actor} onHistory={setToldStructured} onDone={changed} />
      <DocumentTicket from={found} person={actor} onDone={changed} />
      {toldStructured && <StructuredVersions deal={toldStructured} turn={turn} />}
      <Closed list={found} />
      <RefusedRows list={found} />
    </div>
  );
}

interface DealsProps {
  from: object;
  rows: Deal[];
  person: string;
  onChange: (deal: Deal, status: "live" | "cancelled") => void;
  onHistory: (deal: string) => void;
}

function Deals({ rows, from, onChange, onHistory }: DealsProps): ReactNode {
  const columns = useMemo<Column<Deal>[]>(
    () => [
      {
        name: "deal", value: (row) => row.deal, text: true,
        show: (row) => <button type="button" className="small" aria-label={`History of ${row.deal}`} onClick={() => onHistory(row.deal)}>{row.deal}</button>,
      },
      ...terms,
      {
        name: "change", value: () => "", text: true, isAct: true,
        show: (row) => (
          <>
            <button type="button" className="small" aria-label={`Amend ${row.deal}`} onClick={() => onChange(row, "live")}>Amend</button>{" "}
            {row.status === "live" && (
              <button type="button" className="small" aria-label={`Cancel ${row.deal}`} onClick={() => onChange(row, "cancelled")}>Cancel</button>
            )}
          </>
        ),
      },
    ],
    [onChange, onHistory],
  );
  return <Table id="deals" title="Deals as they stand" rows={rows} columns={columns} row={(row) => row.deal} empty="The book has no deal." from={from} />;
}

const terms: Column<Deal>[] = [
  { name: "traded", value: (row) => row.trade_date, text: true },
  { name: "book", value: (row) => row.book, text: true },
  { name: "trader", value: (row) => row.trader, text: true },
  { name: "counterparty", value: (row) => row.counterparty, text: true },
  { name: "product", value: (row) => row.product, text: true },
  { name: "side", value: (row) => row.side, show: (row) => (row.side === "buy" ? "▲ buy" : "▽ sell"), text: true },
  { name: "MW", value: (row) => row.power_mw, show: (row) => number(row.power_mw, 6) },
  { name: "price", value: (row) => row.price, show: (row) => `${row.price.toFixed(2).replace("-", "−")} ${row.currency}` },
  { name: "state", value: (row) => row.status, text: true },
  { name: "version", value: (row) => row.version },
];

interface TicketProps {
  list: Deals;
  draft: Draft | null;
  person: string;
  onPerson: (name: string) => void;
  onDone: () => void;
}

function Ticket({ list, draft, person, onPerson, onDone }: TicketProps): ReactNode {
  const { say } = useDesk();
  const send = useSend();
  const [fields, setFields] = useState<Draft>(
    draft ?? {
      deal: "", trade_date: new Date().toISOString().slice(0, 10), book: list.books[0] ?? "", trader: list.traders[0] ?? "",
      counterparty: list.counterparties[0] ?? "", product: "", side: "buy", power_mw: "", price: "", currency: list.currencies[0] ?? "",
      fee: "0", status: "live",
    },
  );
  const [said, setSaid] = useState("");
  const set = (name: keyof Draft) => (event: { target: { value: string } }): void =>
    setFields({ ...fields, [name]: event.target.value });
  const enter = async (): Promise<void> => {
    // What is shown of a deal beside its terms does not belong to the request.
    const body = Object.fromEntries(NAMES.map((name) => [name, fields[name]]));
    try {
      const done = await send<{ new: number; unchanged: number; waits: number }>("POST", "/v1/deals", { ...body, person });
      const text = done.new ? "Booked." : done.waits ? "Waits for a second person." : "It stands like this already.";
      setSaid(text);
      say(`Deal ${fields.deal}: ${text}`);
      onDone();
    } catch (fault) {
      setSaid((fault as Error).message);
    }
  };
  const choose = (name: keyof Draft, label: string, among: string[]): ReactNode => (
    <label>
      {label}
      <select value={fields[name]} onChange={set(name)}>{among.map((one) => <option key={one}>{one}</option>)}</select>
    </label>
  );
  const write = (name: keyof Draft, label: string, pattern?: string): ReactNode => (
    <label>
      {label}
      <input value={fields[name]} required pattern={pattern} onChange={set(name)} />
    </label>
  );
  return (
    <Panel id="deal-ticket" from={list} title={draft ? `${fields.status === "cancelled" ? "Cancel" : "Amend"} ${fields.deal}` : "New deal"}>
      <form className="fields" onSubmit={(event) => { event.preventDefault(); void enter(); }}>
        {write("deal", "Deal")}
        {write("trade_date", "Traded", "\\d{4}-\\d{2}-\\d{2}")}
        {choose("book", "Book", list.books)}
        {choose("trader", "Trader", list.traders)}
        {choose("counterparty", "Counterparty", list.counterparties)}
        {write("product", "Product")}
        {choose("side", "Side", ["buy", "sell"])}
        {write("power_mw", "MW", "\\d+(\\.\\d{1,6})?")}
        {write("price", "Price", "-?\\d+(\\.\\d{1,6})?")}
        {choose("currency", "Currency", list.currencies)}
        {write("fee", "Fee", "-?\\d+(\\.\\d{1,6})?")}
        <label>
          Person
          <select value={person} onChange={(event) => onPerson(event.target.value)}>
            {list.persons.map((one) => <option key={one}>{one}</option>)}
          </select>
        </label>
        <button type="submit">{draft ? (fields.status === "cancelled" ? "Ask to cancel" : "Ask to amend") : "Book"}</button>
      </form>
      <p role="status">{said}</p>
    </Panel>
  );
}

const NAMES: (keyof Draft)[] = [
  "deal", "trade_date", "book", "trader", "counterparty", "product", "side", "power_mw", "price", "currency", "fee", "status",
];

function Pending({ rows, from, person, onDone }: { rows: Amendment[]; from: object; person: string; onDone: () => void }): ReactNode {
  const { say } = useDesk();
  const send = useSend();
  const columns = useMemo<Column<Amendment>[]>(() => {
    const decide = async (row: Amendment, approves: boolean): Promise<void> => {
      try {
        await send("POST", `/v1/deals/amendments/${row.number}`, { approves, person });
        say(`Amendment ${row.number} is ${approves ? "approved" : "rejected"} by ${person}.`);
      } catch (fault) {
        say((fault as Error).message);
      }
      onDone();
    };
    return [
      { name: "number", value: (row) => row.number, text: true },
      { name: "of", value: (row) => row.deal ?? "the reference", text: true },
      { name: "why", value: (row) => row.reason, text: true },
      { name: "MW", value: (row) => row.power_mw, show: (row) => (row.power_mw === 0 ? "cancelled" : number(row.power_mw, 6)) },
      { name: "price", value: (row) => row.price, show: (row) => row.price?.toFixed(2).replace("-", "−") ?? "–" },
      { name: "entered by", value: (row) => row.entered_by, text: true },
      {
        name: "decide", value: () => "", text: true, isAct: true,
        show: (row) => (
          <>
            <button type="button" className="small" aria-label={`Approve ${row.number} as ${person}`} onClick={() => void decide(row, true)}>Approve</button>{" "}
            <button type="button" className="small" aria-label={`Reject ${row.number} as ${person}`} onClick={() => void decide(row, false)}>Reject</button>
          </>
        ),
      },
    ];
  }, [person, say, send, onDone]);
  return (
    <Table
      id="pending" title={`Amendments that wait; you decide as ${person}`} rows={rows} columns={columns}
      row={(row) => row.number} empty="Nothing waits for a second person." from={from}
    />
  );
}

interface StructuredProps {
  from: object;
  rows: StructuredDeal[];
  person: string;
  onHistory: (deal: string) => void;
  onDone: () => void;
}

/** Deals that are documents: swaps, options, gas, power with schedules of their own. */
function Structured({ rows, from, person, onHistory, onDone }: StructuredProps): ReactNode {
  const { say } = useDesk();
  const send = useSend();
  const columns = useMemo<Column<StructuredDeal>[]>(() => {
    const cancel = async ({ deal }: StructuredDeal): Promise<void> => {
      try {
        const done = await send<StructuredBooked>("POST", `/v1/structured-deals/${encodeURIComponent(deal)}/cancel`, { person });
        say(`The cancellation of ${deal} ${done.waits ? "waits for a second person" : "waits already"}.`);
      } catch (fault) {
        say((fault as Error).message);
      }
      onDone();
    };
    return [
      {
        name: "deal", value: (row) => row.deal, text: true,
        show: (row) => <button type="button" className="small" aria-label={`History of ${row.deal}`} onClick={() => onHistory(row.deal)}>{row.deal}</button>,
      },
      { name: "kind", value: (row) => row.kind, text: true },
      { name: "traded", value: (row) => row.trade_date, text: true },
      { name: "from", value: (row) => row.first, text: true },
      { name: "until", value: (row) => row.last, text: true },
      { name: "between", value: (row) => row.parties, text: true },
      { name: "legs", value: (row) => row.legs, text: true },
      { name: "currency", value: (row) => row.currency, text: true },
      { name: "state", value: (row) => row.status, text: true },
      { name: "version", value: (row) => row.version },
      {
        name: "change", value: () => "", text: true, isAct: true,
        show: (row) => row.status === "live" && (
          <button type="button" className="small" aria-label={`Cancel ${row.deal} as ${person}`} onClick={() => void cancel(row)}>Cancel</button>
        ),
      },
    ];
  }, [person, say, send, onHistory, onDone]);
  return (
    <Table
      id="structured" title="Structured deals as they stand" rows={rows} columns={columns} row={(row) => row.deal}
      empty="The book has no structured deal." from={from}
    />
  );
}

function DocumentTicket({ from, person, onDone }: { from: object; person: string; onDone: () => void }): ReactNode {
  const send = useSend();
  const [file, setFile] = useState<File | null>(null);
  const [said, setSaid] = useState("");
  const enter = async (): Promise<void> => {
    if (!file) return;
    try {
      const done = await send<StructuredBooked>("POST", "/v1/structured-deals", { name: file.name, document: await file.text(), person });
      const counts = [[done.new, "booked"], [done.waits, "waiting for a second person"], [done.unchanged, "as it stands already"], [done.overtaken, "behind a later message"]] as const;
      setSaid([...counts.filter(([count]) => count).map(([count, text]) => `${count} ${text}`), ...done.notes].join("; "));
    } catch (fault) {
      setSaid((fault as Error).message);
    }
    onDone();
  };
  return (
    <Panel id="document-ticket" from={from} title={`New or amended structured deal, as ${person}`}>
      <form className="fields" onSubmit={(event) => { event.preventDefault(); void enter(); }}>
        <label>
          Document of FpML
          <input type="file" accept=".xml" required onChange={(event) => setFile(event.target.files?.[0] ?? null)} />
        </label>
        <button type="submit" disabled={!file}>Book document</button>
      </form>
      <p role="status">{said}</p>
    </Panel>
  );
}

function StructuredVersions({ deal, turn }: { deal: string; turn: number }): ReactNode {
  const zone = useZone();
  const load = (): Promise<StructuredHistory> => get(`/v1/structured-deals/${encodeURIComponent(deal)}/history`);
  const found = usePolled(load, `structured ${deal} ${turn}`, 5_000);
  const columns = useMemo<Column<StructuredVersion>[]>(
    () => [
      { name: "version", value: (row) => row.version },
      { name: "state", value: (row) => row.state, text: true },
      { name: "deal is", value: (row) => row.status, text: true },
      { name: "changes", value: (row) => row.changes || null, text: true },
      { name: "known", value: (row) => iso(row.known_ns, zone), text: true },
      { name: "entered by", value: (row) => row.entered_by, text: true },
      { name: "decided by", value: (row) => row.decided_by, text: true },
      { name: "comment", value: (row) => row.comment || null, text: true },
      { name: "document", value: (row) => row.file || null, text: true },
    ],
    [zone],
  );
  return (
    <>
      <Table
        id="structured-history" title={`Every version of ${deal}`} rows={found?.versions ?? []} columns={columns}
        row={(row) => `${row.known_ns} ${row.state} ${row.changes}`} empty="It is being read." from={found}
      />
      <Table id="terms" title={`Terms of ${deal}`} rows={found?.terms ?? []} columns={TERMS} row={([name]) => name} empty="No version stands." from={found} />
    </>
  );
}

const TERMS: Column<[string, string]>[] = [
  { name: "term", value: ([name]) => name, text: true },
  { name: "value", value: ([, value]) => value, text: true },
];

function History({ deal, turn }: { deal: string; turn: number }): ReactNode {
  const zone = useZone();
  const load = (): Promise<DealHistory> => get(`/v1/deals/${encodeURIComponent(deal)}/history`);
  const found = usePolled(load, `history ${deal} ${turn}`, 5_000);
  const columns = useMemo<Column<Deal>[]>(
    () => [
      ...terms,
      { name: "known", value: (row) => iso(row.known_ns, zone), text: true },
      { name: "entered by", value: (row) => row.entered_by, text: true },
      { name: "approved by", value: (row) => row.approved_by, text: true },
    ],
    [zone],
  );
  return (
    <Table
      id="history" title={`Every version of ${deal}`} rows={found?.versions ?? []} columns={columns}
      row={(row) => row.version} empty="It is being read." from={found}
    />
  );
}

function RefusedRows({ list }: { list: Deals }): ReactNode {
  const refused: Column<Deals["refused"][number]>[] = [
    { name: "file", value: (row) => row.file, text: true },
    { name: "row", value: (row) => row.row },
    { name: "field", value: (row) => row.field, text: true },
    { name: "value", value: (row) => row.value, text: true },
    { name: "why", value: (row) => row.reason, text: true },
  ];
  return <Table id="refused-rows" title="Rows that were not booked" rows={list.refused} columns={refused} row={(row) => `${row.file} ${row.row} ${row.field}`} empty="Every row was booked." from={list} />;
}
