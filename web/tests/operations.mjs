// Curves with their versions, and decisions about the quarantine of ingestion.
import assert from "node:assert/strict";

/** Two days of a curve beside each other; the address opens the same again. */
export async function curves({ page, asked, view }) {
  await view(page, "Curves");
  await page.waitForSelector(".panel.curve .uplot");
  const kept = (await asked(page, "/v1/curves")).curves;
  assert.deepEqual(kept.map((one) => one.as_of), ["2027-01-04", "2027-01-05"]);
  await page.waitForSelector("#curve-title:has-text('2027-01-05')");
  await page.selectOption('[aria-label="Against"]', kept[0].version);
  await page.waitForFunction(() => [...document.querySelectorAll(".panel.averages tbody tr")].some((row) => /[▲▼]/.test(row.cells[5].textContent)));
  const curve = await asked(page, `/v1/curves/DE-LU/days/2027-01-05?tenor=month`);
  const prices = await page.$$eval(".panel.averages tbody tr", (rows) => rows.map((row) => Number(row.cells[3].textContent.replaceAll(",", ""))));
  assert.deepEqual(prices, curve.base.map((one) => Number(one.price.toFixed(3))));
  await page.click('.panel.averages button:has-text("Feb-27")');
  await page.waitForFunction(() => document.querySelectorAll(".panel.product-history tbody tr").length === 2);
  const shown = await page.textContent(".panel.averages tbody");
  await page.reload();
  await page.waitForSelector(".panel.product-history tbody tr");
  await page.waitForFunction((same) => document.querySelector(".panel.averages tbody")?.textContent === same, shown);
}

/** A refused row is inspected; a trader may not release it, risk does, and the history says who. */
export async function quarantine({ page, asked }) {
  await page.waitForSelector(".panel.latencies tbody tr");
  const queue = ".panel.held tbody tr";
  await page.waitForFunction((rows) => document.querySelectorAll(rows).length === 2, queue);
  await page.click(`${queue}:has-text("more than the line carries") button`);
  await page.waitForSelector('.panel.part .raw:has-text("5000")');
  const number = Number((await page.textContent("#part-title")).match(/\d+/)[0]);
  const reason = '[aria-label="Reason of the decision"]';
  assert.ok(await page.isDisabled('.panel.part button:text-is("Release")'), "no decision without a reason");
  await page.fill(reason, "the operator confirmed it");
  await page.click('.panel.part button:text-is("Release")');
  await page.waitForSelector(".said:has-text('trader')");
  const part = () => asked(page, `/v1/ingest/quarantine/${number}`);
  assert.equal((await part()).state, "held", "a trader decides nothing");
  const become = (role) => page.evaluate((to) => fetch("/v1/session", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ role: to }) }).then((answer) => answer.status), role);
  await become("risk");
  await page.click('.panel.part button:text-is("Release")');
  await page.waitForSelector("#part-title:has-text('released')");
  const { history } = await part();
  assert.deepEqual([history.at(-1).who, history.at(-1).why], ["demo (risk)", "the operator confirmed it"]);
  await page.waitForFunction((rows) => document.querySelectorAll(rows).length === 1, queue);
  await become("trader");
}
