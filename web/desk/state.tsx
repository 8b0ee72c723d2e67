// What every view needs: the store, the run, what is chosen. The choice is the page's address.
import { createContext, useContext, useMemo, useSyncExternalStore } from "react";
import { zoneOf, type ClockChoice } from "./format";
import type { Store, Topic } from "./store";
import type { Instrument, Market, Run, Side } from "./types";

export const VIEWS = ["market", "portfolio", "orders", "risk", "alerts", "operations", "models", "auctions", "deals", "workspace", "execution", "curves"] as const;
export type View = (typeof VIEWS)[number];
export type Theme = "dark" | "light";

/** What a click on a price, or a key, begins an order with. */
export interface Draft {
  /** The contract whose price was clicked; null for the one that is chosen. */
  instrument: number | null;
  side: Side;
  price: string;
  /** Whether it is sent at once, by a click on an armed ladder. */
  isSent: boolean;
}

export interface Choice {
  view: View;
  market: string;
  segment: string;
  instrument: number | null;
  /** What the view itself keeps in the address: the layout of a workspace, which curve is shown. */
  detail: string;
  /** How the grid of delivery periods is shown: length of periods, and what a change is held against. */
  grid: string;
}

export interface Desk {
  store: Store;
  run: Run;
  instruments: Instrument[];
  byNumber: Map<number, Instrument>;
  choice: Choice;
  choose: (part: Partial<Choice>) => void;
  clock: ClockChoice;
  setClock: (clock: ClockChoice) => void;
  theme: Theme;
  setTheme: (theme: Theme) => void;
  /** What the order ticket is to begin with. */
  draft: Draft | null;
  setDraft: (draft: Draft | null) => void;
  isArmed: boolean;
  arm: (isArmed: boolean) => void;
  /** Says something at the foot of the page, to screen readers too. */
  say: (text: string) => void;
}

export const DeskContext = createContext<Desk | null>(null);

export function useDesk(): Desk {
  const desk = useContext(DeskContext);
  if (!desk) throw new Error("a view stands outside the desk");
  return desk;
}

/** Draws again whenever a topic changes. */
export function useTopic(topic: Topic): Store {
  const { store } = useDesk();
  useSyncExternalStore(
    (listener) => store.subscribe(topic, listener),
    () => store.version(topic),
  );
  return store;
}

/** The market that is chosen. */
export function useMarket(): Market {
  const { run, choice } = useDesk();
  const found = run.markets.find((market) => market.name === choice.market) ?? run.markets[0];
  if (!found) throw new Error("the run has no market");
  return found;
}

/** What the chosen market and product list, and the one of them that is chosen: `held` where that is given. */
export function useChosen(held: number | null = null): { shown: Instrument[]; instrument: Instrument | null } {
  const { instruments, choice, byNumber } = useDesk();
  const shown = useMemo(
    () => instruments.filter((one) => one.market === choice.market && one.segment === choice.segment),
    [instruments, choice.market, choice.segment],
  );
  const clock = useTopic("clock").clock;
  const number = held ?? choice.instrument;
  const found = number === null ? undefined : byNumber.get(number);
  if (found && (held !== null || shown.includes(found))) return { shown, instrument: found };
  // Where none is chosen, the first that can be traded still.
  const open = shown.find((one) => one.gate_closure > (clock?.now ?? 0)) ?? shown.at(-1);
  return { shown, instrument: open ?? null };
}

/** The zone of the chosen clock for the chosen market. */
export function useZone(): string {
  const { clock } = useDesk();
  return zoneOf(clock, useMarket().time_zone);
}

/** The zone of the chosen clock for a market by name. */
export function useZones(): (market: string) => string {
  const { run, clock } = useDesk();
  return useMemo(() => {
    const zones = new Map(run.markets.map((market) => [market.name, market.time_zone]));
    return (market: string) => zoneOf(clock, zones.get(market) ?? "UTC");
  }, [run, clock]);
}

export function fromHash(hash: string, instruments: Instrument[], markets: Market[]): Choice {
  const [view, market, segment, number, detail, grid] = hash
    .replace(/^#\/?/, "")
    .split("/")
    .map((part) => decodeURIComponent(part));
  const views: readonly string[] = VIEWS;
  const chosen = markets.find((one) => one.name === market)?.name ?? markets.at(-1)?.name ?? "";
  const segments = [...new Set(instruments.filter((one) => one.market === chosen).map((one) => one.segment))];
  const first = segments.includes("continuous") ? "continuous" : (segments[0] ?? "");
  const held = segments.find((one) => one === segment) ?? first;
  const instrument = Number(number);
  return {
    view: (views.includes(view ?? "") ? view : "market") as View,
    market: chosen,
    segment: held,
    instrument:
      number && instruments.some((one) => one.instrument === instrument) ? instrument : null,
    detail: detail ?? "",
    grid: grid ?? "",
  };
}

export function toHash({ view, market, segment, instrument, detail, grid }: Choice): string {
  const parts = [view, market, segment];
  const later = [instrument === null ? "" : String(instrument), detail, grid];
  while (later.at(-1) === "") later.pop();
  parts.push(...later);
  return `#/${parts.map(encodeURIComponent).join("/")}`;
}
