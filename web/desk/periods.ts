// Which cell of the delivery-period grid stands where: days across, the periods of a day down.
import { isTwice, minute, offset, period, weekday } from "./format";
import type { Instrument } from "./types";

const HOUR = 3_600e9;
/** The longest day has 25 hours. */
const DAY_MOST = 25 * HOUR;

/** How long the periods are that the rows stand for. */
export const GRAINS = { short: "Within the hour", hours: "Hours", blocks: "Blocks", longer: "Longer" } as const;
export type Grain = keyof typeof GRAINS;

/** One delivery period: a contract of its own, or several whose mean is shown. */
export interface Slot {
  name: string;
  start: number;
  end: number;
  contracts: Instrument[];
}

interface Row {
  label: string;
  /** Rows rise by it. */
  order: number;
  /** By day, then by place within the row's hour. */
  days: (Slot | null)[][];
}

export interface Layout {
  /** Above the columns; none where a row is longer than a day. */
  days: string[];
  /** Columns of a day. */
  perDay: number;
  rows: Row[];
}

const lengthOf = (one: Instrument): number => one.delivery_end - one.delivery_start;

/** The lengths that a market's contracts can be shown by, the shortest first. */
export function grainsOf(instruments: Instrument[]): Grain[] {
  const is = (test: (length: number) => boolean): boolean => instruments.some((one) => test(lengthOf(one)));
  const kept: [Grain, boolean][] = [
    ["short", is((length) => length < HOUR)],
    ["hours", is((length) => length <= HOUR)],
    ["blocks", is((length) => length <= DAY_MOST)],
    ["longer", is((length) => length > DAY_MOST)],
  ];
  return kept.filter(([, isThere]) => isThere).map(([grain]) => grain);
}

/** Where each period stands; `marketZone` is the clock that blocks are made on, whichever is chosen. */
export function layoutOf(instruments: Instrument[], grain: Grain, zone: string, marketZone: string, filter: string): Layout {
  const wanted = filter.trim().toLowerCase();
  const blockZone = grain === "blocks" ? marketZone : zone;
  const slots = slotsOf(instruments, grain, blockZone).filter(
    ({ slot }) => !wanted || `${slot.name} ${period(slot.start, slot.end, blockZone)}`.toLowerCase().includes(wanted),
  );
  if (grain === "longer") {
    return { days: [], perDay: 1, rows: slots.map(({ slot, row, order }) => ({ label: row, order, days: [[slot]] })) };
  }
  const days = [...new Map(slots.map(({ slot }) => [weekday(slot.start, blockZone), slot.start])).entries()]
    .sort((a, b) => a[1] - b[1])
    .map(([name]) => name);
  const perDay = Math.max(1, ...slots.map(({ place }) => place + 1));
  const rows = new Map<string, Row>();
  for (const { slot, row, order, place } of slots) {
    const day = days.indexOf(weekday(slot.start, blockZone));
    // Two contracts of one period, as of two places, stand below each other.
    let [label, times] = [row, 1];
    for (; rows.get(label)?.days[day]?.[place]; times += 1) label = `${row} · ${times + 1}`;
    const found = rows.get(label) ?? { label, order, days: days.map(() => Array<Slot | null>(perDay).fill(null)) };
    const cells = found.days[day];
    if (cells) cells[place] = slot;
    rows.set(label, found);
  }
  return { days, perDay, rows: [...rows.values()].sort((a, b) => a.order - b.order) };
}

interface Placed {
  slot: Slot;
  /** The label of its row. */
  row: string;
  order: number;
  place: number;
}

function slotsOf(instruments: Instrument[], grain: Grain, zone: string): Placed[] {
  const within = (least: number, most: number): Instrument[] =>
    instruments.filter((one) => lengthOf(one) > least && lengthOf(one) <= most);
  const short = within(0, HOUR - 1);
  if (grain === "short") return hourly(short, zone);
  const listed = within(HOUR - 1, HOUR);
  if (grain === "hours") return listed.length ? hourly(listed, zone) : meansOfHours(short, zone);
  if (grain === "blocks") return [...within(HOUR, DAY_MOST).map((one) => blockOf(one, zone)), ...loads(listed.length ? listed : short, zone)];
  return within(DAY_MOST, Infinity).map((one) => ({ slot: slotOf(one), row: period(one.delivery_start, one.delivery_end, zone), order: one.delivery_start, place: 0 }));
}

const slotOf = (one: Instrument): Slot => ({ name: one.symbol, start: one.delivery_start, end: one.delivery_end, contracts: [one] });

function blockOf(one: Instrument, zone: string): Placed {
  const row = `${minute(one.delivery_start, zone)}–${minute(one.delivery_end, zone)}`;
  return { slot: slotOf(one), row, order: Number(row.slice(0, 2)), place: 0 };
}

/** The beginning of the hour of the chosen clock. */
function hourOf(ns: number, zone: string): number {
  return ns - Number(minute(ns, zone).slice(3)) * 60e9;
}

/** Label and order of the row of an hour: with the distance from UTC where a day has the hour twice. */
function hourRows(instruments: Instrument[], zone: string): (hour: number) => Pick<Placed, "row" | "order"> {
  const hours = instruments.map((one) => hourOf(one.delivery_start, zone));
  const twice = new Set(hours.filter((hour) => isTwice(hour, zone)).map((hour) => minute(hour, zone)));
  return (hour) => {
    const label = minute(hour, zone);
    const order = Number(label.slice(0, 2));
    if (!twice.has(label)) return { row: label, order };
    // The one that is farther ahead of UTC comes first.
    const ahead = offset(hour, zone);
    return { row: `${label} ${ahead}`, order: order + (15 - Number(ahead.slice(0, 3))) / 100 };
  };
}

function hourly(instruments: Instrument[], zone: string): Placed[] {
  const rowOf = hourRows(instruments, zone);
  const least = Math.min(...instruments.map(lengthOf));
  return instruments.map((one) => {
    const hour = hourOf(one.delivery_start, zone);
    return { slot: slotOf(one), ...rowOf(hour), place: Math.round((one.delivery_start - hour) / least) };
  });
}

function meansOfHours(instruments: Instrument[], zone: string): Placed[] {
  const rowOf = hourRows(instruments, zone);
  const hours = new Map<number, Instrument[]>();
  for (const one of instruments) {
    const hour = hourOf(one.delivery_start, zone);
    hours.set(hour, [...(hours.get(hour) ?? []), one]);
  }
  return [...hours].map(([hour, contracts]) => ({ slot: meanOf("Hour", contracts), ...rowOf(hour), place: 0 }));
}

function meanOf(name: string, contracts: Instrument[]): Slot {
  const start = Math.min(...contracts.map((one) => one.delivery_start));
  const end = Math.max(...contracts.map((one) => one.delivery_end));
  return { name: `${name}, mean of ${contracts.length}`, start, end, contracts };
}

const LOADS = ["Base", "Peak", "Off-peak"];

/** Hours of the peak, Monday to Friday; by EEX and, of Britain, by ICE. Null where the desk knows no rule. */
export function peakOf(zone: string): [number, number] | null {
  if (zone === "Europe/London") return [7, 19];
  return zone.startsWith("Europe/") || zone === "UTC" ? [8, 20] : null;
}

/** Base, peak and off-peak of each whole day, in delivery periods that are listed. */
function loads(instruments: Instrument[], zone: string): Placed[] {
  const days = new Map<string, Instrument[]>();
  for (const one of instruments) {
    const day = weekday(one.delivery_start, zone);
    days.set(day, [...(days.get(day) ?? []), one]);
  }
  const peak = peakOf(zone);
  const made: Placed[] = [];
  const add = (row: string, contracts: Instrument[]): void => {
    if (contracts.length) made.push({ slot: meanOf(row, contracts), row, order: 24 + LOADS.indexOf(row), place: 0 });
  };
  for (const [day, contracts] of days) {
    if (!isWhole(contracts, zone)) continue;
    add("Base", contracts);
    if (!peak || /^(Sat|Sun)/.test(day)) continue;
    const isPeak = (one: Instrument): boolean => {
      const hour = Number(minute(one.delivery_start, zone).slice(0, 2));
      return hour >= peak[0] && hour < peak[1];
    };
    add("Peak", contracts.filter(isPeak));
    add("Off-peak", contracts.filter((one) => !isPeak(one)));
  }
  return made;
}

/** Whether contracts follow each other from midnight to midnight, each period once. */
function isWhole(contracts: Instrument[], zone: string): boolean {
  const sorted = [...contracts].sort((a, b) => a.delivery_start - b.delivery_start);
  const [first, last] = [sorted[0], sorted.at(-1)];
  if (!first || !last || minute(first.delivery_start, zone) !== "00:00" || minute(last.delivery_end, zone) !== "00:00") return false;
  return sorted.every((one, place) => place === 0 || sorted[place - 1]?.delivery_end === one.delivery_start);
}
