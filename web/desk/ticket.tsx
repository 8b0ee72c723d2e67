// Orders by hand, into a run that goes on: armed first, one key a ticket, nothing shown before it is so.
import { useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import { fixed, number, words } from "./format";
import { side as sideText } from "./market";
import { Panel } from "./panel";
import { useSend } from "./send";
import { useChosen, useDesk, useTopic } from "./state";
import type { Instrument, Order, Side } from "./types";

/** A volume above this many lots, or a price farther than this from the best one, is asked about. */
const LARGE_LOTS = 50;
const FAR_SHARE = 0.1;
const FAR_LEAST = 2;

interface Asked {
  instrument: number;
  side: Side;
  price: string;
  volume: string;
  time_in_force: string;
}

const TIMES = ["good_for_session", "immediate_or_cancel", "fill_or_kill"];

export function Ticket(): ReactNode {
  const { instrument } = useChosen();
  return instrument && <TicketOf instrument={instrument} />;
}

function TicketOf({ instrument }: { instrument: Instrument }): ReactNode {
  const store = useTopic("quotes");
  useTopic("link");
  const { say, draft, setDraft, isArmed, arm } = useDesk();
  const [side, setSide] = useState<Side>("buy");
  const [price, setPrice] = useState("");
  const [volume, setVolume] = useState(String(instrument.lot));
  const [time, setTime] = useState(TIMES[0] ?? "");
  const [doubt, setDoubt] = useState<{ asked: Asked; text: string } | null>(null);
  const [isSending, setSending] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const send = useSend();
  const form: Asked = { instrument: instrument.instrument, side, price, volume, time_in_force: time };
  useEffect(() => {
    const key = (event: KeyboardEvent): void => {
      const target = event.target as HTMLElement;
      const begun = { b: "buy", s: "sell" }[event.key] as Side | undefined;
      if (!begun || event.ctrlKey || event.metaKey || event.altKey || target.matches("input, select")) return;
      event.preventDefault();
      setDraft({ instrument: null, side: begun, price: "", isSent: false });
    };
    const hidden = (): void => {
      if (document.hidden) arm(false);
    };
    addEventListener("keydown", key);
    document.addEventListener("visibilitychange", hidden);
    return () => {
      removeEventListener("keydown", key);
      document.removeEventListener("visibilitychange", hidden);
      // A ticket that is not seen is disarmed.
      setDraft(null);
      arm(false);
    };
  }, [setDraft, arm]);
  // A price is one of its contract.
  useEffect(() => setPrice(""), [instrument.instrument]);
  useEffect(() => {
    // A price is sent for the contract that it was clicked of.
    if (!draft || (draft.instrument !== null && draft.instrument !== instrument.instrument)) return;
    setSide(draft.side);
    setPrice(draft.price);
    setDoubt(null);
    if (draft.isSent) void submit({ ...form, side: draft.side, price: draft.price }, false);
    else {
      field.current?.focus();
      field.current?.select();
    }
    // What is sent is what the fields hold when it is clicked.
  }, [draft]);
  const isDoubted = doubt !== null && same(doubt.asked, form);
  const isBlocked = !isArmed || store.isStale || isSending;
  const submit = async (asked: Asked, isSure: boolean): Promise<void> => {
    if (isBlocked) {
      say(isSending ? "The order before it is being sent still." : "Nothing was sent.");
      return;
    }
    const quote = store.quotes.get(instrument.instrument);
    const best = asked.side === "buy" ? quote?.ask_price : quote?.bid_price;
    const found = doubts(instrument, Number(asked.price), Number(asked.volume), best ?? null);
    if (found && !isSure) {
      setDoubt({ asked, text: found });
      return;
    }
    setDoubt(null);
    setSending(true);
    try {
      const { order_id } = await send<{ order_id: string }>("POST", "/v1/orders", asked);
      // A spent ticket has no price, so a doubled click or key finds nothing to send.
      setPrice((now) => (now === asked.price ? "" : now));
      say(`Order ${order_id} is with the gate.`);
    } catch (fault) {
      say((fault as Error).message);
    } finally {
      setSending(false);
    }
  };
  return (
    <Panel id="ticket" title={`Order, ${instrument.symbol}`} event={store.quotes.get(instrument.instrument)?.ts_event ?? null} received={store.quotes.get(instrument.instrument)?.ts_recv ?? null}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void submit(form, isDoubted);
        }}
        onKeyDown={(event) => {
          // A key that is held down does not answer the question that it raised.
          if (event.key === "Enter" && event.repeat) event.preventDefault();
        }}
      >
        <button type="button" className="arm" aria-pressed={isArmed} onClick={() => arm(!isArmed)}>
          {isArmed ? "● Armed" : "○ Disarmed"}
        </button>
        <select aria-label="Side" value={side} onChange={(event) => setSide(event.target.value as Side)}>
          <option value="buy">▲ Buy</option>
          <option value="sell">▽ Sell</option>
        </select>
        <input
          ref={field} aria-label="Price" inputMode="decimal" required pattern="-?\d+(\.\d{1,6})?" placeholder="Price"
          value={price} onChange={(event) => setPrice(event.target.value)}
        />
        <input
          aria-label="Volume" inputMode="decimal" required pattern="\d+(\.\d{1,6})?" placeholder="Volume"
          value={volume} onChange={(event) => setVolume(event.target.value)}
        />
        <select aria-label="Time in force" value={time} onChange={(event) => setTime(event.target.value)}>
          {TIMES.map((one) => (
            <option key={one} value={one}>{words(one)}</option>
          ))}
        </select>
        <button
          type="submit" className={side} disabled={isBlocked}
          onClick={(event) => {
            // Nor does the second click of a double one.
            if (event.detail > 1) event.preventDefault();
          }}
        >
          {isDoubted ? "Send it anyway" : side === "buy" ? "Buy" : "Sell"}
        </button>
        <span role="alert" className="doubt">{isDoubted && doubt.text}</span>
      </form>
      <OwnOrders />
    </Panel>
  );
}

/** Whether a question that was raised is still about what the fields hold. */
function same(one: Asked, other: Asked): boolean {
  return Object.entries(one).every(([name, value]) => other[name as keyof Asked] === value);
}

function doubts(instrument: Instrument, price: number, volume: number, best: number | null): string {
  if (volume > LARGE_LOTS * instrument.lot) return `${number(volume, 1)} is more than ${LARGE_LOTS} lots.`;
  if (best === null) return "There is nothing on the other side to compare the price with.";
  const far = Math.max(FAR_LEAST, Math.abs(best) * FAR_SHARE);
  return Math.abs(price - best) > far ? `${number(price)} is far from ${number(best)}.` : "";
}

function OwnOrders(): ReactNode {
  const store = useTopic("orders");
  const { run, byNumber, say } = useDesk();
  const send = useSend();
  const traders = useMemo(
    () => new Set(run.strategies.filter((one) => one.kind === "trader").map((one) => one.name)),
    [run],
  );
  const version = store.version("orders");
  const rows = useMemo(
    () => [...store.orders.values()].filter((order) => traders.has(order.strategy)).reverse().slice(0, 8),
    [store, version, traders],
  );
  const cancel = async (path: string, method: string): Promise<void> => {
    try {
      await send(method, path);
    } catch (fault) {
      say((fault as Error).message);
    }
  };
  return (
    <>
      <ul className="own">
        {rows.map((order) => (
          <li key={order.order_id} data-order={order.order_id}>
            {sideText(order.side)} {number(order.volume, 6)} at {fixed(order.price, byNumber.get(order.instrument)?.tick ?? 0.01)},{" "}
            {byNumber.get(order.instrument)?.symbol}: <b>{words(order.state)}</b>
            {order.filled > 0 && ` ${number(order.filled, 1)}`} {order.reason && words(order.reason)}{" "}
            {isOpen(order) && (
              <button type="button" className="small" onClick={() => void cancel(`/v1/orders/${order.order_id}`, "DELETE")}>
                Cancel
              </button>
            )}
          </li>
        ))}
      </ul>
      {rows.some(isOpen) && (
        <button type="button" onClick={() => void cancel("/v1/orders/cancel-all", "POST")}>Cancel all</button>
      )}
    </>
  );
}

function isOpen(order: Order): boolean {
  return order.open > 0 && !["rejected", "pending_cancel"].includes(order.state);
}
