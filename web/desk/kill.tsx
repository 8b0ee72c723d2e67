// The kill switch: in the head of every view, by keyboard, also when the market's prices are old.
import { useEffect, useRef, useState, type ReactNode, type RefObject } from "react";
import { get, request } from "./api";
import { moment } from "./format";
import { useSend } from "./send";
import { usePolled } from "./poll";
import { useDesk, useZone } from "./state";
import type { ScopeAsked, StopDone, StopState } from "./types";

const ALL = "all";
const ROLES = ["viewer", "trader", "risk", "compliance", "admin"];

/** The button that is always there, and what it opens; neither asks the stream. */
export function Kill(): ReactNode {
  const [isOpen, setOpen] = useState(false);
  const [turn, setTurn] = useState(0);
  const opener = useRef<HTMLButtonElement>(null);
  // Over its own request, so that it tells the truth when the stream says nothing.
  const found = usePolled(() => get<StopState>("/v1/kill-switch"), `kill ${turn}`, 1_000);
  const last = useRef<StopState | null>(null);
  if (found) last.current = found;
  const shown = found ?? last.current;
  useEffect(() => {
    const key = (event: KeyboardEvent): void => {
      // Wherever the keys are: a button that was pressed and is disabled meanwhile has lost them.
      if (event.key === "Escape") setOpen(false);
      const target = event.target as HTMLElement;
      if (event.ctrlKey || event.altKey || event.metaKey || target.matches("input, select, textarea")) return;
      if (event.key.toLowerCase() === "k") {
        event.preventDefault();
        setOpen(true);
      }
    };
    addEventListener("keydown", key);
    return () => removeEventListener("keydown", key);
  }, []);
  return (
    <>
      <button
        ref={opener} type="button" className={`kill${shown?.is_stopped ? " is-stopped" : ""}`} title="Key K"
        aria-haspopup="dialog" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}
      >
        {shown?.is_stopped ? "■ Stopped" : "■ Stop trading"}
      </button>
      {isOpen && shown && (
        <KillDialog shown={shown} opener={opener} onAct={() => setTurn(turn + 1)} onClose={() => setOpen(false)} />
      )}
    </>
  );
}

interface DialogProps {
  shown: StopState;
  opener: RefObject<HTMLButtonElement | null>;
  onAct: () => void;
  onClose: () => void;
}

function KillDialog({ shown, opener, onAct, onClose }: DialogProps): ReactNode {
  const { choice, byNumber, store } = useDesk();
  const [chosen, setChosen] = useState(ALL);
  const [isReleasing, setReleasing] = useState(false);
  const [said, setSaid] = useState("");
  const [isSending, setSending] = useState(false);
  const first = useRef<HTMLSelectElement>(null);
  const send = useSend();
  useEffect(() => {
    const before = document.activeElement;
    first.current?.focus();
    // Back to where the keys were, or to the button where they were nowhere.
    return () => (before instanceof HTMLElement && before !== document.body ? before : opener.current)?.focus();
  }, [opener]);
  useEffect(() => setReleasing(false), [chosen]);
  const instrument = choice.instrument === null ? undefined : byNumber.get(choice.instrument);
  const scope = scopeOf(chosen);
  const open = [...store.orders.values()].filter((order) => order.kind === "order" && order.open > 0).length;
  const act = async (what: "stop" | "release"): Promise<void> => {
    setSending(true);
    setReleasing(false);
    try {
      const done = await send<StopDone>("POST", `/v1/kill-switch/${what}`, scope);
      setSaid(
        done.allowed
          ? "Released. Orders that were taken back stay so."
          : `Stopped. ${done.orders} ${done.orders === 1 ? "order is" : "orders are"} being taken back.`,
      );
    } catch (fault) {
      setSaid((fault as Error).message);
    } finally {
      setSending(false);
      onAct();
    }
  };
  const release = (): void => {
    if (isReleasing) void act("release");
    else setReleasing(true);
  };
  return (
    <div className="kill-dialog" role="dialog" aria-labelledby="kill-title">
      <h2 id="kill-title">Kill switch</h2>
      <p className="muted">
        Stops new orders and takes open ones back at once, also while prices are old.
        {shown.takes_stops ? ` ${open} open by what was shown last.` : " This run has ended: there is nothing to stop."}
      </p>
      <label>
        What{" "}
        <select ref={first} value={chosen} onChange={(event) => setChosen(event.target.value)}>
          <option value={ALL}>Everything</option>
          {shown.scopes.venues.map((name) => <option key={name} value={`venue ${name}`}>Venue: {name}</option>)}
          {shown.scopes.trading_books.map((name) => <option key={name} value={`trading_book ${name}`}>Book: {name}</option>)}
          {shown.scopes.strategies.map((name) => <option key={name} value={`strategy ${name}`}>Strategy: {name}</option>)}
          {shown.scopes.counterparties.map((name) => <option key={name} value={`counterparty ${name}`}>Counterparty: {name}</option>)}
          {shown.scopes.members.map((name) => <option key={name} value={`member ${name}`}>Clearing member: {name}</option>)}
          {instrument && <option value={`instrument ${instrument.instrument}`}>Delivery period: {instrument.symbol}</option>}
        </select>
      </label>
      <p className="acts">
        <button type="button" className="sure" disabled={isSending || !shown.takes_stops} onClick={() => void act("stop")}>
          ■ Stop {chosen === ALL ? "everything" : chosen.replace(/^\w+ /, "")} now
        </button>
        <button type="button" disabled={isSending || !shown.takes_stops || !shown.acts.length} onClick={release}>
          {isReleasing ? "Confirm: let orders pass again" : "Release…"}
        </button>
        <button type="button" onClick={onClose}>Close</button>
      </p>
      <p role="status">{said}</p>
      {shown.in_force.length > 0 && <h3>In force</h3>}
      <ul>{shown.in_force.map((one) => <li key={`${one.at} ${one.allowed}`}>{one.allowed ? "○ allowed" : "■ stopped"}: {named(one, byNumber)}</li>)}</ul>
      {shown.acts.length > 0 && <h3>What was done</h3>}
      <ul className="done">{shown.acts.slice(0, 6).map((one) => <Done key={`${one.at} ${one.allowed} ${one.by}`} act={one} />)}</ul>
      <Role onFault={setSaid} />
    </div>
  );
}

function Done({ act }: { act: StopDone }): ReactNode {
  const { byNumber } = useDesk();
  const zone = useZone();
  const counts = act.allowed
    ? "released"
    : `${act.cancelled} of ${act.orders} cancelled, ${act.open} open, ${act.ended_otherwise} ended otherwise, ${act.refused.length} refused`;
  return (
    <li data-cancelled={act.cancelled} data-open={act.open}>
      {moment(act.at, zone)} {act.by}: {named(act, byNumber)}: <b>{counts}</b>
      {act.refused.map((why) => ` ${why}`)}
    </li>
  );
}

/** Who acts: a release is for the roles risk and admin. */
function Role({ onFault }: { onFault: (said: string) => void }): ReactNode {
  const [role, setRole] = useState("");
  useEffect(() => {
    get<{ role: string }>("/v1/session").then((found) => setRole(found.role), () => undefined);
  }, []);
  const take = async (wanted: string): Promise<void> => {
    try {
      setRole((await request<{ role: string }>("POST", "/v1/session", { role: wanted })).role);
    } catch (fault) {
      onFault((fault as Error).message);
    }
  };
  return (
    <label className="muted">
      Your role{" "}
      <select value={role} onChange={(event) => void take(event.target.value)}>
        {!ROLES.includes(role) && <option value={role}>{role}</option>}
        {ROLES.map((name) => <option key={name}>{name}</option>)}
      </select>{" "}
      traders and risk stop; risk and admin release
    </label>
  );
}

function scopeOf(chosen: string): ScopeAsked {
  if (chosen === ALL) return {};
  const place = chosen.indexOf(" ");
  const [part, name] = [chosen.slice(0, place), chosen.slice(place + 1)];
  return part === "instrument" ? { instrument: Number(name) } : { [part]: name };
}

function named(act: StopDone, byNumber: Map<number, { symbol: string }>): string {
  const { venue, trading_book, strategy, instrument, trader, counterparty, member } = act.scope;
  const parts = [
    venue && `venue ${venue}`,
    trading_book && `book ${trading_book}`,
    strategy && `strategy ${strategy}`,
    instrument !== null && (byNumber.get(instrument)?.symbol ?? `#${instrument}`),
    trader !== null && `trader ${trader}`,
    counterparty && `counterparty ${counterparty}`,
    member && `clearing member ${member}`,
  ].filter(Boolean);
  return parts.join(", ") || "everything";
}
