// Scenarios of the desk in a real browser: node desk.mjs SCENARIO PYTHON FOLDER [SCREENSHOTS [SHELF]]
// SHELF holds a book of deals, forward curves and stores of ingestion, to be shown beside the run.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { once } from "node:events";
import { chromium } from "playwright-core";
import { axeOf } from "./axe.mjs";
import { execution } from "./execution.mjs";
import { curves, quarantine } from "./operations.mjs";
import { noneForgotten, panels } from "./panels.mjs";
import { workspace } from "./workspace.mjs";

const [scenario, python, folder, screenshots, shelf] = process.argv.slice(2);
const NOON = "2026-06-29T10:00:00Z";
/** Of the second day, whose market a model forecasts. */
const FORECAST = "2026-06-30T10:00:00Z";
/** When an order of the day with algorithms is half worked. */
const MIDWAY = "2026-06-30T12:20:00Z";
/** Of the layout while the desk opens; 0.1 costs points in Lighthouse. */
const SHIFT_MAX = 0.02;
const END_PNL = "36,135.44";
const VIEWS = ["Market", "Portfolio", "Orders", "Risk", "Alerts", "Operations", "Models", "Auctions", "Deals", "Workspace", "Execution", "Curves"];

/** Starts the desk as a user does and waits until it says its address. */
async function serve(port = 0, ...more) {
  return started("desk", folder, "--port", String(port), "--plain", ...more);
}

/** Goes on with the paper run in the folder, with its desk. */
async function goOn() {
  // Slow enough that no gate closes while a loaded machine plays the scenario.
  const speed = ["--replay-speed", "10"];
  return started("paper", `${folder}/desk.toml`, "--resume", "--out", folder, ...speed, "--serve", "--port", "0", "--plain");
}

async function started(...command) {
  const server = spawn(python, ["-m", "wattbook", ...command]);
  let said = "";
  server.stderr.on("data", (text) => process.stderr.write(text));
  while (!/http:\S+/.test(said)) {
    const [text] = await Promise.race([
      once(server.stdout, "data"),
      once(server, "exit").then(([code]) => assert.fail(`the desk ended with ${code}`)),
    ]);
    said += text;
  }
  server.stdout.resume();
  return { server, address: said.match(/http:\S+/)[0] };
}

async function open(address, options = {}) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox"],
  });
  const context = await browser.newContext({
    viewport: { width: 1440, height: 1000 },
    timezoneId: "America/New_York",
    colorScheme: "light",
    acceptDownloads: true,
    ...options,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  await page.addInitScript(() => {
    globalThis.shifted = 0;
    new PerformanceObserver((list) => {
      for (const one of list.getEntries()) if (!one.hadRecentInput) globalThis.shifted += one.value;
    }).observe({ type: "layout-shift", buffered: true });
  });
  const faults = [];
  page.on("dialog", (dialog) => {
    faults.push(`a dialog that blocks: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("pageerror", (fault) => faults.push(fault.message));
  page.on("console", (line) => {
    // A desk that is gone cannot be reached; the browser says so by itself.
    if (line.type() === "error" && !/ERR_|WebSocket|Failed to load/.test(line.text())) faults.push(line.text());
  });
  // Whoever cuts the feed lets nothing of the stream through any more.
  const feed = { isCut: false };
  if (scenario === "orders") {
    await page.routeWebSocket(/\/v1\/stream/, (socket) => {
      const server = socket.connectToServer();
      server.onMessage((message) => !feed.isCut && socket.send(message));
    });
  }
  await page.goto(address);
  await page.waitForSelector(".badge.live");
  return { browser, page, faults, feed };
}

/** Go to a view, and wait until it is the one on the screen. */
async function view(page, name) {
  await page.click(`nav button:text-is("${name}")`);
  await page.waitForSelector(`nav button[aria-current="page"]:text-is("${name}")`);
}

async function command(page, text) {
  await page.keyboard.press("Control+k");
  // Until it has the focus, keys are those of the page.
  await page.waitForSelector(".palette input:focus");
  await page.keyboard.type(text);
  await page.waitForSelector('[role="option"]');
  await page.keyboard.press("Enter");
}

const asked = (page, path) => page.evaluate((url) => fetch(url).then((answer) => answer.json()), path);

/** Jumps to an instant, and waits until the page shows it. */
async function showAt(page, at) {
  await page.evaluate((instant) => fetch("/v1/replay", { method: "PATCH", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ at: instant }) }), Date.parse(at) * 1e6);
  await page.waitForSelector(`.replay time[datetime="${new Date(at).toISOString()}"]`);
}

/** At noon the risk view shows the API's tails, a stress of one's own and one more trade. */
async function riskFigures({ page, format }) {
  const text = (value) => format.format(value).replace("-", "−");
  await showAt(page, NOON);
  await page.waitForSelector("dd[data-figure='value_at_risk']");
  const tails = await asked(page, "/v1/risk/tails");
  assert.ok(tails.tail.value_at_risk > 0);
  for (const [name, value] of Object.entries(tails.tail)) {
    assert.equal(await page.textContent(`dd[data-figure="${name}"]`), text(value));
  }
  await page.waitForSelector(".panel.tail-chart .uplot");
  await page.selectOption('[aria-label="Level of value at risk"]', "strategy");
  const parts = await page.$$eval(".panel.parts tbody tr", (rows) => rows.map((row) => [row.cells[0].textContent, row.cells[3].textContent]));
  assert.deepEqual(parts, tails.parts.strategy.map((part) => [part.name, text(part.component)]));
  assert.equal(await page.$$eval(".panel.deltas tbody tr:not(.total)", (rows) => rows.length), tails.deltas.length);
  // Contracts of a run are linear; the sum of the ladder is that of its rungs.
  const total = await page.$$eval(".panel.deltas tr.total td", (found) => found.slice(2).map((cell) => cell.textContent.replace("+", "")));
  assert.deepEqual(total, ["delta", "gamma", "vega", "theta"].map((name) => text(tails.deltas.reduce((sum, row) => sum + row[name], 0))));
  await page.waitForSelector('.panel.tail p:has-text("No rule of kind margin")');
  await page.fill('[aria-label="Move every price by"]', "-150");
  await page.keyboard.press("Enter");
  const stressed = '.panel.stress tbody tr:has-text("every price by -150")';
  await page.waitForSelector(stressed);
  // Linear contracts: a price lower by 150 costs 150 times the delta.
  const delta = tails.deltas.reduce((sum, row) => sum + row.delta, 0);
  const lost = Number((await page.textContent(`${stressed} td:nth-child(2)`)).replaceAll(",", "").replace("−", "-"));
  assert.ok(Math.abs(lost + 150 * delta) < 1, `${lost} for ${delta}`);
  await page.fill('[aria-label="Volume, sold below zero"]', "50");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".panel.what-if tbody tr");
  await page.fill('[aria-label="Volume, sold below zero"]', "0");
  await page.keyboard.press("Enter");
  await page.waitForFunction((same) => document.querySelector(".panel.what-if tbody td:nth-child(3)")?.textContent === same, text(tails.tail.value_at_risk));
  await byBook({ page });
  await modelsAndAuctions({ page });
  await deals({ page });
  await command(page, "jump to the end");
  await page.waitForFunction((total) => document.querySelector(".total b")?.textContent === total, END_PNL);
}

/** Positions by trading book are the sums of those of its strategies. */
async function byBook({ page }) {
  await view(page, "Portfolio");
  await page.selectOption('[aria-label="Level of positions"]', "book");
  await page.waitForSelector('.panel.positions thead:not(:has-text("strategy"))');
  const { rows } = await asked(page, "/v1/positions?limit=5000");
  const whole = rows.reduce((sum, one) => sum + one.volume, 0);
  const shown = await page.$$eval(".panel.positions tbody tr", (found) => found.map((row) => Number(row.cells[5].textContent.replace("−", "-").replaceAll(",", ""))));
  assert.ok(shown.length > 0 && Math.abs(shown.reduce((sum, one) => sum + one, 0) - whole) < 0.06 * shown.length, `${shown} for ${whole}`);
}

/** A deal is amended by one person, approved by another, and keeps both versions. */
async function deals({ page }) {
  await view(page, "Deals");
  await page.waitForSelector('.panel.deals tbody tr:has-text("D-1003")');
  const person = '.deal-ticket label:has-text("Person") select';
  await page.click('[aria-label="Amend D-1003"]');
  await page.selectOption(person, "ana");
  await page.fill('.deal-ticket label:has-text("MW") input', "9");
  await page.keyboard.press("Enter");
  await page.waitForSelector('.panel.pending tbody tr:has-text("D-1003")');
  await page.click('[aria-label="Approve 1 as ana"]');
  await page.waitForSelector(".said:has-text('second person')");
  assert.equal((await asked(page, "/v1/deals/D-1003/history")).versions.length, 1, "who entered it does not approve it");
  await page.selectOption(person, "ben");
  await page.click('[aria-label="Approve 1 as ben"]');
  await page.waitForSelector('.panel.deals tbody tr:has-text("D-1003"):has-text("9")');
  await page.click('[aria-label="History of D-1003"]');
  await page.waitForFunction(() => document.querySelectorAll(".panel.history tbody tr").length === 2);
  const { versions } = await asked(page, "/v1/deals/D-1003/history");
  assert.deepEqual(versions.map((one) => [one.power_mw, one.entered_by, one.approved_by]), [[8, "ana", null], [9, "ana", "ben"]]);
  // The end-of-day state is what the close kept.
  const state = await asked(page, "/v1/deals/closes/2027-01-04");
  await page.waitForSelector('.panel.end-of-day tbody tr');
  const value = (one) => new Intl.NumberFormat("en-GB", { minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(one).replace("-", "−");
  assert.deepEqual(await page.$$eval(".panel.end-of-day tbody tr", (rows) => rows.map((row) => row.cells[row.cells.length - 2].textContent.replace("+", ""))), state.books.map((one) => value(one.value)));
  await page.waitForSelector('.panel.end-of-day header:has-text("is above 60,000")');
  const swap = fileURLToPath(new URL("../../examples/book/structured/ttf_swap.xml", import.meta.url));
  await page.setInputFiles(".document-ticket input[type='file']", swap);
  await page.click('.document-ticket button:text-is("Book document")');
  await page.click('[aria-label="History of S-2001"]');
  await page.waitForSelector('.panel.terms tbody tr:has-text("31.40")');
  await page.click('[aria-label="Cancel S-2001 as ben"]');
  await page.waitForSelector('.panel.pending tbody tr:has-text("S-2001")');
  // A changed reference waits for a second person here too.
  const changed = `${shelf}/reference.toml`;
  const text = await readFile(`${shelf}/book/reference.toml`, "utf8");
  await writeFile(changed, text.replace('name = "Stadtwerk"', 'name = "Stadtwerk Nord"'));
  const proposed = spawnSync(python, ["-m", "wattbook", "book", "init", `${shelf}/book`, "--reference", changed, "--person", "ana"]);
  assert.equal(proposed.status, 0, String(proposed.stderr));
  await page.waitForSelector('.panel.pending tbody tr:has-text("the reference"):has-text("Stadtwerk Nord")');
  await page.click('[aria-label="Approve R2 as ben"]');
  await page.waitForFunction(() => !document.querySelector(".panel.pending").textContent.includes("the reference"));
  assert.equal((await asked(page, "/v1/deals")).desk, "Stadtwerk Nord");
}

/** Forecasts with what came of them, signals with their orders, auctions once they are published. */
async function modelsAndAuctions({ page }) {
  await showAt(page, FORECAST);
  await view(page, "Models");
  const strategy = '[aria-label="Strategy of the forecast"]';
  await page.selectOption(strategy, "wind farm");
  await page.waitForSelector('.panel.contributions .muted:has-text("No model")');
  await page.selectOption(strategy, "momentum");
  await page.waitForSelector(".panel.fan .uplot");
  const made = (await asked(page, "/v1/markets/generated%20day/contributions?limit=300")).rows;
  await page.waitForFunction((count) => document.querySelectorAll(".panel.contributions tbody tr").length === count, made.length);
  assert.deepEqual(await page.$$eval(".panel.contributions thead th", (found) => found.slice(4, -1).map((one) => one.textContent)), Object.keys(made[0].parts));
  const { rows } = await asked(page, "/v1/signals?limit=1000");
  await page.waitForSelector(".panel.signals tbody tr");
  const led = rows.find((row) => row.orders.length);
  await page.fill('[aria-label="Filter Signals and the orders they led to"]', led.orders[0]);
  await page.waitForFunction((order) => [...document.querySelectorAll(".panel.signals tbody tr")].every((row) => row.textContent.includes(order)), led.orders[0]);
  const { scores } = await asked(page, "/v1/scores");
  assert.ok(scores.length > 0);
  await page.waitForFunction((names) => [...document.querySelectorAll(".panel.scores tbody tr")].map((row) => row.cells[0].textContent).join() === names, scores.map((one) => one.strategy).join());
  await page.waitForSelector('.panel.contests p:has-text("Only a paper run")');
  await page.waitForSelector('.panel.boards p:has-text("--leaderboard")');
  await view(page, "Auctions");
  const { auctions } = await asked(page, "/v1/auctions");
  assert.deepEqual(auctions.map((one) => one.auction), ["day-ahead", "IDA1", "IDA2", "IDA3"]);
  await page.waitForSelector(".panel.auction-period svg[aria-label^='Supply and demand']");
  await page.click('.panel.auctions button:text-is("IDA2")');
  await page.waitForSelector('#auction-title:has-text("IDA2")');
  await periodsOfAuction({ page });
}

/** Every period of an auction by keyboard: its prices, merit order and map, on the clock that is chosen. */
async function periodsOfAuction({ page }) {
  const { periods } = await asked(page, "/v1/auctions/coupled%20day/IDA2");
  const chosen = '[aria-label="Period of the auction"]';
  await page.waitForSelector(`${chosen} option`, { state: "attached" });
  assert.equal(Number(await page.inputValue(chosen)), periods.most_awarded);
  await page.selectOption(chosen, "50");
  const shown = (at) => `.panel.auction-period:has(h3:has-text("NORTH: ${periods.prices.NORTH[at].toFixed(2).replace("-", "−")}")) svg[aria-label="Prices and flows, period ${at + 1}"]`;
  await page.waitForSelector(shown(50));
  await page.focus('[aria-label="Period after"]');
  await page.keyboard.press("Enter");
  await page.waitForSelector(shown(51));
  // The 52nd quarter-hour begins at 12:45 in Berlin.
  // So does the page of the report, which names the period whose price the desk moved most.
  const most = () => page.$eval(".panel.auction .fragment", (found) => Number(found.textContent.match(/\((\d\d):\d\d\)/)[1]));
  const own = await most();
  for (const [clock, text, ahead] of [["market", "12:45–13:00", 0], ["UTC", "10:45–11:00", 22], ["local", "06:45–07:00", 18]]) {
    await page.selectOption('[aria-label="Clock"]', clock);
    await page.waitForSelector(`#auction-period-title:has-text("${text}")`);
    assert.equal(await most(), (own + ahead) % 24, clock);
  }
  await page.selectOption('[aria-label="Clock"]', "market");
  await page.reload();
  await page.waitForSelector(shown(51));
  await page.waitForSelector('#auction-title:has-text("IDA2")');
}

/** The grid by hours and blocks, whose prices are means of quarter-hours; its filter, change and countdown. */
async function lengths({ page }) {
  const number = (text) => Number(text.replace("−", "-").replaceAll(",", ""));
  const grid = () => page.$$eval('.heat [role="row"]:not(.days)', (rows) => rows.map((row) => [row.querySelector('[role="rowheader"]').textContent, [...row.querySelectorAll("button")].map((cell) => [...cell.children].map((part) => part.textContent))]));
  assert.deepEqual(await page.$$eval('.heat [role="columnheader"]', (found) => found.map((one) => one.textContent)), ["from", "Mon 29 Jun"]);
  const quarters = await grid();
  assert.deepEqual([quarters.length, quarters[0][0], quarters.at(-1)[0]], [24, "00:00", "23:00"]);
  const cells = quarters.flatMap(([, row]) => row);
  assert.ok(cells.some(([, , change]) => /^[▲▼]\d+\.\d\d$/.test(change)), "a change has its size");
  assert.ok(cells.some(([, , , gate]) => gate === "×") && cells.some(([, , , gate]) => /^\d+ h( \d\d)?$/.test(gate)), "each cell says when its gate closes");
  const mean = (parts) => parts.reduce((sum, [price]) => sum + number(price), 0) / parts.length;
  const chosen = '[aria-label="Length of periods"]';
  await page.selectOption(chosen, "hours");
  await page.waitForFunction(() => /^[−\d]/.test(document.querySelector('.heat [role="gridcell"] b').textContent));
  const hours = await grid();
  for (const [place, [, [[price]]]] of hours.entries()) assert.ok(Math.abs(number(price) - mean(quarters[place][1])) < 0.02, `${price} at ${place}`);
  await page.selectOption(chosen, "blocks");
  await page.waitForFunction(() => document.querySelectorAll('.heat [role="gridcell"] b').length === 3 && /^[−\d]/.test(document.querySelector('.heat [role="gridcell"] b').textContent));
  const blocks = Object.fromEntries((await grid()).map(([name, [[price]]]) => [name, number(price)]));
  assert.deepEqual(Object.keys(blocks), ["Base", "Peak", "Off-peak"]);
  assert.ok(Math.abs(blocks.Base - mean(cells)) < 0.02 && Math.abs(blocks.Peak - mean(quarters.slice(8, 20).flatMap(([, row]) => row))) < 0.02, JSON.stringify(blocks));
  // The address holds what is shown, so a link shows the same.
  assert.match(await page.evaluate(() => location.hash), /\/blocks$/);
  await page.reload();
  await page.waitForFunction(() => document.querySelectorAll('.heat [role="gridcell"] b').length === 3);
  await page.selectOption(chosen, "short");
  await changes({ page });
  await page.fill('[aria-label="Filter Delivery periods"]', "18:15–");
  await page.waitForFunction(() => document.querySelectorAll('.heat button[role="gridcell"]').length === 1);
  await page.fill('[aria-label="Filter Delivery periods"]', "");
  // Another clock cuts the day in two columns, and the last hours of one stand in its first.
  await page.selectOption('[aria-label="Clock"]', "UTC");
  await page.waitForFunction(() => [...document.querySelectorAll('.heat [role="columnheader"]')].map((one) => one.textContent).join() === "from,Sun 28 Jun,Mon 29 Jun");
  assert.deepEqual(await page.$$eval('.heat [role="row"]:last-child > [role="presentation"]', (days) => days.map((day) => day.querySelectorAll("button").length)), [4, 0]);
  await page.selectOption('[aria-label="Clock"]', "market");
  await page.waitForFunction(() => document.querySelectorAll('.heat button[role="gridcell"] b').length === 96 && !document.querySelector(".heat b:empty"));
}

/** A change is held against the last trade, the day's open, the close before or what the auctions cleared at. */
async function changes({ page }) {
  const cell = '.heat [aria-selected="true"]';
  await page.waitForSelector(`${cell} b:not(:empty)`);
  const chosen = Number(await page.getAttribute(cell, "data-instrument"));
  const { rows } = await asked(page, `/v1/trades?instrument=${chosen}&limit=5000`);
  // The market's day began at midnight in Berlin; trades come newest first.
  const today = rows.findLastIndex((trade) => trade.ts_event >= Date.parse("2026-06-28T22:00:00Z") * 1e6);
  assert.ok(today > 0 && today < rows.length - 1, "it traded on both days");
  await page.waitForSelector(`.chart [data-trades="${Math.min(1_000, rows.length)}"]`);
  const lines = await asked(page, "/v1/markets/coupled%20day/lines");
  const start = Date.parse((await page.textContent("#ladder-title")).match(/\d{4}-\S+Z/)[0].replace("Z", ":00Z")) * 1e6;
  const bases = {
    trade: ["since the last trade", rows[0].price],
    open: ["since the day's open", rows[today].price],
    close: ["since the previous close", rows[today + 1].price],
    // The last of the auctions that sold this period.
    record: ["against the price of record", lines.prices.find((line) => line.name === "IDA3 price").values[lines.at.indexOf(start)]],
  };
  const basis = '[aria-label="What a change is held against"]';
  for (const [name, [words, base]] of Object.entries(bases)) {
    await page.selectOption(basis, name);
    await page.waitForSelector(`${cell}[title$="${words}"]`);
    await page.waitForFunction(([where, wanted]) => {
      const [price, , change] = [...document.querySelector(where).children].map((part) => Number(part.textContent.replace("▲", "").replace(/[▼−]/, "-")));
      return Math.abs(price - change - wanted) < 0.011;
    }, [cell, base]);
  }
  assert.match(await page.evaluate(() => location.hash), /\/\.record$/);
  await page.selectOption(basis, "trade");
}

/** A click on a ladder fills the disarmed ticket; armed it sends the ticket's volume, a double click once. */
async function clicked({ page, top, own }) {
  const rung = (side, sign) => page.evaluateHandle(([name, end]) => {
    const rungs = [...document.querySelectorAll(`.ladder .size button[aria-label*="${name} at"]`)];
    return rungs.at(end);
  }, [side, sign]);
  const sent = (await own()).length;
  await page.focus(".ticket .arm");
  await page.keyboard.press("Space");
  await page.waitForSelector('.ladder button[aria-label*="fill in: buy"]');
  // The lowest rung, which nobody sells to once the axis is that of the market now.
  await page.keyboard.press("c");
  await (await rung("buy", -1)).click();
  await page.waitForFunction(() => document.querySelector('.ticket input[aria-label="Price"]').value !== "");
  assert.equal((await own()).length, sent, "disarmed, a click sends nothing");
  await page.fill('.ticket input[aria-label="Volume"]', "0.3");
  await page.focus(".ticket .arm");
  await page.keyboard.press("Space");
  await page.waitForSelector('.ladder button[aria-label*="send: buy"]:enabled');
  await page.keyboard.press("c");
  const lowest = await rung("buy", -1);
  const price = Number((await lowest.getAttribute("aria-label")).match(/at (.*)$/)[1].replaceAll(",", "").replace("−", "-"));
  await lowest.dblclick();
  const isFar = (await top()).ask_price - price > Math.max(2, Math.abs((await top()).ask_price) * 0.1);
  if (isFar) {
    await page.waitForSelector(".ticket .doubt:has-text('far from')");
    assert.equal((await own()).length, sent, "the second click answers no question");
    await page.click('.ticket button[type="submit"]:enabled');
  }
  await page.waitForSelector(".ticket .own li:has-text('0.3 at'):has-text('accepted')");
  const orders = await own();
  assert.equal(orders.length, sent + 1, "a double click sends one order");
  const order = orders.find((one) => one.volume === 0.3);
  assert.deepEqual([order.side, order.price], ["buy", price]);
  await page.waitForSelector('.ladder button:text-is("Cancel bids"):enabled');
  await page.click('.ladder button:text-is("Cancel bids")');
  await page.waitForSelector(".ticket .own li:has-text('0.3 at'):has-text('cancelled')");
}

/** Beside a run that goes on: use of a limit of a scope, and how good the feed's data are as they come. */
async function runningDay({ page }) {
  await view(page, "Risk");
  const limit = ".panel.scope-limits tbody tr:has-text('volume of the desk')";
  await page.waitForSelector(limit);
  const { limits: [asTold] } = await asked(page, "/v1/risk/tails");
  assert.equal(asTold.hard, 1_000);
  assert.ok(asTold.highest >= 1.5, "what the trader bought counts");
  await page.waitForFunction(([row, wanted]) => document.querySelector(".panel.scope-limits tbody tr").cells[6].textContent === wanted, [limit, new Intl.NumberFormat("en-GB", { maximumFractionDigits: 2 }).format(asTold.highest)]);
  await view(page, "Operations");
  await page.waitForSelector(".panel.data tbody tr:has-text(', live')");
  await page.waitForSelector(".panel.data-timeline .stretch.good >> nth=1");
  const rows = () => page.$eval(".panel.data tbody tr", (row) => Number(row.cells[2].textContent));
  const [told] = (await asked(page, "/v1/run")).data;
  assert.ok(told.rows_read > 0 && (await rows()) <= told.rows_read);
  // Five minutes of the day pass in thirty seconds, and bring a line.
  await page.waitForFunction((before) => Number(document.querySelector(".panel.data tbody tr").cells[2].textContent) > before, told.rows_read);
}

/** With the feed cut, the kill switch takes the order back; only the role risk releases, in two steps. */
async function killByKeyboard({ page, feed, top, ticket, own }) {
  // So far below that nobody sells to it meanwhile; the ticket asks about it.
  await ticket("-200", "0.5");
  await page.waitForSelector('.ticket button[type="submit"]:enabled');
  await page.keyboard.press("Enter");
  await page.waitForSelector(".ticket .doubt:has-text('far from')");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".ticket .own li:has-text('accepted')");
  const open = async () => (await own()).filter((one) => one.open > 0);
  assert.equal((await open()).length, 1);
  await page.evaluate(() => document.activeElement.blur());
  feed.isCut = true;
  await page.waitForSelector(".head .badge.stale");
  await page.keyboard.press("k");
  await page.waitForSelector(".kill-dialog select:focus");
  assert.equal((await open()).length, 1, `opening the switch stops nothing: ${JSON.stringify((await own())[0])}`);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".kill-dialog .done li[data-open='0']:has-text('cancelled')");
  assert.deepEqual(await open(), []);
  await page.waitForSelector(".head .kill.is-stopped");
  const [act] = (await asked(page, "/v1/kill-switch")).acts;
  assert.ok(act.orders > 0 && act.cancelled === act.orders && act.by === "demo", JSON.stringify(act));
  if (screenshots) await page.screenshot({ path: `${screenshots}/desk-kill.png` });
  const release = ".kill-dialog .acts button:nth-child(2)";
  const twice = async () => {
    for (const text of ["Release…", "Confirm"]) {
      await page.focus(`${release}:has-text("${text}")`);
      await page.keyboard.press("Enter");
    }
  };
  await twice();
  await page.waitForSelector(".kill-dialog [role='status']:has-text('trader')");
  assert.ok((await asked(page, "/v1/kill-switch")).is_stopped, "a trader does not release");
  await page.selectOption(".kill-dialog label:last-child select", "risk");
  await page.waitForFunction(() => fetch("/v1/session").then((answer) => answer.json()).then((found) => found.role === "risk"));
  await twice();
  await page.waitForSelector(".kill-dialog [role='status']:has-text('Released')").catch(async (fault) => {
    throw new Error(`the dialog says: ${await page.textContent(".kill-dialog")}`, { cause: fault });
  });
  await page.waitForSelector(".head .kill:not(.is-stopped)");
  await page.keyboard.press("Escape");
  await page.waitForSelector(".head .kill:focus");
  feed.isCut = false;
  await page.waitForSelector(".head .badge.live");
}

const scenarios = {
  /** Every view shows the figures of the day, as the API gives them. */
  async figures({ page }) {
    await command(page, "jump to the end");
    await page.waitForFunction((text) => document.querySelector(".total b")?.textContent === text, END_PNL);
    const pnl = await asked(page, "/v1/pnl");
    await view(page, "Portfolio");
    await page.waitForSelector("#pnl-title");
    const total = await page.textContent(".panel.pnl tr.total td[data-total]");
    assert.equal(total, `+${END_PNL}`);
    const strategies = await page.$$eval(".panel.pnl tbody tr:not(.total)", (rows) => rows.map((row) => row.cells[5].textContent));
    const format = new Intl.NumberFormat("en-GB", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
    assert.deepEqual(strategies, pnl.by_strategy.map((one) => `+${format.format(one.total)}`));
    await page.waitForSelector(".panel.battery-block-battery .uplot");
    assert.equal(await page.textContent(".panel.waterfall tr.total td:last-child"), `+${END_PNL}`);
    await page.waitForSelector(".panel.battery-block-battery [data-bound]");
    const { plants } = await asked(page, "/v1/plants");
    assert.deepEqual(plants.map((one) => one.strategy), ["wind farm"]);
    await page.waitForSelector(".panel.plant-wind-farm .uplot");
    assert.equal(Number(await page.getAttribute(".panel.plant-wind-farm [data-value]", "data-value")), plants[0].metered_value);
    await view(page, "Orders");
    const rows = await page.$$eval(".panel.orders tbody tr", (found) => found.length);
    assert.equal(rows, 300);
    const sent = pnl.by_strategy.reduce((sum, one) => sum + one.orders, 0);
    assert.match(await page.textContent(".panel.orders"), new RegExp(`of ${sent}`));
    await page.fill('[aria-label="Filter Orders and offers"]', "mean reversion");
    const kept = await page.$$eval(".panel.orders tbody tr", (found) => found.map((row) => row.cells[2].textContent));
    assert.ok(kept.length > 0 && kept.every((name) => name === "mean reversion"));
    await view(page, "Risk");
    const { limits } = await asked(page, "/v1/risk");
    const used = await page.$$eval(".panel.limits tbody tr", (found) => found.map((row) => row.cells[0].textContent));
    assert.deepEqual(used, limits.map((one) => one.trading_book));
    await page.waitForSelector('.panel.scope-limits p:has-text("no limit of a scope")');
    await riskFigures({ page, format });
    await curves({ page, asked, view });
    await view(page, "Operations");
    await quarantine({ page, asked });
    // The folders tell that the run was made and a day of the book closed; filtered to runs, and then to what there is none of.
    const { rows: jobs } = await asked(page, "/v1/jobs");
    for (const kind of ["run", "close"]) {
      const job = jobs.find((one) => one.kind === kind);
      assert.deepEqual([job.state, job.share], ["done", 1], kind);
    }
    await page.waitForSelector('.panel.jobs tbody tr:has-text("✓ done")');
    await page.fill('[aria-label="Filter Jobs"]', "failed");
    await page.waitForSelector('.panel.jobs p:has-text("Nothing fits")');
    const run = await asked(page, "/v1/run");
    assert.match(await page.textContent(".panel.run"), new RegExp(run.state_hash));
    const { rows: [order] } = await asked(page, "/v1/orders?limit=1");
    await page.fill('[aria-label="Search the whole audit trail"]', order.order_id);
    await page.keyboard.press("Enter");
    await page.waitForFunction((id) => {
      const rows = [...document.querySelectorAll(".panel.audit tbody tr")];
      return rows.length > 1 && rows.every((row) => row.textContent.includes(id));
    }, order.order_id);
  },

  /** The grid shows the prices of the book, and follows as time goes on. */
  async market({ page }) {
    // What is shown first keeps its room for what comes later.
    await page.waitForSelector(".panel.chart .u-over");
    await page.waitForSelector(".panel.trades tbody tr");
    await page.waitForSelector(".ladder tbody tr");
    const shift = await page.evaluate(() => globalThis.shifted);
    assert.ok(shift <= SHIFT_MAX, `the layout shifted by ${shift}`);
    const quotes = new Map((await asked(page, "/v1/quotes?limit=5000")).rows.map((row) => [row.instrument, row]));
    const cells = () =>
      page.$$eval('.heat [role="gridcell"]', (found) =>
        found.map((cell) => [Number(cell.dataset.instrument), cell.querySelector("b").textContent]),
      );
    const shown = await cells();
    assert.equal(shown.length, 96);
    await lengths({ page });
    let compared = 0;
    for (const [instrument, text] of shown) {
      const quote = quotes.get(instrument);
      if (quote?.bid_price === null || quote?.ask_price === null || !quote) continue;
      const middle = (quote.bid_price + quote.ask_price) / 2;
      const price = Number(text.replace("−", "-").replaceAll(",", ""));
      assert.ok(Math.abs(price - middle) <= 0.0051, `${instrument}: ${text} for ${middle}`);
      compared += 1;
    }
    assert.ok(compared > 40, `${compared} cells have a quote`);
    const chosen = '.heat [aria-selected="true"]';
    await page.focus(chosen);
    const before = await page.getAttribute(chosen, "data-instrument");
    await page.keyboard.press("ArrowDown");
    await page.waitForFunction(
      ([selector, was]) => document.querySelector(selector)?.dataset.instrument !== was,
      [chosen, before],
    );
    const instrument = Number(await page.getAttribute(chosen, "data-instrument"));
    assert.ok(page.url().endsWith(`/${instrument}`), page.url());
    const book = await asked(page, `/v1/instruments/${instrument}/book`);
    const size = (selector) => page.$$eval(`.ladder td.size .${selector}`, (found) => found.reduce((sum, cell) => sum + Number(cell.textContent.replaceAll(",", "")), 0));
    const whole = (levels) => levels.reduce((sum, level) => sum + level.volume, 0);
    await page.waitForFunction((count) => document.querySelectorAll(".ladder tbody tr").length === count, 25);
    await page.waitForSelector(".ladder td.size .bid");
    for (const [side, levels] of [["bid", book.bids], ["ask", book.asks]]) {
      assert.ok(Math.abs((await size(side)) - whole(levels)) < 1e-6, `${side}: all of the depth is on the axis`);
    }
    // Fixed decimals, best first, no bid above an ask.
    const prices = await page.$$eval(".ladder td.price", (found) => found.map((cell) => cell.textContent));
    assert.ok(prices.every((price) => /^−?[\d,]+\.\d{2}$/.test(price)), prices.join());
    const lowest = (await page.$$eval(".ladder tr:has(.ask) td.price", (found) => found.map((cell) => cell.textContent))).length;
    const highest = await page.$eval(".ladder tr:has(.bid)", (row) => row.rowIndex);
    assert.ok(lowest > 0 && highest > 0);
    const axis = prices.join();
    await page.evaluate(() => document.activeElement.blur());
    await page.keyboard.press("c");
    assert.equal((await page.$$eval(".ladder td.price", (found) => found.map((cell) => cell.textContent))).join(), axis, "recentred on the same market");
    await command(page, "speed 7200");
    await page.keyboard.press("Escape");
    await command(page, "play");
    await page.waitForFunction((then) => JSON.stringify([...document.querySelectorAll('.heat [role="gridcell"] b')].map((one) => one.textContent)) !== then, JSON.stringify(shown.map(([, text]) => text)));
  },

  /** Every panel has what each has to have; one switch sets the clock of header, tables, charts and exports. */
  async panels({ page, server }) {
    const local = { market: ["12:00:00", "Europe/Berlin"], UTC: ["10:00:00", "UTC"], local: ["06:00:00", "America/New_York"] };
    for (const [choice, [time, zone]] of Object.entries(local)) {
      await page.selectOption('[aria-label="Clock"]', choice);
      await page.waitForSelector(`.chart .plot[data-zone="${zone}"] .uplot`);
      assert.match(await page.textContent(".replay time"), new RegExp(time));
    }
    const seen = await panels({ page, asked, view });
    for (const name of VIEWS) {
      await view(page, name);
      await noneForgotten(page, seen);
    }
    // A panel whose questions fail is old, though the stream goes on.
    await view(page, "Risk");
    await page.waitForSelector(".panel.tail .badge.live");
    await page.route("**/v1/risk/tails", (route) => route.abort());
    await page.waitForSelector(".panel.tail.is-stale .badge.stale");
    assert.equal(await page.$eval(".head .badge", (badge) => badge.textContent), "● live");
    await page.unroute("**/v1/risk/tails");
    await page.waitForSelector(".panel.tail .badge.live");
    return scenarios.stale({ page, server });
  },

  /** A silent server is told of, and nothing old is shown as live; within two seconds where nothing else runs. */
  async stale({ page, server }) {
    server.kill("SIGSTOP");
    const began = Date.now();
    await page.waitForSelector(".head .badge.stale");
    const took = Date.now() - began;
    assert.ok(took <= 6_000, `stale after ${took} ms`);
    for (const name of VIEWS) {
      await view(page, name);
      // Read at once: a view may add a panel between two questions.
      const { live, panels, stale } = await page.evaluate(() => ({
        live: document.querySelectorAll(".badge.live").length,
        panels: document.querySelectorAll(".panel").length,
        stale: document.querySelectorAll(".panel .badge.stale").length,
      }));
      assert.equal(live, 0, name);
      assert.equal(stale, panels, name);
      // A view that was not open before has nothing to show yet.
      assert.ok(panels || ["Models", "Auctions", "Deals", "Workspace", "Execution", "Curves"].includes(name), name);
    }
    server.kill("SIGCONT");
    await page.waitForSelector(".head .badge.live");
    // Panels that ask for their answers are live again with the next one.
    await page.waitForFunction(() => document.querySelectorAll(".badge.stale").length === 0);
    return { stale_ms: took };
  },

  /** After a restart the desk goes on with the right figures by itself. */
  async restart({ page, server, address }) {
    server.kill("SIGKILL");
    await page.waitForSelector(".head .badge.stale");
    const again = await serve(new URL(address).port, "--at", "2026-06-30T20:00:00Z");
    const up = Date.now();
    try {
      await page.waitForSelector(".head .badge.live");
      const took = Date.now() - up;
      const pnl = await asked(page, "/v1/pnl");
      const text = new Intl.NumberFormat("en-GB", { minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(pnl.total.total);
      await page.waitForFunction((total) => document.querySelector(".total b")?.textContent === total, text);
      assert.equal(await page.evaluate(() => window.wattbook.store.gaps), 0);
      return { back_ms: took };
    } finally {
      again.server.kill("SIGINT");
      await once(again.server, "exit");
    }
  },

  /** A limit that is broken alerts in every view, and is taken over. */
  async alerts({ page }) {
    await page.waitForSelector('.head button.severity.critical:has-text("■")');
    await page.click(".head button.severity");
    await page.waitForSelector('nav button[aria-current="page"]:text-is("Alerts")');
    const row = '.panel.alerts tbody tr:has-text("coupled uses")';
    const found = (await asked(page, "/v1/risk")).limits.find((one) => one.trading_book === "coupled" && one.limit === "position");
    const { rows } = await asked(page, "/v1/alerts?is_over=false");
    const alert = rows.find((one) => one.subject === "coupled, position");
    assert.equal(alert.severity, "critical");
    assert.match(alert.text, new RegExp(`of ${found.allowed}\\)`));
    await page.click(`${row} button:text-is("Take over")`);
    await page.waitForSelector(`${row}:has-text("demo")`);
    await page.waitForSelector(".head button.severity", { state: "detached" });
    await page.reload();
    await page.waitForSelector(`${row}:has-text("demo")`);
    // Silenced for a while, told so in the alert, and lifted.
    await page.selectOption('[aria-label="Rule to silence"]', "a twentieth of the position limit");
    await page.fill('[aria-label="Reason of silence"]', "it is known");
    await page.keyboard.press("Enter");
    await page.waitForSelector('.panel.silences tbody tr:has-text("it is known"):has-text("silent")');
    const [silence] = (await asked(page, "/v1/alerts/silences")).rows;
    assert.deepEqual([silence.rule, silence.end - silence.start, silence.by], ["a twentieth of the position limit", 3_600e9, "demo"]);
    await page.click('[aria-label^="Lift silence"]');
    await page.waitForSelector('.panel.silences tbody tr:has-text("lifted by demo")');
    await view(page, "Risk");
    await page.waitForSelector('dd[data-figure="collateral"]:has-text("1,000,000.00")');
    const { tail } = await asked(page, "/v1/risk/tails");
    const left = Number((await page.textContent('dd[data-figure="call"]')).replaceAll(",", ""));
    assert.ok(Math.abs(left + tail.margin - 1_000_000) < 0.02, `${left} is left beside ${tail.margin}`);
  },

  /** An order by keyboard alone: armed, sent once, filled; another one is cancelled, a third refused. */
  async orders({ page, server, feed }) {
    const top = async () => {
      const chosen = Number(await page.getAttribute('.heat [aria-selected="true"]', "data-instrument"));
      const { rows } = await asked(page, `/v1/quotes?instrument=${chosen}`);
      return rows[0];
    };
    const own = async () => (await asked(page, "/v1/orders?strategy=trader")).rows;
    await page.waitForFunction(() => /\d/.test(document.querySelector(".top .bid b")?.textContent ?? "") && /\d/.test(document.querySelector(".top .ask b")?.textContent ?? ""));
    await page.keyboard.press("b");
    await page.waitForSelector('.ticket input[aria-label="Price"]:focus');
    const ticket = async (price, volume) => {
      await page.focus('.ticket input[aria-label="Price"]');
      await page.keyboard.press("Control+a");
      await page.keyboard.type(price);
      await page.keyboard.press("Tab");
      await page.keyboard.press("Control+a");
      await page.keyboard.type(volume);
    };
    await ticket(String((await top()).ask_price), "1.5");
    await page.keyboard.press("Enter");
    assert.deepEqual(await own(), [], "a disarmed ticket sends nothing");
    await page.focus(".ticket .arm");
    await page.keyboard.press("Space");
    await page.waitForSelector('.ticket .arm[aria-pressed="true"]');
    await ticket(String((await top()).ask_price + 4), "1.5");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Enter");
    await page.waitForSelector(".ticket .own li:has-text('filled')");
    // Once more after the answer.
    await page.waitForSelector('.ticket button[type="submit"]:enabled');
    await page.keyboard.press("Enter");
    const [order, ...others] = await own();
    assert.deepEqual(others, [], "a doubled key sends one order");
    assert.equal(order.volume, 1.5);
    const { rows: fills } = await asked(page, "/v1/fills?strategy=trader");
    assert.ok(fills.length > 0 && fills.every((one) => one.order_id === order.order_id));
    // A ticket is blocked while what is shown is old, also for a moment of a busy machine.
    const enter = async () => {
      await page.waitForSelector('.ticket button[type="submit"]:enabled');
      await page.keyboard.press("Enter");
    };
    await ticket("900", "1");
    await enter();
    await page.waitForSelector(".ticket .doubt:has-text('far from')");
    assert.equal((await own()).length, 1);
    await ticket(String((await top()).bid_price - 4), "0.5");
    await page.click('.ticket button[type="submit"]');
    const resting = ".ticket .own li:has-text('accepted')";
    await page.waitForSelector(resting);
    // The first click of a double one is answered by now.
    await page.waitForSelector('.ticket button[type="submit"]:enabled');
    await page.mouse.down({ clickCount: 2 });
    await page.mouse.up({ clickCount: 2 });
    assert.ok(await page.isDisabled('.ladder button:text-is("Cancel asks")'));
    await page.focus('.ladder button:text-is("Cancel bids")');
    await page.keyboard.press("Enter");
    await page.waitForSelector(".ticket .own li:has-text('cancelled')");
    assert.equal((await own()).length, 2, "a double click sends one order");
    await clicked({ page, top, own });
    await ticket(String((await top()).ask_price + 1), "21");
    await enter();
    await page.waitForSelector(".ticket .doubt:has-text('more than')");
    await enter();
    await page.waitForSelector('.head button.severity:has-text("alert")');
    const { rows: refusals } = await asked(page, "/v1/refusals");
    assert.equal(refusals.length, 1);
    assert.match(refusals[0].text, /21/);
    if (screenshots) await page.screenshot({ path: `${screenshots}/desk-orders-live.png` });
    server.kill("SIGSTOP");
    await page.waitForSelector(".head .badge.stale");
    assert.ok(await page.isDisabled('.ticket button[type="submit"]'));
    server.kill("SIGCONT");
    await page.waitForSelector(".head .badge.live");
    await killByKeyboard({ page, feed, top, ticket, own });
    await runningDay({ page });
  },

  /** Algorithms against their schedule, decisions of the router, costs. */
  async execution({ page }) {
    await execution({ page, asked, view, command, screenshots });
  },

  /** Everything by keyboard alone. */
  async keyboard({ page }) {
    for (const [place, name] of VIEWS.slice(0, 10).entries()) {
      await page.keyboard.press(String((place + 1) % 10));
      await page.waitForSelector(`nav button[aria-current="page"]:text-is("${name}")`);
    }
    await page.keyboard.press("Space");
    await page.waitForSelector('.replay button:has-text("Pause")');
    await page.keyboard.press("Space");
    await page.waitForSelector('.replay button:has-text("Play")');
    await command(page, "colours dark");
    assert.equal(await page.getAttribute("html", "data-theme"), "dark");
    await command(page, "20:00 continuous coupled");
    await page.waitForSelector('nav button[aria-current="page"]:text-is("Market")');
    assert.match(await page.textContent("#ladder-title"), /T18:00Z intraday/);
    await page.keyboard.press("Control+k");
    await page.keyboard.press("Escape");
    assert.equal(await page.$(".palette"), null);
    await workspace({ page });
  },

  /** No view of either theme, and no dialog, breaks a rule of WCAG 2.2 AA that axe knows. */
  async axe({ page }) {
    const found = await axeOf(page);
    const faults = [];
    const look = async (where) => faults.push(...(await found(where)));
    for (const theme of ["light", "dark"]) {
      if ((await page.getAttribute("html", "data-theme")) !== theme) await command(page, `colours ${theme}`);
      await page.waitForSelector(`html[data-theme="${theme}"]`);
      for (const name of VIEWS) {
        await view(page, name);
        await page.waitForSelector(".panel table, .panel .uplot, .panel dl, .panel .muted");
        if (name === "Models") {
          await showAt(page, FORECAST);
          await page.selectOption('[aria-label="Strategy of the forecast"]', "momentum");
          await page.waitForSelector(".panel.fan .uplot");
          await page.waitForSelector(".panel.scores tbody tr");
        }
        await look(`${name}, ${theme}`);
        if (screenshots) await page.screenshot({ path: `${screenshots}/desk-${name.toLowerCase()}-${theme}.png` });
        if (name === "Models") await showAt(page, NOON);
      }
      await page.keyboard.press("Control+k");
      await page.waitForSelector(".palette input:focus");
      await look(`palette, ${theme}`);
      await page.keyboard.press("Escape");
      await page.click(".kill");
      await page.waitForSelector(".kill-dialog");
      await look(`kill switch, ${theme}`);
      await page.keyboard.press("Escape");
    }
    assert.deepEqual(faults, []);
  },
};

const run = scenarios[scenario];
assert.ok(run, `there is no scenario ${scenario}`);
const more = scenario === "alerts" ? ["--alerts", new URL("alerts.toml", import.meta.url).pathname] : [];
if (shelf) {
  for (const name of ["book", "curves", "ingest"]) more.push(`--${name}`, `${shelf}/${name}`);
  more.push("--island", new URL("../../examples/own_source.py", import.meta.url).pathname);
}
const { server, address } = scenario === "orders" ? await goOn() : await serve(0, "--at", scenario === "execution" ? MIDWAY : NOON, ...more);
let opened;
try {
  opened = await open(address);
  const found = await run({ ...opened, server, address });
  assert.deepEqual(opened.faults, []);
  console.log(JSON.stringify(found ?? {}));
} catch (fault) {
  if (screenshots && opened) await opened.page.screenshot({ path: `${screenshots}/desk-${scenario}-failed.png` });
  throw fault;
} finally {
  await opened?.browser.close();
  server.kill("SIGKILL");
}
