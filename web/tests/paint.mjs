// How soon a change is painted, and how evenly: node paint.mjs ADDRESS FIRST-INSTRUMENT; prints JSON.
import { chromium } from "playwright-core";

const [address, first] = process.argv.slice(2);
const SECONDS = 15;
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
const page = await (await browser.newContext({ viewport: { width: 1440, height: 1000 } })).newPage();
const quantile = (values, share) => [...values].sort((a, b) => a - b)[Math.floor(share * (values.length - 1))];

/** From the server's clock to the end of the frame in which the cells were written; both are clocks of this machine. */
const delays = () =>
  page.evaluate(
    (seconds) =>
      new Promise((done) => {
        const { store } = globalThis.wattbook;
        const found = [];
        const off = store.subscribe("clock", () => {
          const sent = Date.now() - store.delay;
          requestAnimationFrame(() => setTimeout(() => found.push(Date.now() - sent)));
        });
        setTimeout(() => done((off(), found)), 1_000 * seconds);
      }),
    SECONDS,
  );

/** Milliseconds between frames. */
const frames = () =>
  page.evaluate(
    (seconds) =>
      new Promise((done) => {
        const found = [];
        let last = performance.now();
        const began = last;
        const next = (now) => {
          found.push(now - last);
          last = now;
          if (now - began < 1_000 * seconds) requestAnimationFrame(next);
          else done(found);
        };
        requestAnimationFrame(next);
      }),
    SECONDS,
  );

const market = encodeURIComponent("generated day");
await page.goto(`${address}#/market/${market}/continuous`);
await page.waitForSelector('.heat [role="gridcell"] b:text-matches("[0-9]")');
const cells = await page.$$eval('.heat button[role="gridcell"]', (found) => found.length);
await page.waitForTimeout(2_000);
const painted = await delays();
const pins = (name) => [0, 1, 2, 3].map((place) => `25:${name}.${Number(first) + place}`).join(",");
await page.goto(`${address}#/workspace/${market}/continuous//${encodeURIComponent(`r(34:periods,66:(55:(${pins("ladder")}),45:(${pins("chart")})))`)}`);
await page.waitForFunction(() => document.querySelectorAll(".dock .panel.ladder td.price").length === 100 && document.querySelectorAll(".dock .uplot").length === 4);
await page.waitForTimeout(2_000);
const between = await frames();
console.log(
  JSON.stringify({
    rate: between.length / (between.reduce((sum, one) => sum + one, 0) / 1_000),
    unit: "frames/s",
    n: painted.length,
    cells,
    painted_ms_p50: quantile(painted, 0.5),
    painted_ms_p95: quantile(painted, 0.95),
    painted_ms_p99: quantile(painted, 0.99),
    late_frames: between.filter((one) => one > 34).length / between.length,
    work: { cells },
  }),
);
if (process.env.SHOT) await page.screenshot({ path: process.env.SHOT });
await browser.close();
