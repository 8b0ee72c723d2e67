// The delivery-period grid: days across, periods down. Cells are written one by one outside React,
// only where something changed, at most once a frame.
import { baseOf, BASES, type Basis, type Peers } from "./change";
import { fixed, left, number, period, until } from "./format";
import type { Layout, Slot } from "./periods";
import type { Store } from "./store";
import type { Instrument } from "./types";

export interface Shown {
  price: number | null;
  change: number | null;
}

/** What a change is held against. */
export interface Against {
  basis: Basis;
  peers: Peers;
}

/** The price of an instrument that counts now: middle of the book, last trade, price of record. */
export function priceOf(store: Store, instrument: number, { basis, peers }: Against): Shown {
  const quote = store.quotes.get(instrument);
  const row = store.markets.get(instrument);
  const record = row?.reference ? Object.values(row.reference).at(-1) : undefined;
  const last = row?.last_price ?? null;
  let price = last ?? record ?? null;
  if (quote && quote.bid_price !== null && quote.ask_price !== null) {
    price = (quote.bid_price + quote.ask_price) / 2;
  }
  const base = baseOf(store, instrument, basis, peers);
  return { price, change: price !== null && base !== null ? price - base : null };
}

/** Mean by length of delivery; null where one of them is not known. */
function meanOf(contracts: Instrument[], value: (one: Instrument) => number | null): number | null {
  let [sum, length] = [0, 0];
  for (const one of contracts) {
    const found = value(one);
    if (found === null) return null;
    sum += found * (one.delivery_end - one.delivery_start);
    length += one.delivery_end - one.delivery_start;
  }
  return length ? sum / length : null;
}

/** What a cell shows: of several contracts the mean, once all of them have a price. */
export function slotPrice(store: Store, { contracts }: Slot, against: Against): Shown {
  const [first] = contracts;
  if (first && contracts.length === 1) return priceOf(store, first.instrument, against);
  return {
    price: meanOf(contracts, (one) => priceOf(store, one.instrument, against).price),
    change: meanOf(contracts, (one) => priceOf(store, one.instrument, against).change),
  };
}

/** What is held by instrument, in volume units. */
export function heldBy(store: Store): Map<number, number> {
  const held = new Map<number, number>();
  for (const one of store.standing?.positions ?? []) {
    held.set(one.instrument, (held.get(one.instrument) ?? 0) + one.volume);
  }
  return held;
}

/** Mean power held over a cell's period. */
export function slotHeld(held: Map<number, number>, { contracts }: Slot): number {
  return meanOf(contracts, (one) => held.get(one.instrument) ?? 0) ?? 0;
}

/** The gate that closes next, or the last that has closed. */
export function slotGate({ contracts }: Slot, now: number): number {
  const gates = contracts.map((one) => one.gate_closure);
  const open = gates.filter((gate) => gate > now);
  return open.length ? Math.min(...open) : Math.max(...gates);
}

const STEPS = 9;
/** How often countdowns go on, ms. */
const COUNT_MS = 1_000;
/** The clock comes ten times a second. */
const TURNS = 10;

interface Cell {
  slot: Slot;
  button: HTMLButtonElement;
  /** Price, position, change, countdown; and what each says. */
  parts: HTMLElement[];
  texts: string[];
  heat: number;
  isClosed: boolean;
  group: Group;
}

/** The cells of one day in one row. */
interface Group {
  cells: (Cell | null)[];
  isSeen: boolean;
}

function made(tag: string, role: string, text = ""): HTMLElement {
  const element = document.createElement(tag);
  element.setAttribute("role", role);
  element.textContent = text;
  return element;
}

export class HeatGrid {
  /** By row, then by column; null where nothing is listed. */
  private rows: (Cell | null)[][] = [];
  private cells: Cell[] = [];
  private byInstrument = new Map<number, Cell[]>();
  private low = 0;
  private high = 1;
  private frame = 0;
  private counted = 0;
  private turn = 0;
  private readonly groups = new Map<Element, Group>();
  private readonly sight: IntersectionObserver;
  /** Whether what is chosen was not looked for yet in what is drawn. */
  private isNew = false;
  private readonly dirty = new Set<Cell>();
  private zone = "UTC";
  private against: Against = { basis: "trade", peers: new Map() };

  constructor(
    private readonly host: HTMLElement,
    private readonly store: Store,
    private readonly onChoose: (instrument: number) => void,
  ) {
    host.addEventListener("keydown", (event) => this.key(event));
    this.sight = new IntersectionObserver((entries) => this.seen(entries), { root: host });
  }

  /** Draws the grid anew. */
  show({ days, perDay, rows }: Layout, zone: string): void {
    this.zone = zone;
    this.byInstrument = new Map();
    this.dirty.clear();
    this.groups.clear();
    this.sight.disconnect();
    this.host.style.setProperty("--days", String(Math.max(1, days.length)));
    this.host.style.setProperty("--columns", String(perDay));
    const lines: HTMLElement[] = [];
    if (days.length) {
      const head = made("div", "row");
      head.append(made("span", "columnheader", "from"), ...days.map((day) => made("span", "columnheader", day)));
      head.className = "days";
      lines.push(head);
    }
    this.rows = rows.map(({ label, days: groups }) => {
      const line = made("div", "row");
      line.append(made("span", "rowheader", label));
      const cells = groups.map((group) => {
        const place = made("div", "presentation");
        const own: Group = { cells: [], isSeen: true };
        const found = group.map((slot) => (slot ? this.cell(slot, own) : null));
        own.cells = found;
        this.groups.set(place, own);
        this.sight.observe(place);
        place.append(...found.map((cell) => cell?.button ?? made("span", "gridcell")));
        line.append(place);
        return found;
      });
      lines.push(line);
      return cells.flat();
    });
    this.cells = this.rows.flat().filter((cell) => cell !== null);
    this.host.replaceChildren(...lines);
    this.isNew = true;
    this.all();
  }

  /** What comes into sight is written at once. */
  private seen(entries: IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting } of entries) {
      const group = this.groups.get(target);
      if (!group) continue;
      group.isSeen = isIntersecting;
      if (isIntersecting) for (const cell of group.cells) if (cell) this.dirty.add(cell);
    }
    this.soon();
  }

  private cell(slot: Slot, group: Group): Cell {
    const button = document.createElement("button");
    button.type = "button";
    button.setAttribute("role", "gridcell");
    button.dataset["instrument"] = String(slot.contracts[0]?.instrument);
    button.tabIndex = -1;
    button.title = this.titleOf(slot);
    const parts = ["b", "span", "small", "small"].map((tag) => document.createElement(tag));
    button.append(...parts);
    const cell: Cell = { slot, button, parts, texts: ["", "", "", ""], heat: -1, isClosed: false, group };
    button.addEventListener("click", () => this.take(cell));
    for (const { instrument } of slot.contracts) {
      this.byInstrument.set(instrument, [...(this.byInstrument.get(instrument) ?? []), cell]);
    }
    return cell;
  }

  private titleOf(slot: Slot): string {
    return `${slot.name}: ${period(slot.start, slot.end, this.zone)}; ▲▼ ${BASES[this.against.basis]}`;
  }

  /** Chooses a cell's contract: of several the first that can be traded still. */
  private take({ slot }: Cell): void {
    const now = this.store.clock?.now ?? 0;
    const chosen = slot.contracts.find((one) => one.gate_closure > now) ?? slot.contracts.at(-1);
    if (chosen) this.onChoose(chosen.instrument);
  }

  /** Marks the instrument that is chosen; it alone takes the keyboard's focus by Tab. */
  choose(instrument: number | null): void {
    const chosen = this.byInstrument.get(instrument ?? -1) ?? [];
    const reached = chosen[0] ?? this.cells[0];
    for (const cell of this.cells) {
      cell.button.setAttribute("aria-selected", String(chosen.includes(cell)));
      cell.button.tabIndex = cell === reached ? 0 : -1;
    }
    if (this.isNew && chosen[0]) this.reveal(chosen[0].button);
    this.isNew = false;
  }

  /** Scrolls the grid, not the page, until a cell is seen. */
  private reveal(button: HTMLElement): void {
    const [seen, own] = [this.host.getBoundingClientRect(), button.getBoundingClientRect()];
    if (own.bottom > seen.bottom) this.host.scrollTop += own.top - seen.top - seen.height / 2;
    if (own.right > seen.right) this.host.scrollLeft += own.left - seen.left - seen.width / 2;
  }

  /** Holds changes against another price. */
  hold(against: Against): void {
    this.against = against;
    for (const { button, slot } of this.cells) button.title = this.titleOf(slot);
    this.all();
  }

  /** Takes over which instruments changed; they are drawn with the next frame. */
  changed(instruments: Iterable<number>): void {
    for (const instrument of instruments) {
      for (const cell of this.byInstrument.get(instrument) ?? []) {
        if (cell.group.isSeen) this.dirty.add(cell);
      }
    }
    this.soon();
  }

  /** Draws every cell with the next frame. */
  all(): void {
    this.counted = performance.now();
    for (const cell of this.cells) this.dirty.add(cell);
    this.soon();
  }

  /** Goes on with the countdowns, and writes some of the cells that are out of sight: all of them in ten turns. */
  count(): void {
    this.turn = (this.turn + 1) % TURNS;
    const isDue = performance.now() - this.counted >= COUNT_MS;
    if (isDue) this.counted = performance.now();
    this.cells.forEach((cell, place) => {
      if (cell.group.isSeen ? isDue : place % TURNS === this.turn) this.dirty.add(cell);
    });
    this.soon();
  }

  stop(): void {
    this.sight.disconnect();
    cancelAnimationFrame(this.frame);
  }

  private soon(): void {
    if (!this.dirty.size || this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.draw();
    });
  }

  private draw(): void {
    const prices = this.cells
      .map((cell) => slotPrice(this.store, cell.slot, this.against).price)
      .filter((price): price is number => price !== null);
    const [low, high] = [Math.min(...prices), Math.max(...prices)];
    if (prices.length && (low !== this.low || high !== this.high)) {
      [this.low, this.high] = [low, high];
      for (const cell of this.cells) if (cell.group.isSeen) this.dirty.add(cell);
    }
    const held = heldBy(this.store);
    const now = this.store.clock?.now ?? 0;
    for (const cell of this.dirty) this.write(cell, slotHeld(held, cell.slot), now);
    this.dirty.clear();
  }

  private write(cell: Cell, position: number, now: number): void {
    const { slot, button, parts, texts } = cell;
    const { price, change } = slotPrice(this.store, slot, this.against);
    const tick = slot.contracts[0]?.tick ?? 0.01;
    const isClosed = slot.contracts.every((one) => this.store.markets.get(one.instrument)?.is_closed === true);
    const sign = change === null || change === 0 ? "" : change > 0 ? "▲" : "▼";
    const found = [
      fixed(price, tick),
      position ? (position > 0 ? "+" : "") + number(position, 1) : "",
      sign && change !== null ? sign + fixed(Math.abs(change), tick) : "",
      isClosed ? "×" : left(slotGate(slot, now), now),
    ];
    found.forEach((text, place) => {
      const part = parts[place];
      if (part && text !== texts[place]) part.textContent = texts[place] = text;
    });
    const share = price === null ? -1 : (price - this.low) / (this.high - this.low || 1);
    const heat = price === null ? -1 : Math.min(STEPS - 1, Math.floor(share * STEPS));
    if (heat !== cell.heat) {
      cell.heat = heat;
      button.dataset["heat"] = String(heat);
    }
    if (cell.isClosed !== isClosed) {
      cell.isClosed = isClosed;
      button.classList.toggle("is-closed", isClosed);
    }
  }

  private key(event: KeyboardEvent): void {
    const step = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] }[event.key];
    const row = this.rows.findIndex((cells) => cells.some((cell) => cell?.button === event.target));
    if (!step || row < 0) return;
    const [down = 0, right = 0] = step;
    const column = this.rows[row]?.findIndex((cell) => cell?.button === event.target) ?? 0;
    const next = down ? this.below(row, column, down) : this.beside(row, column, right);
    event.preventDefault();
    if (!next) return;
    this.take(next);
    next.button.focus();
  }

  private below(row: number, column: number, step: number): Cell | undefined {
    for (let at = row + step; at >= 0 && at < this.rows.length; at += step) {
      const found = this.rows[at]?.[column];
      if (found) return found;
    }
    return undefined;
  }

  /** The next in its row; after the end of a row the next row's first. */
  private beside(row: number, column: number, step: number): Cell | undefined {
    const flat = this.rows.flat();
    const width = this.rows[0]?.length ?? 1;
    for (let at = row * width + column + step; at >= 0 && at < flat.length; at += step) {
      const found = flat[at];
      if (found) return found;
    }
    return undefined;
  }
}

/** How long an instrument can be traded still. */
export function gate(one: Instrument, now: number): string {
  return until(one.gate_closure, now);
}
