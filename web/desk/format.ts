// Times on the clock that was chosen, and numbers; the same for tables, charts and exports.
import { number } from "../report/format";

export { number };

const decimals = new Map<number, Intl.NumberFormat>();

/** `value` with as many decimals as its `step` has, such as a tick or lot; a true minus sign. */
export function fixed(value: number | null | undefined, step: number): string {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  let format = decimals.get(step);
  if (!format) {
    // A step has at most 6 decimals.
    const digits = step.toFixed(6).replace(/0+$/, "").split(".")[1]?.length ?? 0;
    format = new Intl.NumberFormat("en-GB", { minimumFractionDigits: digits, maximumFractionDigits: digits });
    decimals.set(step, format);
  }
  return format.format(value).replace("-", "−");
}

export type ClockChoice = "market" | "UTC" | "local";

/** The zone of a choice, for a market whose own zone is `marketZone`. */
export function zoneOf(choice: ClockChoice, marketZone: string): string {
  if (choice === "UTC") return "UTC";
  return choice === "market" ? marketZone : Intl.DateTimeFormat().resolvedOptions().timeZone;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function format(zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${zone} ${JSON.stringify(options)}`;
  let found = formats.get(key);
  if (!found) {
    found = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hourCycle: "h23", ...options });
    formats.set(key, found);
  }
  return found;
}

/** Hour and minute of `ns`. */
export function minute(ns: number, zone: string): string {
  return format(zone, { hour: "2-digit", minute: "2-digit" }).format(ns / 1e6);
}

/** Hour, minute and second of `ns`. */
export function second(ns: number | null | undefined, zone: string): string {
  if (ns === null || ns === undefined) return "–";
  return format(zone, { hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(ns / 1e6);
}

/** Day and month of `ns`. */
export function day(ns: number, zone: string): string {
  return format(zone, { day: "2-digit", month: "short" }).format(ns / 1e6);
}

/** Distance of the zone from UTC at `ns`, such as +02:00: it tells the two hours of autumn apart. */
export function offset(ns: number, zone: string): string {
  const parts = format(zone, { timeZoneName: "longOffset" }).formatToParts(ns / 1e6);
  const name = parts.find((part) => part.type === "timeZoneName")?.value ?? "GMT";
  return name === "GMT" ? "+00:00" : name.replace("GMT", "");
}

/** Day of the week, day and month of `ns`. */
export function weekday(ns: number, zone: string): string {
  return format(zone, { weekday: "short", day: "2-digit", month: "short" }).format(ns / 1e6).replace(",", "");
}

const twice = new Map<string, boolean>();

/** Whether clocks of the zone show the time of day of `ns` twice on its day, as in autumn. */
export function isTwice(ns: number, zone: string): boolean {
  const half = Math.floor(ns / 1_800e9);
  const key = `${zone} ${half}`;
  let found = twice.get(key);
  if (found === undefined) {
    const [at, own] = [half * 1_800e9, offset(half * 1_800e9, zone)];
    found = [-2, -1, 1, 2].some((halves) => {
      const other = at + halves * 1_800e9;
      return offset(other, zone) !== own && minute(other, zone) === minute(at, zone);
    });
    twice.set(key, found);
  }
  return found;
}

/** The distance from UTC, where a time needs it. */
function which(ns: number, zone: string): string {
  return isTwice(ns, zone) ? ` ${offset(ns, zone)}` : "";
}

/** A delivery period: its day, its beginning and end. */
export function period(start: number, end: number, zone: string): string {
  return `${day(start, zone)} ${minute(start, zone)}${which(start, zone)}–${minute(end, zone)}${which(end, zone)}`;
}

/** Day and time of `ns`, as tables of a run of more than one day need it. */
export function moment(ns: number | null | undefined, zone: string): string {
  if (ns === null || ns === undefined) return "–";
  return `${day(ns, zone)} ${second(ns, zone)}${which(ns, zone)}`;
}

/** The time of `ns`, with its day where that is not the day of `now`. */
export function briefly(ns: number | null | undefined, now: number | null, zone: string): string {
  if (ns === null || ns === undefined) return "–";
  const isToday = now !== null && day(ns, zone) === day(now, zone);
  return isToday ? second(ns, zone) + which(ns, zone) : moment(ns, zone);
}

/** ISO 8601 to the microsecond with the distance from UTC, for exports. */
export function iso(ns: number, zone: string): string {
  const parts = format(zone, {
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  }).formatToParts(ns / 1e6);
  const get = (type: string): string => parts.find((part) => part.type === type)?.value ?? "";
  const date = `${get("year")}-${get("month")}-${get("day")}`;
  const micros = Math.floor((ns % 1e9) / 1e3);
  const part = micros ? `.${String(micros).padStart(6, "0")}` : "";
  return `${date}T${get("hour")}:${get("minute")}:${get("second")}${part}${offset(ns, zone)}`;
}

/** How long until `ns`, as short as a cell of a grid; × once it is past. */
export function left(ns: number, now: number): string {
  const seconds = Math.floor((ns - now) / 1e9);
  if (seconds <= 0) return "×";
  if (seconds >= 172_800) return `${Math.floor(seconds / 86_400)} d`;
  if (seconds >= 36_000) return `${Math.floor(seconds / 3_600)} h`;
  if (seconds >= 3_600) return `${Math.floor(seconds / 3_600)} h ${String(Math.floor((seconds % 3_600) / 60)).padStart(2, "0")}`;
  if (seconds >= 600) return `${Math.floor(seconds / 60)} min`;
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** How long until `ns`, coarse where it is far. */
export function until(ns: number, now: number): string {
  const left = Math.floor((ns - now) / 1e9);
  if (left <= 0) return "closed";
  const hours = Math.floor(left / 3_600);
  const minutes = Math.floor((left % 3_600) / 60);
  if (hours) return `${hours} h ${String(minutes).padStart(2, "0")} min`;
  return minutes ? `${minutes} min ${String(left % 60).padStart(2, "0")} s` : `${left} s`;
}

/** `name` for people: `partially_filled` becomes `partially filled`. */
export function words(name: string | null | undefined): string {
  return name ? name.replaceAll("_", " ") : "–";
}
