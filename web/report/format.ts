// Numbers and times as the page shows them.

const numbers = new Map<number, Intl.NumberFormat>();

/** `value` with at most `digits` decimals and grouped thousands; a true minus sign. */
export function number(value: number | null | undefined, digits = 2): string {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  let format = numbers.get(digits);
  if (!format) {
    format = new Intl.NumberFormat("en-GB", { maximumFractionDigits: digits });
    numbers.set(digits, format);
  }
  return format.format(value).replace("-", "−");
}

/** `text` for HTML: a name that comes with the data must not become markup. */
export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}

const clocks = new Map<string, Intl.DateTimeFormat>();

/** The instant `t` (s UTC) on the clock of `zone`. */
export function clock(t: number, zone: string): string {
  let format = clocks.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat("en-GB", {
      timeZone: zone,
      day: "2-digit",
      month: "short",
      year: "numeric",
      hour: "2-digit",
      minute: "2-digit",
      hour12: false,
    });
    clocks.set(zone, format);
  }
  return format.format(t * 1000);
}

/** `t` in local market time and in UTC. */
export function bothClocks(t: number, zone: string): string {
  const local = zone === "UTC" ? "" : `${clock(t, zone)} ${zone} · `;
  return `${local}${clock(t, "UTC")} UTC`;
}

/** Labels of a time axis on the clock of `zone`: hours of a day, or days of a longer stretch. */
export function axisTimes(splits: number[], zone: string): string[] {
  const step = (splits[1] ?? 0) - (splits[0] ?? 0);
  const day = new Intl.DateTimeFormat("en-GB", { timeZone: zone, day: "2-digit", month: "short" });
  if (step >= 86_400) {
    const year = new Intl.DateTimeFormat("en-GB", { timeZone: zone, year: "numeric" });
    let last = "";
    return splits.map((t) => {
      const now = year.format(t * 1000);
      const label = now === last ? day.format(t * 1000) : `${day.format(t * 1000)}\n${now}`;
      last = now;
      return label;
    });
  }
  const hour = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    hour: "2-digit",
    minute: "2-digit",
    hour12: false,
  });
  let last = "";
  return splits.map((t) => {
    const now = day.format(t * 1000);
    const label = hour.format(t * 1000) + (now === last ? "" : `\n${now}`);
    last = now;
    return label;
  });
}
