// One time chart on the chosen clock.
import { useEffect, useRef, type ReactNode } from "react";
import uPlot from "uplot";
import { axisTimes, number } from "../report/format";
import { ink, variable } from "../report/palette";
import { isTwice, iso, offset } from "./format";
import type { Sheet } from "./panel";
import { useDesk } from "./state";
import type { Side } from "./types";

export interface PlotLine {
  name: string;
  unit: string;
  values: (number | null)[];
  stepped?: boolean;
}

export interface PlotFill {
  at: number;
  price: number;
  side: Side;
}

/** What others traded. */
export type PlotTrade = Omit<PlotFill, "side">;

interface PlotProps {
  /** Instants, ns UTC. */
  at: number[];
  lines: PlotLine[];
  fills?: PlotFill[];
  trades?: PlotTrade[];
  zone: string;
  label: string;
  height: number;
  /** What the chart shows, for those who cannot see it. */
  about: string;
}

/** Labels of the axis; an hour that comes twice has its distance from UTC. */
function axisLabels(splits: number[], zone: string): string[] {
  return axisTimes(splits, zone).map((label, place) => {
    const ns = (splits[place] ?? 0) * 1e9;
    return isTwice(ns, zone) && /^\d\d:/.test(label) ? `${label.slice(0, 5)}\n${offset(ns, zone)}${label.slice(5)}` : label;
  });
}

/** The numbers of a chart, on its clock. */
export function plotSheet(at: number[], lines: PlotLine[], zone: string): Sheet {
  const columns = ["time", ...lines.map((line) => (line.unit ? `${line.name}, ${line.unit}` : line.name))];
  return { columns, rows: at.map((one, place) => [iso(one, zone), ...lines.map((line) => line.values[place])]) };
}

/** Trades as dots, our own fills as triangles above them. */
function marks(fills: () => PlotFill[], trades: () => PlotTrade[]): uPlot.Plugin {
  return {
    hooks: {
      draw: (plot) => {
        const { ctx, bbox } = plot;
        ctx.save();
        ctx.beginPath();
        ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
        ctx.clip();
        const size = 5 * devicePixelRatio;
        ctx.fillStyle = variable("--line-1");
        for (const trade of trades()) {
          ctx.beginPath();
          ctx.arc(plot.valToPos(trade.at / 1e9, "x", true), plot.valToPos(trade.price, "y", true), 0.3 * size, 0, 2 * Math.PI);
          ctx.fill();
        }
        for (const fill of fills()) {
          const x = plot.valToPos(fill.at / 1e9, "x", true);
          const y = plot.valToPos(fill.price, "y", true);
          const up = fill.side === "buy" ? 1 : -1;
          ctx.beginPath();
          ctx.moveTo(x, y - up * size);
          ctx.lineTo(x + size, y + up * size);
          ctx.lineTo(x - size, y + up * size);
          ctx.closePath();
          ctx.strokeStyle = variable(fill.side === "buy" ? "--buy" : "--sell");
          ctx.fillStyle = fill.side === "buy" ? ctx.strokeStyle : variable("--panel");
          ctx.lineWidth = 1.5 * devicePixelRatio;
          ctx.fill();
          ctx.stroke();
        }
        ctx.restore();
      },
    },
  };
}

export function Plot(props: PlotProps): ReactNode {
  const { at, lines, fills, trades, zone, label, height, about } = props;
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const shown = useRef<PlotFill[]>([]);
  shown.current = fills ?? [];
  const printed = useRef<PlotTrade[]>([]);
  printed.current = trades ?? [];
  const { theme } = useDesk();
  const names = lines.map((line) => `${line.name} ${line.unit}`).join("|");
  useEffect(() => {
    const element = host.current;
    if (!element) return;
    // Lines of another unit than the first one's have the axis at the right.
    const unit = lines[0]?.unit;
    const other = lines.find((line) => line.unit !== unit);
    const axis = {
      stroke: variable("--muted"),
      grid: { stroke: variable("--grid"), width: 1 },
      ticks: { stroke: variable("--grid"), width: 1 },
      font: "11px system-ui, sans-serif",
      labelFont: "11px system-ui, sans-serif",
      labelSize: 16,
    };
    const made = new uPlot(
      {
        width: element.clientWidth,
        height,
        scales: { x: { time: true } },
        series: [
          {},
          ...lines.map((line, index): uPlot.Series => {
            const { stroke, dash } = ink(index);
            const paths = line.stepped ? uPlot.paths.stepped?.({ align: 1 }) : undefined;
            return { label: line.name, scale: line.unit === unit ? "y" : "second", stroke, dash, width: 1.5, ...(paths ? { paths } : {}) };
          }),
        ],
        axes: [
          { ...axis, size: 46, values: (_, splits) => axisLabels(splits, zone) },
          { ...axis, label, size: 58, values: (_, splits) => splits.map((one) => number(one)) },
          ...(other ? [{ ...axis, scale: "second", side: 1 as const, label: other.unit, size: 58, grid: { show: false }, values: (_: uPlot, splits: number[]) => splits.map((one) => number(one)) }] : []),
        ],
        legend: { show: false },
        tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1_000), zone),
        cursor: { drag: { x: true, y: false }, y: false },
        plugins: [marks(() => shown.current, () => printed.current)],
      },
      [[], ...lines.map(() => [])],
      element,
    );
    plot.current = made;
    const observer = new ResizeObserver(() => {
      if (element.clientWidth) made.setSize({ width: element.clientWidth, height });
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = null;
    };
    // The lines' values are handed over below; only other lines need another chart.
  }, [zone, theme, names, label, height]);
  useEffect(() => {
    const seconds = at.map((one) => one / 1e9);
    plot.current?.setData([seconds, ...lines.map((line) => line.values)] as uPlot.AlignedData);
    // Without instants there are no axes, and what lies over the plot would jump when they come.
    host.current?.toggleAttribute("data-empty", at.length === 0);
  }, [at, lines, fills, trades, zone, theme, names, label, height]);
  const last = (line: PlotLine): number | null =>
    line.values.findLast((value) => value !== null) ?? null;
  return (
    <div className="plot" data-zone={zone}>
      <ul className="legend">
        {lines.map((line, index) => (
          <li key={line.name}>
            <svg width="26" height="8" aria-hidden="true">
              <line
                x1="1" y1="4" x2="25" y2="4" strokeWidth="2.5"
                className={`line-${index % 6}`} strokeDasharray={ink(index).dash.join(" ")}
              />
            </svg>
            {line.name} <b>{number(last(line))}</b> {line.unit}
          </li>
        ))}
        {trades && <li data-trades={trades.length}><span className="dot">●</span> traded</li>}
        {fills && <li>▲ bought ▽ sold</li>}
      </ul>
      {at.length === 0 && <p className="muted nothing">There are no values yet.</p>}
      <div ref={host} role="img" aria-label={about} data-empty="" />
    </div>
  );
}
