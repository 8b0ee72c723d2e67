// What a price is held against: the last trade, the day's open, the close before, or its price of record.
import type { Store } from "./store";
import type { Instrument } from "./types";

/** What a change is held against, by the name that the address holds. */
export const BASES = {
  trade: "since the last trade",
  open: "since the day's open",
  close: "since the previous close",
  record: "against the price of record",
} as const;
export type Basis = keyof typeof BASES;

/** The contracts of each contract's market and delivery period, itself first. */
export type Peers = Map<number, number[]>;

/** An auction sells the period of a continuous contract under a number of its own. */
export function peersOf(instruments: Instrument[]): Peers {
  const byPeriod = new Map<string, number[]>();
  const key = (one: Instrument): string => `${one.market} ${one.location} ${one.delivery_start} ${one.delivery_end}`;
  for (const one of instruments) byPeriod.set(key(one), [...(byPeriod.get(key(one)) ?? []), one.instrument]);
  return new Map(instruments.map((one) => [one.instrument, [one.instrument, ...(byPeriod.get(key(one)) ?? [])]]));
}

/** The newest price of record of a contract, or of the same period where an auction sold it. */
function recordOf(store: Store, numbers: number[]): number | null {
  const [own, ...others] = numbers.map((one) => store.markets.get(one)).filter((row) => row?.reference !== undefined);
  const newest = numbers[0] === own?.instrument ? own : others.reduce((a, b) => ((b?.reference_ts_recv ?? 0) > (a?.reference_ts_recv ?? 0) ? b : a), own);
  return Object.values(newest?.reference ?? {}).at(-1) ?? null;
}

/** The price that a change of a contract is held against; null where it is not known. */
export function baseOf(store: Store, instrument: number, basis: Basis, peers: Peers): number | null {
  const row = store.markets.get(instrument);
  if (basis === "trade") return row?.last_price ?? null;
  if (basis === "record") return recordOf(store, peers.get(instrument) ?? [instrument]);
  // A contract that has not traded today closed with its last trade, and has no open yet.
  const isToday = (store.clock?.now ?? 0) < (row?.day_end ?? 0);
  if (basis === "open") return isToday ? (row?.day_open ?? null) : null;
  return (isToday ? row?.previous_close : row?.last_price) ?? null;
}
