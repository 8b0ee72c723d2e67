// The desk of a run, left open: what browser and server hold at the end above what they held once warm.
// Usage: node soak.mjs PYTHON FOLDER SECONDS; prints JSON. Heaps are taken after a collection.
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { chromium } from "playwright-core";

const [python, folder, seconds] = process.argv.slice(2);
const WARM_SECONDS = Math.min(60, Number(seconds) / 4);
// Slow enough that the day lasts for the longest soak.
const SPEED = "40";

const server = spawn(python, ["-m", "wattbook", "desk", folder, "--port", "0", "--plain", "--speed", SPEED]);
const [line] = await once(server.stdout, "data");
const address = String(line).match(/http:\S+/)[0];
server.stdout.resume();
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
try {
  const page = await browser.newPage();
  await page.goto(address);
  const tools = await page.context().newCDPSession(page);
  const held = async () => {
    await tools.send("HeapProfiler.collectGarbage");
    const { usedSize } = await tools.send("Runtime.getHeapUsage");
    // An answer in hand takes 20 MB for a moment; what the server holds is the least of many looks.
    const looks = [];
    for (let look = 0; look < 40; look++) {
      const status = await readFile(`/proc/${server.pid}/smaps_rollup`, "utf8");
      looks.push(1024 * Number(status.match(/Private_Dirty:\s+(\d+)/)[1]));
      await sleep(100);
    }
    return { browser: usedSize, server: Math.min(...looks) };
  };
  // Every view once a round, as somebody goes through them; what they need is there once warm.
  const used = async (span) => {
    for (const until = Date.now() + 1e3 * span; Date.now() < until; ) {
      for (const key of "123456781") {
        await page.keyboard.press(key);
        await sleep(1e3);
      }
    }
    return held();
  };
  const warm = await used(WARM_SECONDS);
  const end = await used(Number(seconds) - WARM_SECONDS);
  console.log(JSON.stringify({
    seconds: Number(seconds),
    browser_mb: warm.browser / 1e6, browser_growth_mb: (end.browser - warm.browser) / 1e6,
    server_mb: warm.server / 1e6, server_growth_mb: (end.server - warm.server) / 1e6,
  }));
} finally {
  await browser.close();
  server.kill("SIGKILL");
}
