// The workspace: panels moved, sized and closed by keyboard and by pointer, kept, shared, in a window of its own.
import assert from "node:assert/strict";

const layout = (page) => decodeURIComponent(page.url().split("/").at(-1));
const shows = (page, selector) => page.waitForSelector(`.dock ${selector}`, { state: "visible" });

/** Chooses in a list of the bar as a keyboard does. */
async function pick(page, label, value) {
  await page.focus(`.bar [aria-label="${label}"]`);
  await page.selectOption(`.bar [aria-label="${label}"]`, value);
}

async function press(page, name) {
  await page.focus(`.bar button:text-is("${name}")`);
  await page.keyboard.press("Enter");
}

const becomes = (page, pattern) => page.waitForFunction(({ source }) => new RegExp(source).test(decodeURIComponent(location.hash.split("/").at(-1))), { source: pattern.source });

async function byKeyboard(page) {
  await page.keyboard.press("0");
  await shows(page, ".panel.periods");
  await shows(page, ".panel.ladder");
  await pick(page, "Panel", "trades");
  await shows(page, ".panel.trades");
  await pick(page, "Place", "below");
  await pick(page, "Other panel", "periods");
  await press(page, "Move");
  await becomes(page, /^r\(36:\(50:periods,50:trades\)/);
  const width = await page.$eval(".dock .panel.trades", (panel) => panel.getBoundingClientRect().width);
  await press(page, "Wider");
  await becomes(page, /^r\((?!36)\d+:\(50:periods,50:trades\)/);
  await page.waitForFunction((was) => document.querySelector(".dock .panel.trades").getBoundingClientRect().width > was + 40, width);
  await press(page, "Close panel");
  await becomes(page, /^r\(\d+:periods,/);
  await pick(page, "Open a panel", "limits");
  await shows(page, ".panel.limits");
  await page.focus('.bar [aria-label="Name of the workspace"]');
  await page.keyboard.type("mine");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".said:has-text('kept as mine')");
  // The server has it too, so another browser of the same user finds it.
  await page.evaluate(() => localStorage.removeItem("wattbook.workspaces"));
  await page.reload();
  await page.waitForSelector('.bar select[aria-label="Workspace"] option:text-is("mine")', { state: "attached" });
}

/** A tab that is dragged to the edge of another panel splits it. */
async function byPointer(page) {
  await pick(page, "Workspace", { label: "Portfolio" });
  await shows(page, ".panel.positions");
  const tab = await page.locator('.dock .dv-tab:has-text("P&L by delivery period")').boundingBox();
  const goal = await page.locator(".dock .panel.waterfall").boundingBox();
  await page.mouse.move(tab.x + tab.width / 2, tab.y + tab.height / 2);
  await page.mouse.down();
  for (const share of [0.2, 0.6, 1]) await page.mouse.move(tab.x + (goal.x + goal.width - 12 - tab.x) * share, tab.y + (goal.y + goal.height / 2 - tab.y) * share, { steps: 4 });
  await page.mouse.up();
  await becomes(page, /\(\d+:waterfall,\d+:deliveries\)|waterfall,\d+:deliveries/);
}

/** What was named comes back, a link opens it elsewhere, and a panel has a window of its own. */
async function keptAndShared(page, context) {
  await pick(page, "Workspace", { label: "mine" });
  await shows(page, ".panel.limits");
  const text = layout(page);
  const elsewhere = await context.newPage();
  await elsewhere.goto(page.url());
  await shows(elsewhere, ".panel.limits");
  assert.equal(layout(elsewhere), text);
  await elsewhere.close();
  await pick(page, "Panel", "limits");
  const [popped] = await Promise.all([context.waitForEvent("page"), press(page, "Pop out")]);
  await shows(popped, ".panel.limits");
  assert.equal(layout(popped), "r(100:limits)");
  await popped.waitForSelector(".head .badge.live");
  await popped.close();
  assert.equal(await page.$(".dock .panel.limits"), null);
  await page.fill('.bar [aria-label="Name of the workspace"]', "mine");
  await press(page, "Delete");
  await page.waitForSelector(".said:has-text('mine is deleted')");
  assert.equal(await page.$('.bar option:text-is("mine")'), null);
}

/** No layout is wider than a tablet held upright or a small screen. */
async function fits(page) {
  const was = page.viewportSize();
  for (const size of [{ width: 1280, height: 800 }, { width: 820, height: 1180 }]) {
    await page.setViewportSize(size);
    await shows(page, ".panel.periods");
    // The panels follow the window within a frame or two.
    await page.waitForFunction(() => document.documentElement.scrollWidth <= innerWidth).catch(async (fault) => {
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      throw new Error(`${wide} px too wide at ${size.width}`, { cause: fault });
    });
  }
  await page.setViewportSize(was);
}

/** Addresses that hold no layout open one that is built in. */
async function badLinks(page) {
  const { hash } = new URL(page.url());
  for (const text of ["r(", "r(1:nothing)", "r(1:periods,,)", "x".repeat(5_000), "r(999:periods+periods)"]) {
    await page.evaluate((to) => { location.hash = to; }, [...hash.split("/").slice(0, -1), encodeURIComponent(text)].join("/"));
    await shows(page, ".panel.periods");
  }
}

export async function workspace({ page }) {
  const context = page.context();
  await byKeyboard(page);
  await byPointer(page);
  await keptAndShared(page, context);
  await fits(page);
  await badLinks(page);
}
