// Colours that stay apart for colour-blind readers; every line has its own dash pattern as well.

export interface Ink {
  stroke: string;
  dash: number[];
}

const DASHES = [[], [6, 3], [2, 3], [10, 3, 2, 3], [1, 2], [8, 4, 2, 4, 2, 4]];

export function variable(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** The ink of the `index`-th line of a chart. */
export function ink(index: number): Ink {
  return {
    stroke: variable(`--line-${index % 6}`),
    // The seventh line has the first one's colour, so it takes another dash.
    dash: DASHES[(index + Math.floor(index / 6)) % DASHES.length] ?? [],
  };
}
