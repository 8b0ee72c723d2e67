// Layouts as dockview takes and gives them.
import { Orientation, type SerializedDockview } from "dockview-react";
import { panelsOf, type Box, type Layout, type Split } from "./layout";

type Node = SerializedDockview["grid"]["root"];

const SIDE = 1_000;

/** `layout` for dockview, which fits it to the place that it has. */
export function toDock({ isRow, root }: Layout, title: (panel: string) => string): SerializedDockview {
  let groups = 0;
  // `along` is the length of the box in the direction of its own parts, `across` the other one.
  const node = (box: Box, along: number, across: number, size: number): Node => {
    if ("panels" in box) {
      groups += 1;
      return { type: "leaf", size, data: { id: String(groups), views: box.panels, activeView: box.shown } };
    }
    const whole = box.parts.reduce((sum, part) => sum + part.share, 0);
    const data = box.parts.map((part) => {
      const length = (along * part.share) / whole;
      return node(part.box, across, length, length);
    });
    return { type: "branch", size, data };
  };
  const panels = panelsOf(root).map((id) => [id, { id, contentComponent: "panel", title: title(id) }]);
  return {
    grid: {
      root: node(root, SIDE, SIDE, SIDE), width: SIDE, height: SIDE,
      orientation: isRow ? Orientation.HORIZONTAL : Orientation.VERTICAL,
    },
    panels: Object.fromEntries(panels) as SerializedDockview["panels"],
    activeGroup: "1",
  };
}

/** What dockview shows; null where it shows nothing. */
export function fromDock({ grid }: SerializedDockview): Layout | null {
  const box = (node: Node): Box | null => {
    if (!Array.isArray(node.data)) {
      const { views, activeView } = node.data;
      return views.length ? { panels: views, shown: activeView ?? views[0] ?? "" } : null;
    }
    const parts: Split["parts"] = [];
    for (const child of node.data) {
      const inner = box(child);
      if (inner) parts.push({ share: child.size ?? 1, box: inner });
    }
    return parts.length ? { parts } : null;
  };
  const root = box(grid.root);
  if (!root) return null;
  const isRow = grid.orientation === Orientation.HORIZONTAL;
  return { isRow, root: "panels" in root ? { parts: [{ share: 1, box: root }] } : root };
}
