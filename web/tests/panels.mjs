// Every panel of the desk, from the desk's own list of them: times, age, exports on each clock, filter, controls.
import assert from "node:assert/strict";

const CLOCKS = ["market", "UTC", "local"];
/** What is filled in, and shows nothing that could be exported. */
const FORMS = ["ticket", "deal-ticket", "document-ticket"];
/** Shown once something in another panel is chosen, of a market, a deal, a part or an order. */
const CHOSEN = /^(history|part|progress|structured-history|terms|product-history|option-pnl|battery-.+|plant-.+)$/;
const TIME = /\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?[+-]\d{2}:\d{2}/g;

/** Keeps what is handed to the browser as a file in place of writing it, and what the server is to make a workbook of. */
async function watchExports(page) {
  await page.evaluate(() => {
    globalThis.kept = { csv: [], sheets: [], workbooks: [] };
    URL.createObjectURL = (blob) => {
      const isText = blob.type.startsWith("text/csv");
      (isText ? blob.text() : blob.slice(0, 2).text()).then((text) => globalThis.kept[isText ? "csv" : "workbooks"].push(text));
      return "about:blank#kept";
    };
    HTMLAnchorElement.prototype.click = () => undefined;
    const ask = globalThis.fetch;
    globalThis.fetch = (path, options) => {
      if (path === "/v1/export/xlsx") globalThis.kept.sheets.push(JSON.parse(options.body));
      return ask(path, options);
    };
  });
}

/** What a panel is and says of itself. */
const look = (page) => page.$$eval("main .panel[aria-labelledby]", (panels) => panels.map((panel) => ({
  id: [...panel.classList].find((name) => !["panel", "is-stale"].includes(name)),
  badges: panel.querySelectorAll("header > .badge").length,
  times: [...panel.querySelectorAll("header > .times b")].map((time) => time.textContent),
  holds: panel.querySelectorAll("tbody tr, dd, [role='gridcell'], .fragment").length + panel.querySelectorAll(".plot [role='img']:not([data-empty])").length,
  isTable: panel.querySelector(":scope > .scroll table:not(.ladder), [role='grid']") !== null,
  filters: panel.querySelectorAll("header input[type='search'][aria-label^='Filter']").length,
  // What a table makes of a value that it cannot show.
  broken: panel.textContent.match(/\[object|NaN|undefined|Infinity/)?.[0],
  exports: [...panel.querySelectorAll("header button[aria-label^='Export']")].map((button) => button.textContent),
  // Arrow keys move among the cells of a grid, one of which is reached by Tab.
  unreached: [...panel.querySelectorAll("button:not([role='gridcell']), input, select, [tabindex]:not([role='gridcell'])")].filter((one) => one.tabIndex < 0).length,
})));

/** Every time of a file is on the clock that was chosen: an instant has one text there. */
async function onClock(page, text, clock, zones) {
  const times = [...new Set(text.match(TIME) ?? [])].slice(0, 20);
  const wrong = await page.evaluate(({ found, allowed }) => found.filter((time) => !allowed.some((zone) => {
    const parts = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hourCycle: "h23", dateStyle: "short", timeStyle: "medium" }).format(new Date(time));
    const [day, month, year, ...clockTime] = parts.match(/\d+/g);
    return time.startsWith(`${year}-${month}-${day}T${clockTime.join(":")}`);
  })), { found: times, allowed: zones[clock] });
  assert.deepEqual(wrong, [], `${clock}: ${zones[clock]}`);
  return times.length;
}

const take = (page) => page.evaluate(() => Object.fromEntries(Object.entries(globalThis.kept).map(([name, list]) => [name, list.splice(0)])));
const press = (page, id, kind) => page.$eval(`.panel.${id} header button[aria-label$="as ${kind}"]`, (button) => button.click());

/** What panels export on each clock; both kinds hold the same table. Returns how many times were in it. */
async function exported(page, ids, zones) {
  let times = 0;
  for (const clock of CLOCKS) {
    await page.selectOption('[aria-label="Clock"]', clock);
    for (const id of ids) {
      await press(page, id, "CSV");
      // The server makes the same of the same cells, so once is enough.
      if (clock === "UTC") await press(page, id, "XLSX");
      await page.waitForFunction((count) => globalThis.kept.csv.length === 1 && globalThis.kept.workbooks.length === count, clock === "UTC" ? 1 : 0);
      const { csv, sheets, workbooks } = await take(page);
      times += await onClock(page, csv[0], clock, zones);
      if (clock !== "UTC") continue;
      assert.deepEqual(workbooks, ["PK"], id);
      const [heading] = csv[0].split("\r\n");
      assert.equal(sheets[0].columns.length, heading.match(/("[^"]*"|[^,]+)/g).length, id);
      await onClock(page, JSON.stringify(sheets[0].rows), clock, zones);
    }
  }
  return times;
}

async function filtered(page, { id, holds }) {
  const field = `.panel.${id} header input[aria-label^="Filter"]`;
  await page.fill(field, "nothing is called like this");
  if (holds) await page.waitForSelector(`.panel.${id} .muted:text-is("Nothing fits the filter.")`, { state: "attached" });
  await page.fill(field, "");
}

function complete({ id, badges, times, holds, isTable, filters, exports, unreached, broken }) {
  assert.equal(broken, undefined, id);
  const isForm = FORMS.includes(id);
  assert.equal(badges, 1, `${id}: it says whether it is live`);
  assert.equal(times.length, 2, `${id}: source and receipt`);
  if (holds && !isForm) assert.ok(times.every((time) => /^(\d\d \w+ )?\d\d:\d\d:\d\d$/.test(time)), `${id}: ${times}`);
  assert.equal(unreached, 0, `${id}: every control is reached by keyboard`);
  assert.deepEqual(exports, isForm ? [] : ["CSV", "XLSX"], id);
  assert.equal(filters, isTable ? 1 : 0, `${id}: a table is filtered`);
}

/** So many beside each other. */
const TOGETHER = 6;

/** Whether what is docked has its first answers; plants and batteries are shown where there are any. */
const isThere = (count) => document.querySelectorAll(".dock .dv-tab").length === count
  && [...document.querySelectorAll(".dock .docked")].every((one) => one.querySelector(".panel, .muted") || /Plants|Batteries/.test(one.closest(".dv-groupview").textContent))
  && [...document.querySelectorAll(".dock .muted")].every((one) => !/Loading…|being read/.test(one.textContent))
  && !document.querySelector(".dock .plot [data-empty]");

/** Every panel of the list, by links; returns what was seen. */
export async function panels({ page, asked, view }) {
  const { markets } = await asked(page, "/v1/run");
  const zones = { market: [...new Set([...markets.map((one) => one.time_zone), "UTC"])], UTC: ["UTC"], local: ["America/New_York"] };
  await view(page, "Workspace");
  await page.waitForSelector('[aria-label="Open a panel"]');
  const names = await page.$$eval('[aria-label="Open a panel"] option', (found) => found.map((one) => one.value).filter((one) => one && !one.includes(".")));
  assert.ok(names.length > 40, names.join());
  await watchExports(page);
  const place = (await page.evaluate(() => location.hash)).split("/").slice(0, 4);
  const seen = new Set();
  let times = 0;
  for (let first = 0; first < names.length; first += TOGETHER) {
    const group = names.slice(first, first + TOGETHER);
    const layout = `c(${group.map((name) => `${Math.floor(100 / group.length)}:${name}`).join(",")})`;
    await page.evaluate((hash) => { location.hash = hash; }, [...place, "", encodeURIComponent(layout)].join("/"));
    await page.waitForFunction(isThere, group.length);
    const found = (await look(page)).filter(({ id }) => !seen.has(id));
    for (const panel of found) {
      seen.add(panel.id);
      complete(panel);
    }
    times += await exported(page, found.map(({ id }) => id).filter((id) => !FORMS.includes(id)), zones);
    for (const panel of found) if (panel.isTable) await filtered(page, panel);
  }
  assert.ok(times > 200, `${times} times were exported`);
  return seen;
}

/** Whatever a view shows is a panel that was looked at. */
export async function noneForgotten(page, seen) {
  const found = await look(page);
  assert.deepEqual(found.filter((panel) => panel.broken).map((panel) => panel.id), [], "every value is shown as one");
  const ids = found.map((panel) => panel.id).filter((id) => !seen.has(id) && !CHOSEN.test(id));
  assert.deepEqual(ids, [], "every panel is in the list of panels");
}
