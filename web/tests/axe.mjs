// What axe finds on a page: rules of WCAG 2.2 AA that are broken.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/** Waits until a view has come to rest: colours that change on their way, or a page that has gone stale, are not what it looks like. */
async function settled(page) {
  await page.waitForFunction(() => {
    const isMoving = document.getAnimations().some((one) => one.playState === "running");
    return !isMoving && document.querySelector(".head .badge.live") !== null && !document.querySelector("main")?.textContent.includes("Loading…");
  });
}

/** Returns a looker at `page`: what it finds wrong at each place it is called for, as sentences. */
export async function axeOf(page) {
  await page.evaluate(await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8"));
  return async (where) => {
    await settled(page);
    const found = await page.evaluate((rules) => window.axe.run(document, { runOnly: rules, resultTypes: ["violations"] }), RULES);
    return found.violations.map((one) => `${where}: ${one.id}: ${one.nodes[0].html} ${one.nodes[0].failureSummary}`);
  };
}
