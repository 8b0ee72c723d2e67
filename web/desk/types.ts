// What the API returns, as far as the desk shows it. Times are ns UTC; a number holds them to less
// than a microsecond, which is finer than anything shown.

export type Side = "buy" | "sell";

export interface Instrument {
  instrument: number;
  symbol: string;
  market: string;
  segment: string;
  location: string;
  tenor: string;
  is_synthetic: boolean;
  delivery_start: number;
  delivery_end: number;
  gate_closure: number;
  currency: string;
  price_unit: string;
  volume_unit: string;
  tick: number;
  lot: number;
}

export interface Quote {
  bid_price: number | null;
  ask_price: number | null;
  bid_volume: number;
  ask_volume: number;
  ts_event: number;
  ts_recv: number;
}

export interface MarketRow {
  instrument: number;
  last_price?: number;
  last_ts_event?: number;
  traded_volume?: number;
  reference?: Record<string, number>;
  reference_ts_recv?: number;
  phase?: string;
  is_closed?: boolean;
}

export interface Order {
  order_id: string;
  kind: "order" | "offer";
  instrument: number;
  side: Side;
  order_type: string;
  time_in_force: string | null;
  strategy: string;
  price: number | null;
  volume: number;
  filled: number;
  open: number;
  state: string;
  reason: string | null;
  ts_event: number;
  ts_recv: number;
}

export interface Fill {
  fill: number;
  order_id: string;
  instrument: number;
  side: Side;
  strategy: string;
  price: number;
  volume: number;
  arrival_price: number | null;
  is_maker: boolean | null;
  ts_event: number;
  ts_recv: number;
}

export interface Trade {
  sequence: number;
  instrument: number;
  aggressor: Side | null;
  price: number;
  volume: number;
  ts_event: number;
  ts_recv: number;
}

export interface Refusal {
  refusal: number;
  reason: string;
  text: string;
  ts_event: number;
  ts_recv: number;
}

export interface PnlLine {
  name: string;
  market: string;
  realised: number;
  unrealised: number;
  fees: number;
  total: number;
  is_synthetic: boolean;
}

export interface StrategyLine extends PnlLine {
  orders: number;
  fills: number;
  fill_rate: number | null;
  slippage: number | null;
}

export interface DeliveryLine extends PnlLine {
  delivery_start: number;
  delivery_end: number;
}

export interface Position {
  instrument: number;
  strategy: string;
  volume: number;
  mark: number | null;
  unrealised: number;
  realised: number;
  delivery_start: number;
  delivery_end: number;
}

export interface Limit {
  trading_book: string;
  limit: string;
  used: number;
  allowed: number;
  share: number;
  unit: "volume" | "money";
}

export interface Standing {
  now: number;
  pnl: { currency: string; total: PnlLine; by_strategy: StrategyLine[]; by_delivery: DeliveryLine[] };
  positions: Position[];
  limits: Limit[];
}

export interface Clock {
  now: number;
  speed: number;
  is_playing: boolean;
  is_live: boolean;
  first: number;
  start: number;
  end: number;
  jumps: number;
}

export interface Market {
  name: string;
  description: string;
  time_zone: string;
  currency: string;
  price_unit: string;
  volume_unit: string;
  start: number;
  end: number;
}

export interface Run {
  run: string;
  title: string;
  currency: string;
  state: string;
  state_hash: string;
  inputs: number;
  version: string;
  latency_ns: Record<string, number>;
  data: { name: string; source: string; rows_read: number; rows_kept: number; set_aside: number }[];
  markets: Market[];
  strategies: { name: string; market: string; kind: string }[];
  takes_orders: boolean;
  clock: Clock;
}

export interface Level {
  price: number;
  volume: number;
}

export interface Book {
  now: number;
  instrument: number;
  bids: Level[];
  asks: Level[];
  queues: { order_id: string; ahead: number }[];
  ts_event: number | null;
  ts_recv: number | null;
}

export interface PriceLine {
  now: number;
  ts_event: number[];
  middle: number[];
  fills: { ts_event: number; price: number; volume: number; side: Side; strategy: string }[];
}

export interface NamedLine {
  name: string;
  values: (number | null)[];
}

export interface MarketLines {
  now: number;
  market: string;
  at: number[];
  prices: NamedLine[];
  positions: NamedLine[];
  charges: NamedLine[];
  pnl: NamedLine[];
  total: (number | null)[];
}

export interface BatteryPeriod {
  delivery_start: number;
  delivery_end: number;
  planned_mw: number | null;
  metered_mw: number | null;
  planned_mwh: number;
  metered_mwh: number | null;
}

export interface Battery {
  strategy: string;
  market: string;
  power_mw: number;
  energy_mwh: number;
  initial_mwh: number;
  /** What perfect foresight of the periods that are over would have earned. */
  bound: number | null;
  periods: BatteryPeriod[];
}

export interface Plant {
  strategy: string;
  market: string;
  /** What the meter was worth at prices of record. */
  metered_value: number | null;
  periods: { delivery_start: number; delivery_end: number; planned_mw: number | null; metered_mw: number | null }[];
}

export interface Alert {
  alert: number;
  rule: string;
  severity: "info" | "warning" | "critical";
  subject: string;
  text: string;
  count: number;
  ts_first: number;
  ts_last: number;
  acknowledged_by: string | null;
  is_over: boolean;
  is_silenced: boolean;
}

export interface Tail {
  value_at_risk: number;
  expected_shortfall: number;
  margin: number;
}

export interface PartRisk {
  name: string;
  holdings: number;
  alone: number;
  component: number;
  shortfall_component: number;
  incremental: number;
}

export interface Delta {
  delivery_start: number;
  delivery_end: number;
  volume: number;
  delta: number;
}

export interface Breach {
  breach: number;
  ts: number;
  limit: string;
  scope: string;
  measure: string;
  severity: string;
  value: number;
  level: number;
  by: string;
  owner: string;
  reason: string;
  cured: number | null;
}

export interface Tails {
  now: number;
  confidence: number;
  currency: string;
  note: string;
  tail: Tail | null;
  scenarios: number;
  parts: Record<string, PartRisk[]>;
  deltas: Delta[];
  history: { ts: number[]; value_at_risk: number[]; expected_shortfall: number[]; margin: number[] };
  breaches: Breach[];
}

export interface Stress {
  scenario: string;
  total: number;
  by: Record<string, Record<string, number>>;
}

export interface Trial {
  now: number;
  before: Tail;
  after: Tail;
}

export interface Signal {
  signal: string;
  strategy: string;
  instrument: number;
  direction: string;
  forecast: number;
  confidence: number;
  valid_until: number;
  orders: string[];
  came: number | null;
  is_right: boolean | null;
  ts_event: number;
  ts_recv: number;
}

export interface Reliable {
  confidence: number;
  share_right: number;
  calls: number;
}

export interface Forecast {
  now: number;
  strategy: string;
  market: string;
  periods: { instrument: number; delivery_start: number; delivery_end: number; forecast: number; came: number | null }[];
  bands: number[] | null;
  levels: number[];
  errors: number;
  mae: number | null;
  reliability: Reliable[];
}

export interface Auction {
  market: string;
  auction: string;
  ts_recv: number;
  periods: number;
  lowest: number;
  mean: number;
  highest: number;
  awarded: number;
}

export interface Parent {
  parent: string;
  strategy: string;
  instrument: number;
  symbol: string;
  side: Side;
  algorithm: string;
  volume: number;
  limit: number | null;
  starts: number;
  ends: number | null;
  arrival_price: number | null;
  forecast_price: number | null;
  mean_price: number | null;
  filled: number;
  filled_share: number;
  /** What an even pace would have filled by now. */
  due_share: number | null;
  market_share: number | null;
  ended: string | null;
  at: number[];
  filled_line: number[];
  ts_event: number;
  ts_recv: number;
}

export interface Decision {
  ts_event: number;
  order: string;
  parent: string;
  text: string;
}

export interface OrderCost {
  parent: string | null;
  strategy: string;
  algorithm: string;
  symbol: string;
  side: Side;
  volume: number;
  fill_rate: number | null;
  against_arrival_ticks: number | null;
  arrival_half_spreads: number | null;
  against_vwap_ticks: number | null;
  against_close_ticks: number | null;
  against_arrival_currency: number | null;
  forecast_cost: number | null;
  fees: number | null;
  maker_share: number | null;
}

export interface VenueCost {
  venue: number;
  name: string;
  orders: number;
  fill_rate: number | null;
  refused: number;
  accept_seconds: number | null;
  queue_seconds: number | null;
  maker_share: number | null;
  against_mid: number | null;
  cost_after_fees: number | null;
  adverse_1: number | null;
  adverse_60: number | null;
}

export interface Costs {
  parents: OrderCost[];
  venues: VenueCost[];
  refusals: { by: string; name: string | null; reason: string; count: number }[];
  /** Why there is nothing. */
  note: string | null;
}

export interface Score {
  strategy: string;
  periods: number;
  mae: number;
  naive_mae: number | null;
  relative: number | null;
  calls: number;
  right: number | null;
  total: number | null;
}

export interface CurveVersion {
  number: number;
  place: string;
  as_of: string;
  version: string;
  made_ns: number;
  step: string;
  method: string;
  shape: string;
}

export interface CurveAverage {
  product: string;
  delivery_start: number;
  delivery_end: number;
  hours: number;
  price: number;
}

export interface CurveQuote {
  product: string;
  bid: number;
  ask: number;
  average: number | null;
  outside: number | null;
  met: string;
  age_hours: number | null;
}

export interface Curve {
  place: string;
  as_of: string;
  version: string;
  made_ns: number;
  base: CurveAverage[];
  peak: CurveAverage[];
  quotes: CurveQuote[];
}

export interface HeldPart {
  number: number;
  state: string;
  source: string;
  dataset: string;
  name: string;
  ts_recv: number;
  place: string;
  reason: string;
  is_row: boolean;
}

export interface HeldDetail extends HeldPart {
  address: string;
  payload: string;
  row: string;
  raw: string;
  history: { at: number; state: string; who: string; why: string }[];
}
