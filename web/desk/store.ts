// Everything that the stream has told, outside React; views subscribe to the topics they show.
import { unpack, type Message } from "./message";
import type {
  Alert,
  Clock,
  Fill,
  MarketRow,
  Order,
  Quote,
  Refusal,
  Standing,
  Trade,
} from "./types";

export type Topic =
  | "quotes"
  | "markets"
  | "orders"
  | "fills"
  | "trades"
  | "refusals"
  | "standing"
  | "clock"
  | "alerts"
  | "link";

/** How long without a message until what is shown counts as old, ms. */
const STALE_MS = 1_200;
const TRADES_KEPT = 500;
const RETRY_MS = [100, 200, 400, 800, 1_000];

export class Store {
  readonly quotes = new Map<number, Quote>();
  readonly markets = new Map<number, MarketRow>();
  readonly orders = new Map<string, Order>();
  readonly fills = new Map<number, Fill>();
  readonly refusals = new Map<number, Refusal>();
  readonly alerts = new Map<number, Alert>();
  trades: Trade[] = [];
  standing: Standing | null = null;
  clock: Clock | null = null;
  run = "";
  last = 0;
  isStale = true;
  /** When the last message came, ms of the page's clock. */
  heard = -Infinity;
  /** How long the last message was on its way, by the clock of this machine; ms. */
  delay = 0;
  /** Messages that did not follow the one before: each is a snapshot asked for anew. */
  gaps = 0;
  reconnects = -1;
  /** Instruments whose quote or trade has changed since a drawer last asked. */
  readonly changed = new Set<number>();

  private readonly listeners = new Map<Topic, Set<() => void>>();
  private readonly versions = new Map<Topic, number>();
  private socket: WebSocket | null = null;
  private failures = 0;
  /** When the socket was opened, ms of the page's clock. */
  private opened = -Infinity;

  subscribe(topic: Topic, listener: () => void): () => void {
    const found = this.listeners.get(topic) ?? new Set();
    this.listeners.set(topic, found.add(listener));
    return () => void found.delete(listener);
  }

  version(topic: Topic): number {
    return this.versions.get(topic) ?? 0;
  }

  private tell(topic: Topic): void {
    this.versions.set(topic, this.version(topic) + 1);
    for (const listener of this.listeners.get(topic) ?? []) listener();
  }

  start(): void {
    this.connect();
    setInterval(() => this.watch(), 200);
  }

  /** Resolves once the first snapshot has come, or after so many ms without one. */
  begun(most: number): Promise<void> {
    return new Promise((resolve) => {
      const end = this.subscribe("clock", done);
      const timer = setTimeout(done, most);
      function done(): void {
        clearTimeout(timer);
        end();
        resolve();
      }
    });
  }

  private connect(): void {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const goesOn = this.run ? `?run=${this.run}&after=${this.last}` : "";
    const socket = new WebSocket(`${scheme}://${location.host}/v1/stream${goesOn}`);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      this.opened = performance.now();
      this.failures = 0;
      this.reconnects += 1;
    };
    socket.onmessage = (event) => {
      this.take(unpack(event.data as ArrayBuffer));
      // The server sends no more than a few messages that were not taken.
      if (socket.readyState === WebSocket.OPEN) socket.send(String(this.last));
    };
    socket.onclose = () => {
      if (this.socket !== socket) return;
      const wait = RETRY_MS[Math.min(this.failures, RETRY_MS.length - 1)] ?? 1_000;
      this.failures += 1;
      setTimeout(() => void this.again(), wait);
    };
    this.socket = socket;
  }

  private async again(): Promise<void> {
    // A restarted server does not know the session; the page is the same, so it asks for a new one.
    if (this.failures > 1) {
      const body = { method: "POST", body: "{}", headers: { "Content-Type": "application/json" } };
      // A session that holds still keeps the role that was chosen.
      const held = await fetch("/v1/session").catch(() => undefined);
      if (held?.status === 401) await fetch("/v1/session", body).catch(() => undefined);
    }
    this.connect();
  }

  /** Whether what is shown is old; told within a fifth of a second of its getting so. */
  private watch(): void {
    const now = performance.now();
    const isStale = now - this.heard > STALE_MS;
    if (isStale && now - this.opened > STALE_MS && this.socket?.readyState === WebSocket.OPEN) {
      // Open but silent: the other side may be gone without a word.
      this.socket.close();
    }
    if (isStale !== this.isStale || isStale) {
      this.isStale = isStale;
      this.tell("link");
    }
  }

  take(message: Message): void {
    const { header } = message;
    const isSnapshot = header.kind === "snapshot";
    if (!isSnapshot && header.first !== this.last + 1) {
      this.gaps += 1;
      this.run = "";
      this.socket?.close();
      return;
    }
    if (isSnapshot) this.clear();
    this.run = header.run;
    this.last = header.last;
    this.delay = Date.now() - header.sent_ms;
    this.heard = performance.now();
    this.rows(header);
    this.quoted(message);
    for (const topic of ["clock", "standing"] as const) {
      if (header[topic]) {
        Object.assign(this, { [topic]: header[topic] });
        this.tell(topic);
      }
    }
    if (this.isStale) {
      this.isStale = false;
      this.tell("link");
    }
  }

  private clear(): void {
    for (const rows of [this.quotes, this.markets, this.orders, this.fills, this.refusals]) {
      rows.clear();
    }
    this.alerts.clear();
    this.trades = [];
    const topics: Topic[] = ["quotes", "markets", "orders", "fills", "refusals", "trades", "alerts"];
    for (const topic of topics) this.tell(topic);
  }

  private rows(header: Message["header"]): void {
    const keep = <K, R>(topic: Topic, rows: Map<K, R>, key: (row: R) => K): void => {
      const found = header[topic] as R[] | undefined;
      if (!found?.length) return;
      for (const row of found) rows.set(key(row), row);
      this.tell(topic);
    };
    keep("markets", this.markets, (row) => (this.changed.add(row.instrument), row.instrument));
    keep("orders", this.orders, (row) => row.order_id);
    keep("fills", this.fills, (row) => row.fill);
    keep("refusals", this.refusals, (row) => row.refusal);
    keep("alerts", this.alerts, (row) => row.alert);
    const trades = header["trades"] as Trade[] | undefined;
    if (trades?.length) {
      this.trades = [...this.trades, ...trades].slice(-TRADES_KEPT);
      this.tell("trades");
    }
  }

  private quoted({ rows, columns }: Message): void {
    if (!rows) return;
    const column = (name: string): Float64Array | BigInt64Array => {
      const found = columns.get(name);
      if (!found) throw new Error(`the stream lacks ${name}`);
      return found;
    };
    const [numbers, bids, asks] = [column("instrument"), column("bid_price"), column("ask_price")];
    const [bidVolumes, askVolumes] = [column("bid_volume"), column("ask_volume")];
    const [events, received] = [column("ts_event"), column("ts_recv")];
    const known = (value: number): number | null => (Number.isNaN(value) ? null : value);
    for (let row = 0; row < rows; row += 1) {
      const instrument = Number(numbers[row]);
      this.changed.add(instrument);
      this.quotes.set(instrument, {
        instrument,
        bid_price: known(Number(bids[row])),
        ask_price: known(Number(asks[row])),
        bid_volume: Number(bidVolumes[row]),
        ask_volume: Number(askVolumes[row]),
        ts_event: Number(events[row]),
        ts_recv: Number(received[row]),
      });
    }
    this.tell("quotes");
  }
}
