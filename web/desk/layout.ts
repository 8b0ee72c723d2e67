// The layout of a workspace as a short text, which its address holds:
// r(40:periods,60:(55:ladder,45:chart+trades)) is a row of two boxes; the second is a column whose
// lower box has two tabs, the first of them seen. A name may be held to an instrument: ladder.47.

export interface Tabs {
  panels: string[];
  /** The one that is seen. */
  shown: string;
}

/** Boxes beside each other, or above each other where their parent's are beside. */
export interface Split {
  parts: { share: number; box: Box }[];
}

export type Box = Tabs | Split;

export interface Layout {
  isRow: boolean;
  root: Split;
}

const LONGEST = 2_000;
const NAME = /^\*?[a-z][a-z-]*(\.\d+)?/;

/** Name and instrument of a panel. */
export function parts(panel: string): [name: string, instrument: number | null] {
  const [name, number] = panel.split(".");
  return [name ?? panel, number === undefined ? null : Number(number)];
}

/** The panels of a box in reading order. */
export function panelsOf(box: Box): string[] {
  return "panels" in box ? box.panels : box.parts.flatMap((part) => panelsOf(part.box));
}

/** Reads a layout; panels that `isKnown` refuses, and second ones of a name, are left out. Null where it is none. */
export function readLayout(text: string, isKnown: (name: string) => boolean): Layout | null {
  let rest = text.slice(1);
  const seen = new Set<string>();
  const take = (pattern: RegExp): string => {
    const found = pattern.exec(rest)?.[0];
    if (found === undefined) throw new SyntaxError(`a layout goes on with ${rest.slice(0, 20)}`);
    rest = rest.slice(found.length);
    return found;
  };
  const tabs = (): Tabs | null => {
    const panels: string[] = [];
    let shown = "";
    do {
      const marked = take(NAME);
      const name = marked.replace("*", "");
      if (seen.has(name) || !isKnown(parts(name)[0])) continue;
      seen.add(name);
      panels.push(name);
      if (marked !== name) shown = name;
    } while (rest.startsWith("+") && take(/^\+/));
    return panels.length ? { panels, shown: shown || (panels[0] ?? "") } : null;
  };
  const split = (): Split | null => {
    const found: Split["parts"] = [];
    take(/^\(/);
    do {
      const share = Math.max(1, Number(take(/^\d{1,3}:/).slice(0, -1)));
      const box = rest.startsWith("(") ? split() : tabs();
      if (box) found.push({ share, box });
    } while (rest.startsWith(",") && take(/^,/));
    take(/^\)/);
    return found.length ? { parts: found } : null;
  };
  try {
    if (text.length > LONGEST || !/^[rc]/.test(text)) return null;
    const root = split();
    return root && rest === "" ? { isRow: text.startsWith("r"), root } : null;
  } catch (fault) {
    if (fault instanceof SyntaxError) return null;
    throw fault;
  }
}

export function writeLayout({ isRow, root }: Layout): string {
  return (isRow ? "r" : "c") + write(root);
}

function write(box: Box): string {
  if ("panels" in box) {
    const isFirst = box.shown === box.panels[0];
    return box.panels.map((name) => (name === box.shown && !isFirst ? `*${name}` : name)).join("+");
  }
  const whole = box.parts.reduce((sum, part) => sum + part.share, 0);
  return `(${box.parts.map(({ share, box: inner }) => `${Math.max(1, Math.round((100 * share) / whole))}:${write(inner)}`).join(",")})`;
}
