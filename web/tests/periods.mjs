// Labels of times and of the grid of delivery periods on days of 23, 24 and 25 hours: node periods.mjs
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const source = 'export * from "./format"; export * from "./periods";';
const { outputFiles } = await build({ stdin: { contents: source, resolveDir: here("../desk"), loader: "ts" }, bundle: true, format: "esm", write: false });
const { grainsOf, layoutOf, moment, period } = await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].text).toString("base64")}`);

const BERLIN = "Europe/Berlin";
const ns = (text) => Date.parse(text) * 1e6;

/** Contracts of so many minutes from one instant to another. */
function listed(first, end, minutes) {
  const made = [];
  for (let start = ns(first); start < ns(end); start += minutes * 60e9) {
    made.push({ instrument: made.length, symbol: `C${made.length}`, delivery_start: start, delivery_end: start + minutes * 60e9, gate_closure: start });
  }
  return made;
}

const labels = (layout) => layout.rows.map((row) => row.label);
const count = (layout) => layout.rows.flatMap((row) => row.days.flat()).filter(Boolean).length;

// The days before, of and after both changes of 2026, and the days beside them, in quarter-hours.
const days = [
  ["2026-06-28T22:00Z", "2026-06-29T22:00Z", 24, 1],
  ["2026-03-28T23:00Z", "2026-03-29T22:00Z", 23, 1],
  ["2026-10-24T22:00Z", "2026-10-25T23:00Z", 25, 1],
  ["2026-10-23T22:00Z", "2026-10-26T23:00Z", 25, 3],
  ["2026-03-27T23:00Z", "2026-03-30T22:00Z", 24, 3],
];
for (const [first, end, hours, columns] of days) {
  const quarters = listed(first, end, 15);
  assert.deepEqual(grainsOf(quarters), ["short", "hours", "blocks"]);
  const short = layoutOf(quarters, "short", BERLIN, BERLIN, "");
  assert.deepEqual([short.days.length, short.rows.length, short.perDay, count(short)], [columns, hours, 4, quarters.length], first);
  assert.equal(new Set(labels(short)).size, hours, "no two rows have one label");
  const whole = layoutOf(quarters, "hours", BERLIN, BERLIN, "");
  assert.deepEqual([labels(whole), count(whole)], [labels(short), quarters.length / 4]);
  const names = quarters.map((one) => period(one.delivery_start, one.delivery_end, BERLIN));
  assert.equal(new Set(names).size, names.length, "no two periods have one name");
  const times = Array.from({ length: 4 * 25 }, (_, place) => moment(ns(first) + place * 900e9, BERLIN));
  assert.equal(new Set(times).size, times.length, "no two instants have one label");
  const blocks = layoutOf(quarters, "blocks", "America/New_York", BERLIN, "");
  assert.equal(blocks.days.length, columns, "blocks are those of the market's days, whichever clock is chosen");
}

const autumn = layoutOf(listed("2026-10-23T22:00Z", "2026-10-26T23:00Z", 60), "hours", BERLIN, BERLIN, "");
assert.deepEqual(autumn.days, ["Sat 24 Oct", "Sun 25 Oct", "Mon 26 Oct"]);
assert.deepEqual(labels(autumn).slice(1, 5), ["01:00", "02:00 +02:00", "02:00 +01:00", "03:00"]);
assert.deepEqual(autumn.rows.slice(2, 4).map((row) => row.days.map(([slot]) => Boolean(slot))), [[true, true, false], [false, true, true]]);
const loads = layoutOf(listed("2026-10-22T22:00Z", "2026-10-26T12:00Z", 60), "blocks", BERLIN, BERLIN, "");
assert.deepEqual([labels(loads), loads.days], [["Base", "Peak", "Off-peak"], ["Fri 23 Oct", "Sat 24 Oct", "Sun 25 Oct"]], "a day that is not whole has no blocks");
assert.deepEqual(loads.rows.map((row) => row.days.map(([slot]) => slot?.contracts.length ?? 0)), [[24, 24, 25], [12, 0, 0], [12, 0, 0]]);
const mixed = [...listed("2026-06-28T22:00Z", "2026-06-29T22:00Z", 60), ...listed("2026-06-28T22:00Z", "2026-06-29T22:00Z", 240), ...listed("2026-06-30T22:00Z", "2026-07-31T22:00Z", 31 * 1440)];
assert.deepEqual(grainsOf(mixed), ["hours", "blocks", "longer"]);
assert.deepEqual(labels(layoutOf(mixed, "blocks", BERLIN, BERLIN, "")), ["00:00–04:00", "04:00–08:00", "08:00–12:00", "12:00–16:00", "16:00–20:00", "20:00–00:00", "Base", "Peak", "Off-peak"]);
assert.equal(count(layoutOf(mixed, "longer", BERLIN, BERLIN, "")), 1);
// Two contracts of one period stand below each other; the filter finds by time.
const two = [...mixed.slice(0, 24), ...mixed.slice(0, 24)];
assert.equal(count(layoutOf(two, "hours", BERLIN, BERLIN, "")), 48);
assert.deepEqual(labels(layoutOf(mixed, "hours", BERLIN, BERLIN, "18:00–")), ["18:00"]);
