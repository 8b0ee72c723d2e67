// How fast the desk opens and paints: node load.mjs PYTHON FOLDER; prints JSON.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chromium } from "playwright-core";

const [python, folder] = process.argv.slice(2);
const command = ["-m", "wattbook", "desk", folder, "--port", "0", "--plain", "--speed", "600"];
const server = spawn(python, command);
const [line] = await once(server.stdout, "data");
const address = String(line).match(/http:\S+/)[0];
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox"],
});

/** Largest contentful paint of a first visit, ms, and what it loaded, bytes on the wire. */
async function visit() {
  const context = await browser.newContext({ viewport: { width: 1440, height: 1000 } });
  const page = await context.newPage();
  const client = await context.newCDPSession(page);
  await client.send("Network.enable");
  const sizes = new Map();
  const urls = new Map();
  client.on("Network.responseReceived", ({ requestId, response }) => urls.set(requestId, response.url));
  client.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => sizes.set(requestId, encodedDataLength));
  await page.addInitScript(() => {
    globalThis.paints = [];
    new PerformanceObserver((list) => globalThis.paints.push(...list.getEntries().map((one) => one.startTime))).observe({ type: "largest-contentful-paint", buffered: true });
  });
  await page.goto(address);
  await page.waitForSelector('.heat [role="gridcell"] b:text-matches("[0-9]")');
  await page.waitForTimeout(500);
  const paint = Math.max(...(await page.evaluate(() => globalThis.paints)));
  let bytes = 0;
  for (const [id, url] of urls) if (/assets/.test(url)) bytes += sizes.get(id) ?? 0;
  return { page, context, paint, bytes };
}

const quantile = (values, share) => [...values].sort((a, b) => a - b)[Math.floor(share * (values.length - 1))];

const paints = [];
let bytes = 0;
for (let round = 0; round < 5; round += 1) {
  const found = await visit();
  paints.push(found.paint);
  bytes = found.bytes;
  await found.context.close();
}
// From the server's clock to the frame after the message was taken: both are clocks of this machine.
const { page } = await visit();
const delays = await page.evaluate(
  () =>
    new Promise((done) => {
      const { store } = globalThis.wattbook;
      const found = [];
      store.subscribe("clock", () => {
        const sent = Date.now() - store.delay;
        requestAnimationFrame(() => setTimeout(() => found.push(Date.now() - sent)));
        if (found.length >= 200) done(found);
      });
    }),
);
console.log(
  JSON.stringify({
    assets_bytes: bytes,
    paint_ms_p50: Math.round(quantile(paints, 0.5)),
    paint_ms_most: Math.round(quantile(paints, 1)),
    painted_ms_p50: quantile(delays, 0.5),
    painted_ms_p95: quantile(delays, 0.95),
    painted_ms_p99: quantile(delays, 0.99),
  }),
);
await browser.close();
server.kill("SIGKILL");
