// Bundles the reports' scripts and style, chart library included, into the Python package.
import { readFileSync } from "node:fs";
import { build } from "esbuild";

const out = process.argv[2] ?? "../python/wattbook/runtime/report/assets";
const licence = readFileSync("node_modules/uplot/LICENSE", "utf8").trim();
const banner = `/*! Charts: uPlot.\n${licence} */`;
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
