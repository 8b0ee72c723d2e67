// Draws every chart of the data-quality report.
import type uPlot from "uplot";
import { chart } from "./chart";
import { clockSwitch, onWidth, theme } from "./controls";
import type { Line } from "./data";

interface QualityChart {
  id: string;
  title: string;
  /** Of the left axis, and of every value in it. */
  label: string;
  unit: string;
  zone: string;
  stepped: boolean;
  t: number[];
  lines: Line[];
}

function embedded(): QualityChart[] {
  const text = document.getElementById("data")?.textContent;
  if (!text) throw new Error("the page holds no data; write the report again");
  return JSON.parse(text) as QualityChart[];
}

const charts = embedded();
const plots: uPlot[] = [];
let onUtc = false;

function drawAll(): void {
  while (plots.length) plots.pop()?.destroy();
  for (const entry of charts) {
    const host = document.getElementById(entry.id);
    if (!host) continue;
    plots.push(
      chart({
        host,
        title: entry.title,
        height: 260,
        t: entry.t,
        lines: entry.lines.map((line) => ({ ...line, unit: entry.unit, stepped: entry.stepped })),
        zone: entry.zone,
        axisZone: onUtc ? "UTC" : entry.zone,
        left: entry.label,
        group: entry.id,
      }),
    );
  }
}

theme(drawAll);
clockSwitch("local market time", (utc) => {
  onUtc = utc;
  drawAll();
});
onWidth(drawAll);
drawAll();
