// Draws every chart of the report and redraws them when clock, theme or width change.
import type uPlot from "uplot";
import { RIGHT_AXIS, chart } from "./chart";
import { book } from "./book";
import { clockSwitch, onWidth, theme } from "./controls";
import { embedded, type Market } from "./data";

const report = embedded();
const plots: uPlot[] = [];
let onUtc = false;

function draw(market: Market): void {
  const host = (part: string): HTMLElement | null =>
    document.getElementById(`${market.id}-${part}`);
  const tag = market.synthetic ? ` · ${market.synthetic}` : "";
  const axisZone = onUtc ? "UTC" : market.zone;
  const shared = { t: market.t, zone: market.zone, axisZone, group: market.id };
  const money = market.currency;
  const prices = host("prices");
  if (prices) {
    const positions = market.positions.map((line) => ({
      ...line,
      unit: market.volumeUnit,
      side: "right" as const,
      stepped: true,
    }));
    plots.push(
      chart({
        ...shared,
        host: prices,
        title: `Price against position${tag}`,
        height: 320,
        lines: [
          ...market.prices.map((line) => ({ ...line, unit: market.priceUnit, stepped: true })),
          ...positions,
        ],
        fills: market.fills,
        left: `Price, ${market.priceUnit}`,
        ...(positions.length ? { right: `Position, ${market.volumeUnit}` } : {}),
      }),
    );
  }
  const charge = host("charge");
  if (charge && market.charges.length) {
    plots.push(
      chart({
        ...shared,
        host: charge,
        title: "State of charge",
        height: 190,
        padRight: RIGHT_AXIS,
        lines: market.charges.map((line) => ({ ...line, unit: "MWh", area: true })),
        left: "Stored energy, MWh",
      }),
    );
  }
  const pnl = host("pnl");
  if (pnl) {
    plots.push(
      chart({
        ...shared,
        host: pnl,
        title: `Cumulative P&L${tag}`,
        height: 230,
        lines: [
          { name: "all strategies", values: market.total, unit: money },
          ...market.pnl.map((line) => ({ ...line, unit: money })),
        ],
        left: `P&L, ${money}`,
      }),
    );
  }
  const drawdown = host("drawdown");
  if (drawdown) {
    plots.push(
      chart({
        ...shared,
        host: drawdown,
        title: `Drawdown from the highest P&L so far${tag}`,
        height: 230,
        lines: [{ name: "drawdown", values: market.drawdown, unit: money, area: true }],
        left: `Drawdown, ${money}`,
      }),
    );
  }
}

function drawAll(): void {
  while (plots.length) plots.pop()?.destroy();
  report.markets.forEach(draw);
}

for (const market of report.markets) {
  const host = document.getElementById(`${market.id}-book`);
  if (host && market.book.length) book(host, market);
}
theme(drawAll);
clockSwitch("local market time", (utc) => {
  onUtc = utc;
  drawAll();
});
onWidth(drawAll);
drawAll();
