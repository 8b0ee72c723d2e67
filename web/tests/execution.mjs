// The execution view of a run in which algorithms work orders.
import assert from "node:assert/strict";
import { axeOf } from "./axe.mjs";

/** Progress, decisions and costs are the API's; no theme breaks a rule. */
export async function execution({ page, asked, view, command, screenshots }) {
  await view(page, "Execution");
  await page.waitForSelector(".panel.parents tbody tr");
  const { rows } = await asked(page, "/v1/execution/parents");
  const shown = await page.$$eval(".panel.parents tbody tr", (found) => found.map((row) => [row.cells[0].textContent, row.cells[2].textContent]));
  assert.deepEqual(shown, rows.map((row) => [row.parent, row.algorithm]));
  const even = rows.find((row) => row.algorithm === "twap");
  assert.ok(even.due_share > 0 && even.due_share < 1 && even.filled > 0 && even.ended === null, JSON.stringify(even));
  await page.click(`.panel.parents button:text-is("${even.parent}")`);
  await page.waitForSelector(`#progress-title:has-text("${even.parent}, twap")`);
  await page.waitForSelector(".panel.progress .uplot");
  assert.match(await page.textContent(".panel.progress .legend"), /an even pace/);
  const decisions = (await asked(page, "/v1/execution/decisions")).rows;
  assert.ok(decisions.length > 0);
  await page.waitForFunction((count) => document.querySelectorAll(".panel.decisions tbody tr").length === count, decisions.length);
  await page.waitForSelector(".panel.costs tbody tr");
  const costs = await asked(page, "/v1/execution/costs");
  assert.deepEqual(await page.$$eval(".panel.costs tbody tr", (found) => found.map((row) => row.cells[0].textContent)), costs.parents.map((row) => row.parent));
  assert.equal(await page.$$eval(".panel.venue-costs tbody tr", (found) => found.length), costs.venues.length);
  await page.fill('[aria-label="Filter What orders cost, a cost above zero"]', "sweep");
  await page.waitForFunction(() => document.querySelectorAll(".panel.costs tbody tr").length === 1);
  const look = await axeOf(page);
  const faults = await look("light");
  if (screenshots) await page.screenshot({ path: `${screenshots}/desk-execution.png` });
  await command(page, "colours dark");
  assert.deepEqual([...faults, ...(await look("dark"))], []);
}
