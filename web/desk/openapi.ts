// What the routes of the desk take and answer, from its OpenAPI document. Written by
// tools/desk_types.py.

export interface Alert {
  alert: number;
  rule: string;
  severity: "info" | "warning" | "critical";
  subject: string;
  text: string;
  /** How often it came back. */
  count: number;
  ts_first: number;
  ts_last: number;
  acknowledged_by: string | null;
  is_over: boolean;
  is_silenced: boolean;
  /** How much it was when it was last told of, where it can grow. */
  size: number | null;
  /** How often it was made more severe because nobody took it over. */
  escalations: number;
}

export interface AlertPage {
  /** As of when, ns UTC. */
  now: number;
  rows: Alert[];
  /** `after` of the next page; null where there is none. */
  next: number | null;
}

export interface AlertRule {
  name: string;
  kind: string;
  severity: "info" | "warning" | "critical";
  above: number;
  only: string | null;
  escalate_minutes: number | null;
  /** How far it looks back, where it does; null for 15. */
  minutes: number | null;
}

export interface AlertRules {
  rules: AlertRule[];
  targets: AlertTarget[];
  windows: AlertWindow[];
}

export interface AlertTarget {
  name: string;
  least: "info" | "warning" | "critical";
}

export interface AlertWindow {
  name: string;
  /** Null for every rule. */
  rule: string | null;
  /** On the clock of the zone, such as 23:00:00; it ends on the next day where that is later. */
  start: string;
  end: string;
  zone: string;
  /** On which it begins. */
  days: string[];
}

export interface AllCancelled {
  cancelled: "all";
}

export interface AmendAsked {
  /** Never worse; currency per price unit. */
  price: number | string;
  /** In all, with what was filled. */
  volume: number | string;
}

export interface Amendment {
  /** `1` of a deal, `T1` of a structured one, `R1` of the book's reference. */
  number: string;
  reason: string;
  entered_by: string;
  /** Null of the reference. */
  deal: string | null;
  power_mw: number | null;
  price: number | null;
}

export interface AsideRow {
  source: string;
  row: number | null;
  at: number | null;
  reason: string;
  text: string;
}

export interface AsideRowPage {
  /** As of when, ns UTC. */
  now: number;
  rows: AsideRow[];
  /** `after` of the next page; null where there is none. */
  next: number | null;
}

export interface Asked {
  role?: Role;
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

export interface AuctionOf {
  name: string;
  instruments: number[];
}

export interface AuctionPage {
  now: number;
  market: string;
  auction: string;
  /** HTML; null until the run has ended. */
  page: string | null;
  /** None where the run kept none. */
  periods: AuctionPeriods | null;
}

export interface AuctionPeriods {
  starts: number[];
  /** Of prices. */
  unit: string;
  /** Where the desk trades. */
  zone: string;
  /** The period in which the desk was awarded the most, from 0. */
  most_awarded: number;
  /** By zone. */
  prices: Record<string, number[]>;
  /** Of the desk's zone, had it offered nothing. */
  without: number[];
}

export interface AuctionPicture {
  now: number;
  /** From 0. */
  period: number;
  /** HTML: merit order with clearing point, map of zones with what flows. */
  page: string;
}

export interface Auctions {
  now: number;
  auctions: Auction[];
}

export interface Audit {
  now: number;
  rows: AuditRecord[];
  /** `after` of the next page; null where there is none. */
  next: number | null;
}

export interface AuditRecord {
  sequence: number;
  ts_event: number;
  ts_recv: number;
  record: string;
  symbol: string;
  strategy: string;
  /** Its fields. */
  text: string;
}

export interface Batteries {
  now: number;
  batteries: Battery[];
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

export interface BatteryPeriod {
  instrument: number;
  delivery_start: number;
  delivery_end: number;
  planned_mw: number | null;
  metered_mw: number | null;
  /** Stored at the end. */
  planned_mwh: number;
  metered_mwh: number | null;
}

export interface BatteryTerms {
  power_mw: number;
  energy_mwh: number;
  initial_mwh: number;
  charge_efficiency: number;
  discharge_efficiency: number;
}

export interface BoardLine {
  model: string;
  mae: number;
  /** Against the price of a week before; null where a week is not over. */
  rmae: number | null;
  /** Per cent. */
  smape: number;
  /** p-value of being better than the published DNN ensemble (Diebold and Mariano). */
  dm_dnn: number | null;
  /** The same against the published LEAR ensemble. */
  dm_lear: number | null;
  /** What a battery earns on it, per cent of perfect foresight. */
  revenue: number;
}

export interface BoardOf {
  market: string;
  first_day: string;
  last_day: string;
  days: number;
  entries: BoardLine[];
  /** Our ensemble's revenue less the published one's, points of foresight, with 95 % interval. */
  gain: [number, number, number] | null;
}

export interface Boards {
  has_boards: boolean;
  boards: BoardOf[];
}

export interface Book {
  now: number;
  instrument: number;
  bids: Level[];
  asks: Level[];
  queues: Queue[];
  /** Volume that was traded at each price since the contract was listed. */
  traded: Level[];
  ts_event: number | null;
  ts_recv: number | null;
}

export interface Booked {
  new: number;
  unchanged: number;
  /** For a second person. */
  waits: number;
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
  /** An order (an active breach) or the market (a passive one). */
  by: string;
  /** Who has to cure it: as was said of it, else the owner of the limit. */
  owner: string;
  reason: string;
  approved_by: string;
  /** A day; empty where none was said. */
  cure_by: string;
  /** ``cured``, ``overdue``, ``approved``, ``explained`` or ``open``. */
  status: string;
  /** When it was kept again. */
  cured: number | null;
}

export interface BreachSaid {
  /** Who has to cure it. */
  owner?: string;
  /** Why it happened. */
  reason?: string;
  /** Until which day, such as 2026-07-01. */
  cure_by?: string;
  /** Accept it, as the person who asks; needs the role risk. */
  approve?: boolean;
}

export interface CancelAsked {
  person?: string | null;
}

export interface ClientAsked {
  client: string;
  /** The most that its tokens may do. */
  role: Role;
  redirects?: string[];
  /** Whether it keeps a secret. */
  is_confidential?: boolean;
}

export interface ClientMade {
  client_id: string;
  role: Role;
  client_secret?: string | null;
}

export interface ClientOf {
  client: string;
  role: Role;
  redirects: string[];
  is_confidential: boolean;
}

export interface Clock {
  /** ns UTC. */
  now: number;
  speed: number;
  is_playing: boolean;
  /** Whether it is the clock of a run that goes on. */
  is_live: boolean;
  /** Earliest instant that can be shown, ns UTC. */
  first: number;
  /** When the first delivery begins, ns UTC. */
  start: number;
  /** Latest instant that can be shown, ns UTC. */
  end: number;
  /** How often it was set to another instant. */
  jumps: number;
}

export interface CloseBreach {
  limit: string;
  book: string;
  found: number;
  most: number;
}

export interface ClosePosition {
  book: string;
  place: string;
  /** Its first day. */
  month: string;
  energy_mwh: number;
  /** Of it in peak hours. */
  peak_mwh: number;
  /** Mean of the month's hours that are open, in `currency`. */
  price: number;
  currency: string;
  /** In the desk's currency. */
  market_value: number;
  /** Whether it rests on a marked price. */
  is_marked: boolean;
}

export interface ClosedBook {
  book: string;
  value: number;
  /** P&L since the close before, by why it was earned. */
  lines: Record<string, number>;
  unexplained: number;
  /** Null without a history of prices. */
  value_at_risk: number | null;
}

export interface ClosedDay {
  day: string;
  digest: string;
  signed_by: string | null;
}

export interface ClosedState {
  day: string;
  digest: string;
  signed_by: string | null;
  books: ClosedBook[];
  options: OptionPnl[];
  positions: ClosePosition[];
  /** Deals that were known and are dated after the day. */
  later_deals: number;
  breaches: CloseBreach[];
  notes: string[];
}

export interface Contest {
  market: string;
  model: string;
  /** The champion: `daily`, as fitted when the day began, or `warm`, fitted anew since. */
  line: string;
  forecasts: number;
  missed: number;
  refits: number;
  refits_failed: number;
  fit_seconds_most: number;
  swap_seconds_most: number;
  /** Compared since the last decision. */
  intervals: number;
  evidence: Evidence;
  /** Population stability index by input. */
  stability: Record<string, number | null>;
  error: number | null;
  error_before: number | null;
  /** What has drifted, in sentences. */
  told: string[];
}

export interface Contests {
  now: number;
  contests: Contest[];
}

export interface ContributionsOf {
  market: string;
  model: string;
  known_at: number;
  delivery_start: number;
  forecast: number;
  /** What the model says where each input has its mean of the days that it was fitted on. */
  base: number;
  /** By input, currency per price unit; with `base` they add up to the forecast. */
  parts: Record<string, number>;
}

export interface ContributionsOfPage {
  /** As of when, ns UTC. */
  now: number;
  rows: ContributionsOf[];
  /** `after` of the next page; null where there is none. */
  next: number | null;
}

export interface Corrected {
  number: number;
  rows: number;
  /** Parts that are mended by it. */
  corrected: number[];
}

export interface Costs {
  now: number;
  parents: OrderCost[];
  venues: VenueCost[];
  refusals: RefusedBy[];
  /** Why there is nothing. */
  note: string | null;
}

export interface Curve {
  place: string;
  as_of: string;
  version: string;
  made_ns: number;
  method: string;
  shape: string;
  tenor: string;
  base: CurveAverage[];
  peak: CurveAverage[];
  quotes: CurveQuote[];
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

export interface CurveVersion {
  number: number;
  place: string;
  as_of: string;
  version: string;
  made_ns: number;
  first: string;
  after: string;
  step: string;
  method: string;
  shape: string;
  tick: number;
}

export interface Curves {
  curves: CurveVersion[];
}

export interface Deal {
  deal: string;
  book: string;
  trader: string;
  counterparty: string;
  product: string;
  currency: string;
  version: number;
  known_ns: number;
  trade_date: string;
  side: "buy" | "sell";
  power_mw: number;
  /** Currency a MWh. */
  price: number;
  fee: number;
  status: "live" | "cancelled";
  entered_by: string | null;
  approved_by: string | null;
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

export interface DealHistory {
  deal: string;
  versions: Deal[];
}

export interface Deals {
  has_book: boolean;
  desk: string;
  persons: string[];
  books: string[];
  traders: string[];
  counterparties: string[];
  currencies: string[];
  deals: Deal[];
  structured: StructuredDeal[];
  pending: Amendment[];
  closed: ClosedDay[];
  refused: RefusedRow[];
}

export interface Decided {
  number: string;
  state: "approved" | "rejected";
}

export interface Decision {
  approves: boolean;
  comment?: string;
  person?: string | null;
}

export interface Delivery {
  delivery: number;
  alert: number;
  target: string;
  attempts: number;
  /** When it arrived, Unix time in seconds; null until then. */
  done: number | null;
  /** Of the last attempt. */
  fault: string | null;
}

export interface DeliveryLine {
  name: string;
  market: string;
  realised: number;
  unrealised: number;
  fees: number;
  /** Realised and unrealised less fees. */
  total: number;
  is_synthetic: boolean;
  delivery_start: number;
  delivery_end: number;
}

export interface DeliveryPage {
  /** As of when, ns UTC. */
  now: number;
  rows: Delivery[];
  /** `after` of the next page; null where there is none. */
  next: number | null;
}

export interface Delta {
  delivery_start: number;
  delivery_end: number;
  /** MWh held. */
  volume: number;
  /** For a price up by one. */
  delta: number;
  /** What delta changes for a price up by one. */
  gamma: number;
  /** For a volatility up by one point. */
  vega: number;
  /** For a day that passes. */
  theta: number;
}

export interface DocumentAsked {
  name: string;
  document: string;
  /** Who brings it; only for the user of a machine. */
  person?: string | null;
}

export interface Dropped {
  number: number;
  state: State;
}

export interface Evidence {
  better: number | null;
  worse: number | null;
}

export interface Fill {
  fill: number;
  sequence: number;
  order_id: string;
  trade: string;
  instrument: number;
  side: "buy" | "sell";
  strategy: string;
  price: number;
  volume: number;
  /** Middle of the book when the order was routed. */
  arrival_price: number | null;
  is_maker: boolean | null;
  ts_event: number;
  ts_recv: number;
}

export interface FillPage {
  /** As of when, ns UTC. */
  now: number;
  rows: Fill[];
  /** `after` of the next page; null where there is none. */
  next: number | null;
}

export interface Forecast {
  now: number;
  strategy: string;
  market: string;
  periods: ForecastPeriod[];
  /** Quantiles of the known errors; null where too few are known. */
  bands: number[] | null;
  /** Of the bands. */
  levels: number[];
  errors: number;
  mae: number | null;
  reliability: Reliable[];
}

export interface ForecastPeriod {
  instrument: number;
  delivery_start: number;
  delivery_end: number;
  forecast: number;
  came: number | null;
}

export interface Gate {
  /** Why it would refuse; null if it would take the order. */
  refused: string | null;
  /** Whether the order would wait for a second person. */
  is_held: boolean;
  /** Whether `limits` count the order: not where something else than they refuses it. */
  is_counted: boolean;
  limits: ScopeLimit[];
}

export interface HeldAct {
  at: number;
  state: State;
  who: string;
  why: string;
}

export interface HeldDetail {
  number: number;
  state: State;
  source: string;
  dataset: string;
  name: string;
  ts_recv: number;
  place: string;
  offset: number | null;
  reason: string;
  is_row: boolean;
  address: string;
  payload: string;
  row: string | null;
  raw: string;
  history: HeldAct[];
}

export interface HeldPart {
  number: number;
  state: State;
  source: string;
  dataset: string;
  name: string;
  ts_recv: number;
  place: string;
  offset: number | null;
  reason: string;
  is_row: boolean;
}

export interface HeldParts {
  rows: HeldPart[];
  /** By state. */
  counts: Record<string, number>;
  /** `after` of the next page; null where there is none. */
  next: number | null;
}

export interface Instrument {
  instrument: number;
  symbol: string;
  market: string;
  /** An auction, or `continuous`. */
  segment: string;
  venue: number;
  location: string;
  commodity: string;
  tenor: string;
  is_synthetic: boolean;
  /** ns UTC. */
  delivery_start: number;
  /** ns UTC; it is not part of the delivery. */
  delivery_end: number;
  gate_closure: number;
  currency: string;
  price_unit: string;
  volume_unit: string;
  tick: number;
  lot: number;
}

export interface InstrumentPage {
  /** As of when, ns UTC. */
  now: number;
  rows: Instrument[];
  /** `after` of the next page; null where there is none. */
  next: number | null;
}

export interface IssuerMetadata {
  issuer: string;
  authorization_endpoint: string;
  token_endpoint: string;
  revocation_endpoint: string;
  jwks_uri: string;
  scopes_supported: string[];
  response_types_supported: string[];
  grant_types_supported: string[];
  token_endpoint_auth_methods_supported: string[];
  code_challenge_methods_supported: string[];
  authorization_response_iss_parameter_supported: boolean;
}

export interface JobOf {
  job: string;
  kind: string;
  subject: string;
  state: "running" | "done" | "failed" | "lost";
  /** Unix time, ns. */
  started: number;
  ended: number | null;
  /** Done so far; null where nobody knows. */
  share: number | null;
  note: string;
  error: string | null;
}

export interface JobOfPage {
  /** As of when, ns UTC. */
  now: number;
  rows: JobOf[];
  /** `after` of the next page; null where there is none. */
  next: number | null;
}

export interface KeyAsked {
  /** Lower case, digits, spaces, `_`, `.`, `-`. */
  name: string;
  role: Role;
}

export interface KeyOf {
  name: string;
  role: Role;
}

export interface KeySet {
  keys: PublicKey[];
}

export interface Latencies {
  now: number;
  bounds_seconds: number[];
  rows: Stage[];
}

export interface Layout {
  layout: string;
}

export interface Level {
  price: number;
  volume: number;
}

export interface Limit {
  trading_book: string;
  limit: string;
  used: number;
  allowed: number;
  share: number;
  unit: "volume" | "money";
}

export interface Limits {
  now: number;
  limits: Limit[];
}

export interface Market {
  name: string;
  description: string;
  venue: number;
  /** Venue of its continuous book, if it has one. */
  book_venue: number | null;
  time_zone: string;
  currency: string;
  price_unit: string;
  volume_unit: string;
  /** When its first delivery begins, ns UTC. */
  start: number;
  end: number;
  interval_seconds: number;
  auctions: AuctionOf[];
}

export interface MarketLines {
  now: number;
  market: string;
  time_zone: string;
  currency: string;
  price_unit: string;
  volume_unit: string;
  /** Instants of every line, ns UTC. */
  at: number[];
  prices: NamedLine[];
  positions: NamedLine[];
  charges: NamedLine[];
  pnl: NamedLine[];
  total: (number | null)[];
}

export interface NamedLine {
  name: string;
  values: (number | null)[];
}

export interface OptionPnl {
  book: string;
  deal: string;
  delta: number;
  gamma: number;
  vega: number;
  vanna: number;
  volga: number;
  theta: number;
  unexplained: number;
}

export interface Order {
  order_id: string;
  kind: "order" | "offer";
  instrument: number;
  side: "buy" | "sell";
  order_type: string;
  time_in_force: string | null;
  strategy: string;
  price: number | null;
  volume: number;
  filled: number;
  open: number;
  state: "pending_new" | "accepted" | "partially_filled" | "filled" | "cancelled" | "rejected" | "expired" | "pending_cancel" | "pending_amend" | "suspended" | "stopped" | "done_for_day" | "accepted_for_bidding" | "offered";
  reason: string | null;
  ts_event: number;
  ts_recv: number;
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

export interface OrderCost {
  parent: string | null;
  strategy: string;
  symbol: string;
  side: "buy" | "sell";
  algorithm: string;
  volume: number;
  filled: number;
  fill_rate: number | null;
  mean_price: number | null;
  arrival: number | null;
  against_arrival_ticks: number | null;
  arrival_half_spreads: number | null;
  against_vwap_ticks: number | null;
  against_close_ticks: number | null;
  against_arrival_currency: number | null;
  forecast_cost: number | null;
  /** Of all of its volume, in currency. */
  forecast_fees: number | null;
  fees: number | null;
  maker_share: number | null;
  queue_seconds: number | null;
  participation: number | null;
  ended: string | null;
}

export interface OrderNumber {
  order_id: string;
}

export interface OrderPage {
  /** As of when, ns UTC. */
  now: number;
  rows: Order[];
  /** `after` of the next page; null where there is none. */
  next: number | null;
}

export interface Parent {
  parent: string;
  strategy: string;
  instrument: number;
  symbol: string;
  side: "buy" | "sell";
  algorithm: string;
  volume: number;
  limit: number | null;
  starts: number;
  ends: number | null;
  arrival_price: number | null;
  forecast_price: number | null;
  /** Of each volume unit, beside the price. */
  forecast_fee: number | null;
  mean_price: number | null;
  filled: number;
  filled_share: number;
  /** What an even pace would have filled by now. */
  due_share: number | null;
  market_share: number | null;
  fills: number;
  ended: string | null;
  unfilled: number | null;
  ended_at: number | null;
  at: number[];
  /** Filled share at each instant of `at`. */
  filled_line: number[];
  ts_event: number;
  ts_recv: number;
}

export interface ParentPage {
  /** As of when, ns UTC. */
  now: number;
  rows: Parent[];
  /** `after` of the next page; null where there is none. */
  next: number | null;
}

export interface PartRisk {
  name: string;
  holdings: number;
  alone: number;
  component: number;
  shortfall_component: number;
  incremental: number;
}

export interface PartsOfRisk {
  strategy: PartRisk[];
  book: PartRisk[];
  trader: PartRisk[];
  market: PartRisk[];
  commodity: PartRisk[];
  counterparty: PartRisk[];
  delivery: PartRisk[];
}

export type Permission = "read" | "order" | "stop" | "release" | "replay" | "alert" | "key" | "workspace";

export interface Plant {
  strategy: string;
  market: string;
  /** What the meter was worth at prices of record. */
  metered_value: number | null;
  periods: PlantPeriod[];
}

export interface PlantPeriod {
  delivery_start: number;
  delivery_end: number;
  planned_mw: number | null;
  metered_mw: number | null;
}

export interface Plants {
  now: number;
  plants: Plant[];
}

export interface Playing {
  /** Whether time goes on. */
  is_playing?: boolean | null;
  /** Times as fast as it was. */
  speed?: number | null;
  /** Instant to show, ns UTC; held to the day's bounds. */
  at?: number | null;
}

export interface Pnl {
  now: number;
  currency: string;
  total: PnlLine;
  by_strategy: StrategyLine[];
  by_delivery: DeliveryLine[];
}

export interface PnlLine {
  name: string;
  market: string;
  realised: number;
  unrealised: number;
  fees: number;
  /** Realised and unrealised less fees. */
  total: number;
  is_synthetic: boolean;
}

export interface Position {
  instrument: number;
  strategy: string;
  trading_book: number;
  /** Volume units; sold below zero. */
  volume: number;
  mark: number | null;
  unrealised: number;
  realised: number;
  delivery_start: number;
  delivery_end: number;
}

export interface PositionPage {
  /** As of when, ns UTC. */
  now: number;
  rows: Position[];
  /** `after` of the next page; null where there is none. */
  next: number | null;
}

export interface PriceFill {
  ts_event: number;
  price: number;
  volume: number;
  side: "buy" | "sell";
  strategy: string;
}

export interface PriceLine {
  now: number;
  instrument: number;
  ts_event: number[];
  /** Of bid and ask, at each instant. */
  middle: number[];
  fills: PriceFill[];
}

export interface Problem {
  type: string;
  title: string;
  status: number;
  /** What was found and what to do. */
  detail: string;
  /** Where a request does not fit (422). */
  errors?: { place: string; reason: string }[];
}

export interface ProductPrice {
  as_of: string;
  version: string;
  price: number;
}

export interface ProductPrices {
  place: string;
  product: string;
  rows: ProductPrice[];
}

export interface PublicKey {
  kty: string;
  crv: string;
  x: string;
  y: string;
  kid: string;
  use: string;
  alg: string;
}

export interface Queue {
  order_id: string;
  ahead: number;
}

export interface Quote {
  instrument: number;
  bid_price: number | null;
  ask_price: number | null;
  bid_volume: number;
  ask_volume: number;
  ts_event: number;
  ts_recv: number;
}

export interface QuotePage {
  /** As of when, ns UTC. */
  now: number;
  rows: Quote[];
  /** `after` of the next page; null where there is none. */
  next: number | null;
}

export interface Refusal {
  refusal: number;
  sequence: number;
  reason: string;
  /** In the gate's words. */
  text: string;
  ts_event: number;
  ts_recv: number;
}

export interface RefusalPage {
  /** As of when, ns UTC. */
  now: number;
  rows: Refusal[];
  /** `after` of the next page; null where there is none. */
  next: number | null;
}

export interface RefusedBy {
  by: string;
  venue: number | null;
  name: string | null;
  reason: string;
  count: number;
}

export interface RefusedRow {
  file: string;
  row: number;
  field: string;
  value: string;
  reason: string;
}

export interface Released {
  number: number;
  state: State;
  rows: number;
}

export interface Reliable {
  confidence: number;
  share_right: number;
  calls: number;
}

export interface Revoked {
}

export interface RiskHistory {
  ts: number[];
  value_at_risk: number[];
  expected_shortfall: number[];
  margin: number[];
}

export type Role = "viewer" | "trader" | "risk" | "compliance" | "admin";

export interface RoutingDecision {
  ts_event: number;
  ts_recv: number;
  order: string;
  parent: string;
  text: string;
}

export interface RoutingDecisionPage {
  /** As of when, ns UTC. */
  now: number;
  rows: RoutingDecision[];
  /** `after` of the next page; null where there is none. */
  next: number | null;
}

export interface Run {
  run: string;
  title: string;
  currency: string;
  state: string;
  /** Of the engine after its last input. */
  state_hash: string;
  inputs: number;
  version: string;
  /** Time of inputs in the engine, by share of them. */
  latency_ns: Record<string, number>;
  data: Series[];
  markets: Market[];
  strategies: StrategyOf[];
  takes_orders: boolean;
  clock: Clock;
}

export interface ScopeAsked {
  /** As `scopes` of the answer has it. */
  venue?: string | null;
  trading_book?: string | null;
  strategy?: string | null;
  counterparty?: string | null;
  /** Clears through it. */
  member?: string | null;
  /** A delivery period. */
  instrument?: number | null;
}

export interface ScopeLimit {
  limit: string;
  scope: string;
  measure: string;
  /** Null where it cannot be told. */
  value: number | null;
  soft: number;
  /** Raises included. */
  hard: number;
  /** Of the run so far. */
  highest: number;
  /** Used share of the hard level. */
  share: number | null;
  /** Which level is passed. */
  severity: "" | "soft" | "hard";
  owner: string;
}

export interface Score {
  strategy: string;
  periods: number;
  mae: number;
  /** Periods for which a price was known at the instant of the forecast. */
  compared: number;
  compared_mae: number | null;
  /** Of the price known then, over the periods compared. */
  naive_mae: number | null;
  relative: number | null;
  calls: number;
  right: number | null;
  /** P&L in the desk's currency. */
  total: number | null;
}

export interface Scores {
  now: number;
  scores: Score[];
}

export interface Series {
  name: string;
  source: string;
  rows_read: number;
  rows_kept: number;
  out_of_order: number;
  /** Begin and end of each, ns UTC, and how many delivery periods are missing. */
  gaps: [number, number, number][];
  set_aside: number;
  /** By time of delivery: begin and end, ns UTC; rows in order, late, missing, set aside. */
  timeline: [number, number, number, number, number, number][];
}

export interface Session {
  name: string;
  role: Role;
  may: Permission[];
}

export interface SessionBegun {
  name: string;
  role: Role;
}

export interface SheetAsked {
  title: string;
  /** Whose times are in it. */
  clock: string;
  columns: string[];
  rows: ((boolean | number | string | null)[])[];
}

export interface Signal {
  signal: string;
  strategy: string;
  instrument: number;
  direction: string;
  /** Null where the signal is certain: its price is a limit or what was seen. */
  forecast: number | null;
  confidence: number;
  valid_until: number;
  orders: string[];
  /** The price of record, once it is known. */
  came: number | null;
  is_right: boolean | null;
  ts_event: number;
  ts_recv: number;
}

export interface SignalPage {
  /** As of when, ns UTC. */
  now: number;
  rows: Signal[];
  /** `after` of the next page; null where there is none. */
  next: number | null;
}

export interface SilenceAsked {
  /** Name of a rule; null for all. */
  rule?: string | null;
  /** Of the time shown, ns UTC. */
  start: number;
  end: number;
  reason: string;
}

export interface Silenced {
  silence: number;
  /** Null for every rule. */
  rule: string | null;
  start: number;
  end: number;
  reason: string;
  by: string;
  /** Who ended it before its time. */
  lifted_by: string | null;
  /** Whether it silences now. */
  is_active: boolean;
}

export interface SilencedPage {
  /** As of when, ns UTC. */
  now: number;
  rows: Silenced[];
  /** `after` of the next page; null where there is none. */
  next: number | null;
}

export interface Stage {
  stage: string;
  total: number;
  mean_seconds: number | null;
  /** Between each bound and the one before; the last above all bounds. */
  counts: number[];
}

export type State = "held" | "released" | "corrected" | "dropped";

export interface StopDone {
  at: number;
  by: string;
  /** Whether it was a release. */
  allowed: boolean;
  scope: StopNames;
  orders: number;
  cancelled: number;
  ended_otherwise: number;
  open: number;
  refused: string[];
}

export interface StopNames {
  venue: string | null;
  trading_book: string | null;
  strategy: string | null;
  instrument: number | null;
  trader: number | null;
  counterparty: string | null;
  member: string | null;
}

export interface StopScopes {
  venues: string[];
  trading_books: string[];
  strategies: string[];
  counterparties: string[];
  members: string[];
}

export interface StopState {
  now: number;
  takes_stops: boolean;
  is_stopped: boolean;
  in_force: StopDone[];
  /** Newest first. */
  acts: StopDone[];
  scopes: StopScopes;
}

export interface StrategyLine {
  name: string;
  market: string;
  realised: number;
  unrealised: number;
  fees: number;
  /** Realised and unrealised less fees. */
  total: number;
  is_synthetic: boolean;
  orders: number;
  fills: number;
  /** Filled share of the volume routed. */
  fill_rate: number | null;
  /** Cost of fills against the middle when routed. */
  slippage: number | null;
}

export interface StrategyOf {
  strategy: number;
  name: string;
  kind: string;
  market: string;
  book: string;
  battery: BatteryTerms | null;
  /** Who is responsible; empty where orders name their own. */
  trader: string;
}

export interface Stress {
  scenario: string;
  total: number;
  by: Record<string, Record<string, number>>;
}

export interface StressAsked {
  relative?: number | null;
  absolute?: number | null;
}

export interface Stressed {
  now: number;
  note: string;
  rows: Stress[];
}

export interface StructuredBooked {
  new: number;
  unchanged: number;
  /** For a second person. */
  waits: number;
  /** Behind a later message. */
  overtaken: number;
  /** Why no close can value some of them yet. */
  notes: string[];
}

export interface StructuredDeal {
  deal: string;
  version: number;
  status: "live" | "cancelled";
  kind: string;
  trade_date: string;
  first: string;
  last: string;
  currency: string;
  parties: string;
  legs: string;
}

export interface StructuredHistory {
  deal: string;
  versions: StructuredVersion[];
  terms: [string, string][];
}

export interface StructuredVersion {
  version: number | null;
  state: string;
  status: "live" | "cancelled";
  known_ns: number;
  entered_by: string;
  decided_by: string | null;
  comment: string | null;
  file: string;
  changes: string;
}

export interface Tail {
  value_at_risk: number;
  expected_shortfall: number;
  margin: number;
}

export interface Tails {
  now: number;
  confidence: number;
  currency: string;
  /** Why there is no tail. */
  note: string;
  tail: Tail | null;
  scenarios: number;
  parts: PartsOfRisk;
  deltas: Delta[];
  history: RiskHistory;
  breaches: Breach[];
  limits: ScopeLimit[];
  /** What is posted, by a rule of kind ``margin``, else the desk file; null where none says. */
  collateral: number | null;
}

export interface Token {
  access_token: string;
  token_type: "Bearer";
  expires_in: number;
  scope: string;
  refresh_token?: string | null;
}

export interface Trade {
  sequence: number;
  instrument: number;
  aggressor: "buy" | "sell" | null;
  price: number;
  volume: number;
  ts_event: number;
  ts_recv: number;
}

export interface TradeAsked {
  instrument: number;
  /** In volume units; sold below zero. */
  volume: number;
}

export interface TradePage {
  /** As of when, ns UTC. */
  now: number;
  rows: Trade[];
  /** `after` of the next page; null where there is none. */
  next: number | null;
}

export interface Trial {
  now: number;
  before: Tail;
  after: Tail;
  /** Null for a volume of 0, and where no price of the contract is known. */
  gate: Gate | null;
}

export interface VenueCost {
  venue: number;
  name: string;
  orders: number;
  ordered: number;
  filled: number | null;
  fill_rate: number | null;
  refused: number;
  accept_seconds: number | null;
  queue_seconds: number | null;
  waited_seconds: number | null;
  maker_share: number | null;
  against_mid: number | null;
  half_spread: number | null;
  fees: number | null;
  cost_after_fees: number | null;
  markout_1: number | null;
  adverse_1: number | null;
  markout_10: number | null;
  adverse_10: number | null;
  markout_60: number | null;
  adverse_60: number | null;
}

export interface Why {
  why: string;
}

export interface Workspace {
  name: string;
  layout: string;
}

export interface Operations {
  "GET /.well-known/oauth-authorization-server": { answer: IssuerMetadata };
  "GET /v1/alerts": { query: { "severity"?: "info" | "warning" | "critical" | null; "is_over"?: boolean | null; "limit"?: number; "after"?: number }; answer: AlertPage };
  "GET /v1/alerts/deliveries": { query: { "limit"?: number; "after"?: number }; answer: DeliveryPage };
  "GET /v1/alerts/rules": { answer: AlertRules };
  "GET /v1/alerts/silences": { query: { "limit"?: number; "after"?: number }; answer: SilencedPage };
  "POST /v1/alerts/silences": { body: SilenceAsked; answer: Silenced };
  "DELETE /v1/alerts/silences/{number}": { path: { "number": number }; answer: Silenced };
  "POST /v1/alerts/{number}/acknowledge": { path: { "number": number }; answer: Alert };
  "GET /v1/auctions": { answer: Auctions };
  "GET /v1/auctions/{market}/{auction}": { path: { "market": string; "auction": string }; answer: AuctionPage };
  "GET /v1/auctions/{market}/{auction}/periods/{period}": { path: { "market": string; "auction": string; "period": number }; answer: AuctionPicture };
  "GET /v1/audit": { query: { "text"?: string; "limit"?: number; "after"?: number }; answer: Audit };
  "GET /v1/batteries": { answer: Batteries };
  "GET /v1/contests": { answer: Contests };
  "GET /v1/curves": { answer: Curves };
  "GET /v1/curves/{place}/days/{as_of}": { path: { "place": string; "as_of": string }; query: { "version"?: string | null; "tenor"?: "day" | "week" | "month" | "quarter" | "year" }; answer: Curve };
  "GET /v1/curves/{place}/products": { path: { "place": string }; query: { "product": string }; answer: ProductPrices };
  "GET /v1/deals": { answer: Deals };
  "POST /v1/deals": { header: { "Idempotency-Key": string }; body: DealAsked; answer: Booked };
  "POST /v1/deals/amendments/{number}": { path: { "number": string }; body: Decision; answer: Decided };
  "GET /v1/deals/closes/{day}": { path: { "day": string }; answer: ClosedState };
  "GET /v1/deals/{deal}/history": { path: { "deal": string }; answer: DealHistory };
  "GET /v1/execution/costs": { answer: Costs };
  "GET /v1/execution/decisions": { query: { "limit"?: number; "after"?: number }; answer: RoutingDecisionPage };
  "GET /v1/execution/parents": { query: { "limit"?: number; "after"?: number }; answer: ParentPage };
  "POST /v1/export/xlsx": { body: SheetAsked };
  "GET /v1/fills": { query: { "limit"?: number; "after"?: number; "strategy"?: string | null; "instrument"?: number | null }; answer: FillPage };
  "GET /v1/ingest/quarantine": { query: { "state"?: State; "limit"?: number; "after"?: number }; answer: HeldParts };
  "GET /v1/ingest/quarantine/{number}": { path: { "number": number }; answer: HeldDetail };
  "POST /v1/ingest/quarantine/{number}/correct": { path: { "number": number }; body: Why; answer: Corrected };
  "POST /v1/ingest/quarantine/{number}/drop": { path: { "number": number }; body: Why; answer: Dropped };
  "POST /v1/ingest/quarantine/{number}/release": { path: { "number": number }; body: Why; answer: Released };
  "GET /v1/instruments": { query: { "limit"?: number; "after"?: number; "market"?: string | null; "segment"?: string | null }; answer: InstrumentPage };
  "GET /v1/instruments/{number}/book": { path: { "number": number }; answer: Book };
  "GET /v1/instruments/{number}/prices": { path: { "number": number }; answer: PriceLine };
  "GET /v1/jobs": { query: { "limit"?: number; "after"?: number }; answer: JobOfPage };
  "GET /v1/keys": { answer: KeyOf[] };
  "POST /v1/keys": { body: KeyAsked; answer: Record<string, string> };
  "DELETE /v1/keys/{name}": { path: { "name": string } };
  "GET /v1/kill-switch": { answer: StopState };
  "POST /v1/kill-switch/release": { header: { "Idempotency-Key": string }; body: ScopeAsked; answer: StopDone };
  "POST /v1/kill-switch/stop": { header: { "Idempotency-Key": string }; body: ScopeAsked; answer: StopDone };
  "GET /v1/latencies": { answer: Latencies };
  "GET /v1/leaderboard": { answer: Boards };
  "GET /v1/markets/{name}/contributions": { path: { "name": string }; query: { "limit"?: number; "after"?: number }; answer: ContributionsOfPage };
  "GET /v1/markets/{name}/lines": { path: { "name": string }; answer: MarketLines };
  "GET /v1/oauth/authorize": { query: { "client_id": string; "redirect_uri": string; "response_type"?: string; "code_challenge"?: string; "code_challenge_method"?: string; "scope"?: string; "state"?: string } };
  "GET /v1/oauth/clients": { answer: ClientOf[] };
  "POST /v1/oauth/clients": { body: ClientAsked; answer: ClientMade };
  "DELETE /v1/oauth/clients/{name}": { path: { "name": string } };
  "GET /v1/oauth/keys": { answer: KeySet };
  "POST /v1/oauth/revoke": { body: { token?: string; token_type_hint?: string; client_id?: string; client_secret?: string }; answer: Revoked };
  "POST /v1/oauth/token": { body: { grant_type?: string; code?: string; redirect_uri?: string; code_verifier?: string; refresh_token?: string; scope?: string; client_id?: string; client_secret?: string }; answer: Token };
  "GET /v1/orders": { query: { "state"?: "pending_new" | "accepted" | "partially_filled" | "filled" | "cancelled" | "rejected" | "expired" | "pending_cancel" | "pending_amend" | "suspended" | "stopped" | "done_for_day" | "accepted_for_bidding" | "offered" | null; "limit"?: number; "after"?: number; "strategy"?: string | null; "instrument"?: number | null }; answer: OrderPage };
  "POST /v1/orders": { header: { "Idempotency-Key": string }; body: OrderAsked; answer: OrderNumber };
  "POST /v1/orders/cancel-all": { header: { "Idempotency-Key": string }; answer: AllCancelled };
  "DELETE /v1/orders/{order_id}": { path: { "order_id": number }; header: { "Idempotency-Key": string }; answer: OrderNumber };
  "PATCH /v1/orders/{order_id}": { path: { "order_id": number }; header: { "Idempotency-Key": string }; body: AmendAsked; answer: OrderNumber };
  "GET /v1/plants": { answer: Plants };
  "GET /v1/pnl": { answer: Pnl };
  "GET /v1/positions": { query: { "limit"?: number; "after"?: number; "strategy"?: string | null }; answer: PositionPage };
  "GET /v1/quarantine": { query: { "limit"?: number; "after"?: number }; answer: AsideRowPage };
  "GET /v1/quotes": { query: { "instrument"?: number[] | null; "limit"?: number; "after"?: number }; answer: QuotePage };
  "GET /v1/refusals": { query: { "limit"?: number; "after"?: number }; answer: RefusalPage };
  "GET /v1/replay": { answer: Clock };
  "PATCH /v1/replay": { body: Playing; answer: Clock };
  "GET /v1/risk": { answer: Limits };
  "POST /v1/risk/breaches/{number}": { path: { "number": number }; body: BreachSaid; answer: Breach };
  "POST /v1/risk/stress": { body: StressAsked; answer: Stressed };
  "GET /v1/risk/tails": { answer: Tails };
  "POST /v1/risk/what-if": { body: TradeAsked; answer: Trial };
  "GET /v1/run": { answer: Run };
  "GET /v1/scores": { answer: Scores };
  "DELETE /v1/session": {  };
  "GET /v1/session": { answer: Session };
  "POST /v1/session": { body: Asked; answer: SessionBegun };
  "GET /v1/signals": { query: { "limit"?: number; "after"?: number; "strategy"?: string | null }; answer: SignalPage };
  "GET /v1/strategies/{name}/forecast": { path: { "name": string }; answer: Forecast };
  "POST /v1/structured-deals": { body: DocumentAsked; answer: StructuredBooked };
  "POST /v1/structured-deals/{deal}/cancel": { path: { "deal": string }; body: CancelAsked; answer: StructuredBooked };
  "GET /v1/structured-deals/{deal}/history": { path: { "deal": string }; answer: StructuredHistory };
  "GET /v1/trades": { query: { "limit"?: number; "after"?: number; "instrument"?: number | null }; answer: TradePage };
  "GET /v1/workspaces": { answer: Workspace[] };
  "DELETE /v1/workspaces/{name}": { path: { "name": string } };
  "PUT /v1/workspaces/{name}": { path: { "name": string }; body: Layout; answer: Workspace };
}
