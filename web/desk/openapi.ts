// What the routes of the desk take, from its OpenAPI document. Written by tools/desk_types.py.

export interface Asked {
  role?: Role;
}

export interface ClientAsked {
  client: string;
  /** The most that its tokens may do. */
  role: Role;
  redirects?: string[];
  /** Whether it keeps a secret. */
  is_confidential?: boolean;
}

export interface DealAsked {
  deal: string;
  trade_date: string;
  book: string;
  trader: string;
  counterparty: string;
  product: string;
  side: "buy" | "sell";
  power_mw: number | string;
  price: number | string;
  currency: string;
  fee?: number | string;
  status?: "live" | "cancelled";
  /** Who enters it; only for the user of a machine. */
  person?: string | null;
}

export interface Decision {
  approves: boolean;
  comment?: string;
  person?: string | null;
}

export interface KeyAsked {
  /** Lower case, digits, spaces, `_`, `.`, `-`. */
  name: string;
  role: Role;
}

export interface Layout {
  layout: string;
}

export interface OrderAsked {
  instrument: number;
  side: "buy" | "sell";
  /** Never worse; currency per price unit. */
  price: number | string;
  /** In volume units. */
  volume: number | string;
  time_in_force?: "good_for_session" | "immediate_or_cancel" | "fill_or_kill";
}

export interface Page {
  /** As of when, ns UTC. */
  now: number;
  /** Prices and volumes in whole units; ns UTC. */
  rows: Record<string, unknown>[];
  /** `after` of the next page; null where there is none. */
  next: number | null;
}

export interface Playing {
  /** Whether time goes on. */
  is_playing?: boolean | null;
  /** Times as fast as it was. */
  speed?: number | null;
  /** Instant to show, ns UTC; held to the day's bounds. */
  at?: number | null;
}

export type Role = "viewer" | "trader" | "risk" | "compliance" | "admin";

export interface ScopeAsked {
  /** As `scopes` of the answer has it. */
  venue?: string | null;
  trading_book?: string | null;
  strategy?: string | null;
  /** A delivery period. */
  instrument?: number | null;
}

export interface SheetAsked {
  title: string;
  /** Whose times are in it. */
  clock: string;
  columns: string[];
  rows: ((boolean | number | string | null)[])[];
}

export interface SilenceAsked {
  /** Name of a rule; null for all. */
  rule?: string | null;
  /** Of the time shown, ns UTC. */
  start: number;
  end: number;
  reason: string;
}

export type State = "held" | "released" | "corrected" | "dropped";

export interface StressAsked {
  relative?: number | null;
  absolute?: number | null;
}

export interface TradeAsked {
  instrument: number;
  /** In volume units; sold below zero. */
  volume: number;
}

export interface Why {
  why: string;
}

export interface Workspace {
  name: string;
  layout: string;
}

export interface Operations {
  "GET /.well-known/oauth-authorization-server": {  };
  "GET /v1/alerts": { query: { "severity"?: "info" | "warning" | "critical" | null; "is_over"?: boolean | null; "limit"?: number; "after"?: number } };
  "GET /v1/alerts/deliveries": { query: { "limit"?: number; "after"?: number } };
  "GET /v1/alerts/rules": {  };
  "POST /v1/alerts/silences": { body: SilenceAsked };
  "POST /v1/alerts/{number}/acknowledge": { path: { "number": number } };
  "GET /v1/auctions": {  };
  "GET /v1/auctions/{market}/{auction}": { path: { "market": string; "auction": string } };
  "GET /v1/audit": { query: { "text"?: string; "limit"?: number } };
  "GET /v1/batteries": {  };
  "GET /v1/curves": {  };
  "GET /v1/curves/{place}/days/{as_of}": { path: { "place": string; "as_of": string }; query: { "version"?: string | null; "tenor"?: "day" | "week" | "month" | "quarter" | "year" } };
  "GET /v1/curves/{place}/products": { path: { "place": string }; query: { "product": string } };
  "GET /v1/deals": {  };
  "POST /v1/deals": { header: { "Idempotency-Key": string }; body: DealAsked };
  "POST /v1/deals/amendments/{number}": { path: { "number": number }; body: Decision };
  "GET /v1/deals/{deal}/history": { path: { "deal": string } };
  "GET /v1/execution/costs": {  };
  "GET /v1/execution/decisions": { query: { "limit"?: number; "after"?: number } };
  "GET /v1/execution/parents": { query: { "limit"?: number; "after"?: number } };
  "POST /v1/export/xlsx": { body: SheetAsked };
  "GET /v1/fills": { query: { "strategy"?: string | null; "instrument"?: number | null; "limit"?: number; "after"?: number } };
  "GET /v1/ingest/quarantine": { query: { "state"?: State; "limit"?: number } };
  "GET /v1/ingest/quarantine/{number}": { path: { "number": number } };
  "POST /v1/ingest/quarantine/{number}/correct": { path: { "number": number }; body: Why };
  "POST /v1/ingest/quarantine/{number}/drop": { path: { "number": number }; body: Why };
  "POST /v1/ingest/quarantine/{number}/release": { path: { "number": number }; body: Why };
  "GET /v1/instruments": { query: { "market"?: string | null; "segment"?: string | null; "limit"?: number; "after"?: number } };
  "GET /v1/instruments/{number}/book": { path: { "number": number } };
  "GET /v1/instruments/{number}/prices": { path: { "number": number } };
  "GET /v1/keys": {  };
  "POST /v1/keys": { body: KeyAsked };
  "DELETE /v1/keys/{name}": { path: { "name": string } };
  "GET /v1/kill-switch": {  };
  "POST /v1/kill-switch/release": { header: { "Idempotency-Key": string }; body: ScopeAsked };
  "POST /v1/kill-switch/stop": { header: { "Idempotency-Key": string }; body: ScopeAsked };
  "GET /v1/latencies": {  };
  "GET /v1/markets/{name}/lines": { path: { "name": string } };
  "GET /v1/oauth/authorize": { query: { "client_id": string; "redirect_uri": string; "response_type"?: string; "code_challenge"?: string; "code_challenge_method"?: string; "scope"?: string; "state"?: string } };
  "GET /v1/oauth/clients": {  };
  "POST /v1/oauth/clients": { body: ClientAsked };
  "DELETE /v1/oauth/clients/{name}": { path: { "name": string } };
  "GET /v1/oauth/keys": {  };
  "POST /v1/oauth/revoke": { body: Record<string, unknown> };
  "POST /v1/oauth/token": { body: Record<string, unknown> };
  "GET /v1/orders": { query: { "strategy"?: string | null; "state"?: string | null; "instrument"?: number | null; "limit"?: number; "after"?: number } };
  "POST /v1/orders": { header: { "Idempotency-Key": string }; body: OrderAsked };
  "POST /v1/orders/cancel-all": { header: { "Idempotency-Key": string } };
  "DELETE /v1/orders/{order_id}": { path: { "order_id": number }; header: { "Idempotency-Key": string } };
  "GET /v1/plants": {  };
  "GET /v1/pnl": {  };
  "GET /v1/positions": { query: { "strategy"?: string | null; "limit"?: number; "after"?: number } };
  "GET /v1/quarantine": { query: { "limit"?: number; "after"?: number } };
  "GET /v1/quotes": { query: { "instrument"?: number[] | null; "limit"?: number; "after"?: number } };
  "GET /v1/refusals": { query: { "limit"?: number; "after"?: number } };
  "GET /v1/replay": {  };
  "PATCH /v1/replay": { body: Playing };
  "GET /v1/risk": {  };
  "POST /v1/risk/stress": { body: StressAsked };
  "GET /v1/risk/tails": {  };
  "POST /v1/risk/what-if": { body: TradeAsked };
  "GET /v1/run": {  };
  "GET /v1/scores": {  };
  "DELETE /v1/session": {  };
  "GET /v1/session": {  };
  "POST /v1/session": { body: Asked };
  "GET /v1/signals": { query: { "strategy"?: string | null; "limit"?: number; "after"?: number } };
  "GET /v1/strategies/{name}/forecast": { path: { "name": string } };
  "GET /v1/trades": { query: { "instrument"?: number | null; "limit"?: number; "after"?: number } };
  "GET /v1/workspaces": {  };
  "DELETE /v1/workspaces/{name}": { path: { "name": string } };
  "PUT /v1/workspaces/{name}": { path: { "name": string }; body: Layout };
}
