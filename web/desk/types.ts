// What the desk shows: what the routes answer, and what only the stream tells. Times are ns UTC; a
// number holds them to less than a microsecond, which is finer than anything shown.
import type { Limit, Pnl, Position } from "./openapi";

export type * from "./openapi";

export type Side = "buy" | "sell";

export interface MarketRow {
  instrument: number;
  last_price?: number;
  last_ts_event?: number;
  /** Of the first trade of the market's day in which it last traded, on the market's clock. */
  day_open?: number;
  /** When that day ends, ns UTC. */
  day_end?: number;
  /** Of the last trade on a day before that one. */
  previous_close?: number;
  traded_volume?: number;
  reference?: Record<string, number>;
  reference_ts_recv?: number;
  phase?: string;
  is_closed?: boolean;
}

/** Where the desk stands at an instant. */
export interface Standing {
  now: number;
  pnl: Omit<Pnl, "now">;
  positions: Position[];
  limits: Limit[];
}
