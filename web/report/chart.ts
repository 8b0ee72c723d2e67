// One time chart with a tooltip, on either clock.
import uPlot from "uplot";
import { axisTimes, bothClocks, escaped, number } from "./format";
import { ink, variable } from "./palette";
import type { Fill, Line } from "./data";

export interface ChartLine extends Line {
  unit: string;
  /** Which axis: the left one or the right one. */
  side?: "left" | "right";
  stepped?: boolean;
  area?: boolean;
}

export interface ChartOptions {
  host: HTMLElement;
  title: string;
  height: number;
  t: number[];
  lines: ChartLine[];
  fills?: Fill[];
  zone: string;
  /** Zone of the time axis: `zone` or UTC. */
  axisZone: string;
  left: string;
  right?: string;
  /** Room on the right, as wide as the right axis of the chart above. */
  padRight?: number;
  group: string;
}

/** Width of a right axis with its label, in px. */
export const RIGHT_AXIS = 74;

/** Axis labels as short as they can be: 12,400 stays, 1,240,000 becomes 1.24 M. */
function ticks(_: uPlot, splits: number[]): string[] {
  const top = Math.max(...splits.map(Math.abs));
  if (top >= 1e6) return splits.map((value) => `${number(value / 1e6, 2)} M`);
  return splits.map((value) => number(value, top < 10 ? 2 : 1));
}

function marks(fills: Fill[]): uPlot.Plugin {
  return {
    hooks: {
      draw: (plot) => {
        const context = plot.ctx;
        context.save();
        context.beginPath();
        context.rect(plot.bbox.left, plot.bbox.top, plot.bbox.width, plot.bbox.height);
        context.clip();
        const size = 5 * devicePixelRatio;
        for (const fill of fills) {
          const x = plot.valToPos(fill.t, "x", true);
          const y = plot.valToPos(fill.price, "left", true);
          const up = fill.side === "buy" ? 1 : -1;
          context.beginPath();
          context.moveTo(x, y - up * size);
          context.lineTo(x + size, y + up * size);
          context.lineTo(x - size, y + up * size);
          context.closePath();
          context.lineWidth = 1.5 * devicePixelRatio;
          context.strokeStyle = variable(fill.side === "buy" ? "--buy" : "--sell");
          context.fillStyle = fill.side === "buy" ? variable("--buy") : variable("--panel");
          context.fill();
          context.stroke();
        }
        context.restore();
      },
    },
  };
}

function tooltip(options: ChartOptions): uPlot.Plugin {
  const box = document.createElement("div");
  box.className = "tooltip";
  box.hidden = true;
  return {
    hooks: {
      init: (plot) => {
        plot.over.append(box);
        plot.over.addEventListener("mouseleave", () => (box.hidden = true));
      },
      setCursor: (plot) => {
        const { idx, left, top } = plot.cursor;
        const t = idx === null || idx === undefined ? undefined : options.t[idx];
        // A cursor that another chart moved has no place here.
        if (t === undefined || idx == null || left == null || left < 0 || !plot.over.matches(":hover")) {
          box.hidden = true;
          return;
        }
        const rows = options.lines.map((line) => {
          const value = number(line.values[idx]);
          return `<tr><th>${escaped(line.name)}</th><td>${value} ${escaped(line.unit)}</td></tr>`;
        });
        const next = options.t[idx + 1] ?? t + 300;
        const near = (options.fills ?? []).filter((fill) => fill.t >= t && fill.t < next);
        for (const fill of near.slice(0, 5)) {
          const mark = fill.side === "buy" ? "▲ bought" : "▽ sold";
          rows.push(
            `<tr class="fill"><th>${escaped(fill.strategy)}</th>` +
              `<td>${mark} ${number(fill.volume, 3)} at ${number(fill.price)}</td></tr>`,
          );
        }
        if (near.length > 5) rows.push(`<tr><td colspan="2">and ${near.length - 5} more fills</td></tr>`);
        box.innerHTML = `<p>${bothClocks(t, options.zone)}</p><table>${rows.join("")}</table>`;
        box.hidden = false;
        const flip = left > plot.over.clientWidth / 2;
        box.style.left = flip ? "" : `${left + 14}px`;
        box.style.right = flip ? `${plot.over.clientWidth - left + 14}px` : "";
        box.style.top = `${Math.min(Math.max(0, (top ?? 0) - 20), plot.over.clientHeight - 40)}px`;
      },
    },
  };
}

function legend(options: ChartOptions): HTMLElement {
  const list = document.createElement("ul");
  list.className = "legend";
  options.lines.forEach((line, index) => {
    const { stroke, dash } = ink(index);
    const item = document.createElement("li");
    item.innerHTML =
      `<svg width="30" height="10" aria-hidden="true"><line x1="1" y1="5" x2="29" y2="5" ` +
      `stroke="${stroke}" stroke-width="2.5" stroke-dasharray="${dash.join(" ")}"/></svg>`;
    item.append(`${line.name} (${line.unit}${options.right && line.side === "right" ? ", right" : ""})`);
    list.append(item);
  });
  if (options.fills?.length) {
    const item = document.createElement("li");
    item.innerHTML =
      '<span class="buy">▲</span> bought <span class="sell">▽</span> sold (fills of ours)';
    list.append(item);
  }
  return list;
}

/** Width inside the padding of `host`, in px. */
function innerWidth(host: HTMLElement): number {
  const { paddingLeft, paddingRight } = getComputedStyle(host);
  return host.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight);
}

/** Draws the chart into its host, in place of what was there. */
export function chart(options: ChartOptions): uPlot {
  const { host, lines, t } = options;
  host.replaceChildren();
  const heading = document.createElement("h4");
  heading.textContent = options.title;
  host.append(heading, legend(options));
  const axis = {
    stroke: variable("--muted"),
    grid: { stroke: variable("--grid"), width: 1 },
    ticks: { stroke: variable("--grid"), width: 1 },
    font: "12px system-ui, sans-serif",
    labelFont: "12px system-ui, sans-serif",
    labelSize: 18,
  };
  const zoneName = options.axisZone === "UTC" ? "UTC" : `local time, ${options.axisZone}`;
  const axes: uPlot.Axis[] = [
    {
      ...axis,
      label: zoneName,
      size: 40,
      values: (_: uPlot, splits: number[]) => axisTimes(splits, options.axisZone),
    },
    { ...axis, scale: "left", label: options.left, values: ticks, size: 72 },
  ];
  if (options.right) {
    const grid = { show: false };
    axes.push({ ...axis, scale: "right", side: 1, label: options.right, values: ticks, size: RIGHT_AXIS - 18, grid });
  }
  const series: uPlot.Series[] = [{}];
  lines.forEach((line, index) => {
    const { stroke, dash } = ink(index);
    series.push({
      label: line.name,
      scale: line.side ?? "left",
      stroke,
      dash,
      width: 1.75,
      // A line of one point would be none.
      points: { show: t.length < 3 },
      ...(line.area ? { fill: `${stroke}33` } : {}),
      ...(line.stepped && uPlot.paths.stepped
        ? { paths: uPlot.paths.stepped({ align: 1 }) }
        : {}),
    });
  });
  const plot = new uPlot(
    {
      width: innerWidth(host),
      height: options.height,
      series,
      axes,
      scales: { x: { time: true }, left: {}, ...(options.right ? { right: {} } : {}) },
      // Charts of one market keep one time scale, whether or not they have a right axis.
      padding: [8, options.right ? 0 : (options.padRight ?? 10), 0, 0],
      legend: { show: false },
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), options.axisZone),
      cursor: { sync: { key: options.group }, drag: { x: true, y: false }, y: false },
      plugins: [tooltip(options), ...(options.fills ? [marks(options.fills)] : [])],
    },
    [t, ...lines.map((line) => line.values)] as uPlot.AlignedData,
    host,
  );
  plot.over.title = "Drag to zoom, double-click to see all";
  return plot;
}
