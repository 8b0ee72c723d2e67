// The delivery-period grid: a row an hour (or a day of hours), a cell a period. Cells are written
// one by one outside React, only where something changed, at most once a frame.
import { fixed, minute, number, offset, until } from "./format";
import type { Store } from "./store";
import type { Instrument } from "./types";

export interface Shown {
  price: number | null;
  change: number | null;
}

/** The price of an instrument that counts now: middle of the book, last trade, price of record. */
export function priceOf(store: Store, instrument: number): Shown {
  const quote = store.quotes.get(instrument);
  const row = store.markets.get(instrument);
  const record = row?.reference ? Object.values(row.reference).at(-1) : undefined;
  const last = row?.last_price ?? null;
  let price = last ?? record ?? null;
  if (quote && quote.bid_price !== null && quote.ask_price !== null) {
    price = (quote.bid_price + quote.ask_price) / 2;
  }
  return { price, change: price !== null && last !== null ? price - last : null };
}

const STEPS = 9;

interface Cell {
  button: HTMLButtonElement;
  price: HTMLElement;
  detail: HTMLElement;
  text: string;
  detailText: string;
  heat: number;
}

export class HeatGrid {
  private cells = new Map<number, Cell>();
  private numbers: number[] = [];
  private ticks = new Map<number, number>();
  private low = 0;
  private high = 1;
  private perRow = 4;
  private frame = 0;
  private readonly dirty = new Set<number>();

  constructor(
    private readonly host: HTMLElement,
    private readonly store: Store,
    private readonly onChoose: (instrument: number) => void,
  ) {
    host.addEventListener("keydown", (event) => this.key(event));
  }

  /** Draws the grid anew. */
  show(instruments: Instrument[], zone: string): void {
    this.cells.clear();
    this.numbers = instruments.map((one) => one.instrument);
    this.ticks = new Map(instruments.map((one) => [one.instrument, one.tick]));
    const hours = new Map<number, Instrument[]>();
    const [first] = instruments;
    // Four cells a row: the quarters of an hour, or four hours.
    const row = 4 * Math.max(900e9, first ? first.delivery_end - first.delivery_start : 0);
    const begin = first ? first.delivery_start : 0;
    for (const one of instruments) {
      const start = begin + Math.floor((one.delivery_start - begin) / row) * row;
      hours.set(start, [...(hours.get(start) ?? []), one]);
    }
    this.perRow = Math.max(1, ...[...hours.values()].map((row) => row.length));
    this.host.replaceChildren();
    this.host.style.setProperty("--columns", String(this.perRow));
    const labels = [...hours.keys()].map((start) => minute(start, zone));
    [...hours.entries()].forEach(([start, row], place) => {
      const line = document.createElement("div");
      line.setAttribute("role", "row");
      const head = document.createElement("span");
      head.setAttribute("role", "rowheader");
      const label = labels[place] ?? "";
      // In autumn one hour comes twice; its distance from UTC tells which one it is.
      const isTwice = labels.filter((other) => other === label).length > 1;
      head.textContent = isTwice ? `${label} ${offset(start, zone)}` : label;
      line.append(head, ...row.map((one) => this.cell(one, zone)));
      this.host.append(line);
    });
    this.all();
  }

  private cell(one: Instrument, zone: string): HTMLElement {
    const button = document.createElement("button");
    button.type = "button";
    button.setAttribute("role", "gridcell");
    button.dataset["instrument"] = String(one.instrument);
    button.tabIndex = -1;
    button.title = `${one.symbol}: ${minute(one.delivery_start, zone)}–${minute(one.delivery_end, zone)}`;
    const price = document.createElement("b");
    const detail = document.createElement("small");
    button.append(price, detail);
    button.addEventListener("click", () => this.onChoose(one.instrument));
    this.cells.set(one.instrument, {
      button, price, detail, text: "", detailText: "", heat: -1,
    });
    return button;
  }

  /** Marks the instrument that is chosen; it alone takes the keyboard's focus by Tab. */
  choose(instrument: number | null): void {
    for (const [held, { button }] of this.cells) {
      const isChosen = held === instrument;
      button.setAttribute("aria-selected", String(isChosen));
      button.tabIndex = isChosen || (instrument === null && held === this.numbers[0]) ? 0 : -1;
    }
  }

  /** Takes over which instruments changed; they are drawn with the next frame. */
  changed(instruments: Iterable<number>): void {
    for (const instrument of instruments) {
      if (this.cells.has(instrument)) this.dirty.add(instrument);
    }
    if (this.dirty.size && !this.frame) {
      this.frame = requestAnimationFrame(() => {
        this.frame = 0;
        this.draw();
      });
    }
  }

  /** Draws every cell with the next frame. */
  all(): void {
    this.changed(this.numbers);
  }

  stop(): void {
    cancelAnimationFrame(this.frame);
  }

  private draw(): void {
    const prices = this.numbers
      .map((one) => priceOf(this.store, one).price)
      .filter((price): price is number => price !== null);
    const [low, high] = [Math.min(...prices), Math.max(...prices)];
    if (prices.length && (low !== this.low || high !== this.high)) {
      [this.low, this.high] = [low, high];
      for (const one of this.numbers) this.dirty.add(one);
    }
    const held = new Map<number, number>();
    for (const one of this.store.standing?.positions ?? []) {
      held.set(one.instrument, (held.get(one.instrument) ?? 0) + one.volume);
    }
    for (const one of this.dirty) this.write(one, held.get(one) ?? 0);
    this.dirty.clear();
  }

  private write(instrument: number, position: number): void {
    const cell = this.cells.get(instrument);
    if (!cell) return;
    const { price, change } = priceOf(this.store, instrument);
    const isClosed = this.store.markets.get(instrument)?.is_closed === true;
    const text = fixed(price, this.ticks.get(instrument) ?? 0.01);
    const arrow = change === null || change === 0 ? "" : change > 0 ? "▲" : "▼";
    const detail = `${arrow}${position ? ` ${number(position, 1)}` : ""}${isClosed ? " ×" : ""}`;
    if (text !== cell.text) cell.price.textContent = cell.text = text;
    if (detail !== cell.detailText) cell.detail.textContent = cell.detailText = detail;
    const share = price === null ? -1 : (price - this.low) / (this.high - this.low || 1);
    const heat = price === null ? -1 : Math.min(STEPS - 1, Math.floor(share * STEPS));
    if (heat !== cell.heat) {
      cell.heat = heat;
      cell.button.dataset["heat"] = String(heat);
    }
    if (cell.button.classList.contains("is-closed") !== isClosed) {
      cell.button.classList.toggle("is-closed", isClosed);
    }
  }

  private key(event: KeyboardEvent): void {
    const at = this.numbers.indexOf(Number((event.target as HTMLElement).dataset["instrument"]));
    const step = {
      ArrowRight: 1,
      ArrowLeft: -1,
      ArrowDown: this.perRow,
      ArrowUp: -this.perRow,
    }[event.key];
    const next = step === undefined ? undefined : this.numbers[at + step];
    if (at < 0 || next === undefined) return;
    event.preventDefault();
    this.onChoose(next);
    this.cells.get(next)?.button.focus();
  }
}

/** How long an instrument can be traded still. */
export function gate(one: Instrument, now: number): string {
  return until(one.gate_closure, now);
}
