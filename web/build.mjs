// Bundles the scripts and styles of the reports and of the desk, libraries included, into the Python
// package.
import { copyFileSync, readFileSync, rmSync } from "node:fs";
import { build } from "esbuild";
import { checkSizes, sizes } from "./sizes.mjs";

const out = process.argv[2] ?? "../python/wattbook/runtime/report/assets";
const desk = process.argv[3] ?? "../python/wattbook/api/assets";
const licence = (name) => readFileSync(`node_modules/${name}/LICENSE`, "utf8").trim();
const banner = `/*! Charts: uPlot.\n${licence("uplot")} */`;
const shared = { bundle: true, minify: true, logLevel: "warning", legalComments: "none" };

for (const name of ["report", "quality"]) {
  await build({
    ...shared,
    entryPoints: [`report/${name}.ts`],
    outfile: `${out}/${name}.js`,
    format: "iife",
    target: "es2022",
    banner: { js: banner },
  });
}
await build({ ...shared, entryPoints: ["report/report.css"], outfile: `${out}/report.css` });

// Chunks carry the digest of what they hold in their names: those of older builds go.
rmSync(desk, { recursive: true, force: true });
const { metafile } = await build({
  ...shared,
  metafile: true,
  entryPoints: { desk: "desk/main.tsx" },
  outdir: desk,
  format: "esm",
  splitting: true,
  target: "es2022",
  jsx: "automatic",
  define: { "process.env.NODE_ENV": '"production"' },
  // dockview ships no text of its licence, which is React's.
  banner: { js: `${banner}\n/*! Views: React. Docking: dockview, copyright mathuo, under the same licence.\n${licence("react")} */` },
});
await build({
  ...shared,
  entryPoints: ["desk/desk.css", "desk/workspace.css"],
  outdir: desk,
  loader: { ".svg": "dataurl" },
});
copyFileSync("desk/index.html", `${desk}/index.html`);
const found = sizes(metafile, { desk: [`${desk}/desk.css`], workspace: [`${desk}/workspace.css`] });
checkSizes(found);
console.log(JSON.stringify(found));
