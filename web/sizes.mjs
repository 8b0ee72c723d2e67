// What a browser loads of the desk, compressed: first, and for each part that comes later.
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { gzipSync } from "node:zlib";

/** Most bytes of script and style that a first visit, and one part that comes later, may load. */
export const FIRST_MOST = 200_000;
export const LATER_MOST = 250_000;

/**
 * Returns the compressed bytes by part, from what esbuild says of its outputs.
 *
 * `styles` are the style sheets of each part, by the name of its script without the digest.
 */
export function sizes({ outputs }, styles) {
  const packed = (path) => gzipSync(readFileSync(path), { level: 9 }).length;
  const scripts = Object.keys(outputs).filter((path) => path.endsWith(".js"));
  const loaded = (path, seen = new Set()) => {
    seen.add(path);
    for (const { path: next, kind } of outputs[path].imports) {
      if (kind === "import-statement" && !seen.has(next)) loaded(next, seen);
    }
    return seen;
  };
  const first = scripts.find((path) => basename(path) === "desk.js");
  const there = loaded(first);
  const later = new Set(scripts.flatMap((path) => outputs[path].imports).filter(({ kind }) => kind === "dynamic-import").map(({ path }) => path));
  const whole = (paths, name) => [...paths, ...(styles[name] ?? [])].reduce((sum, path) => sum + packed(path), 0);
  const found = { desk: whole(there, "desk") };
  for (const path of later) {
    const name = basename(path).replace(/-\w+\.js$/, "");
    found[name] = whole([...loaded(path)].filter((one) => !there.has(one)), name);
  }
  return found;
}

/** Throws where a part is larger than it may be. */
export function checkSizes(found) {
  for (const [name, bytes] of Object.entries(found)) {
    const most = name === "desk" ? FIRST_MOST : LATER_MOST;
    if (bytes > most) throw new Error(`${name} loads ${bytes} bytes, more than ${most}: load some of it later`);
  }
}
