// Builds the widget into classic scripts, one for it and one for each further language: shops load them from the network's
// origin, where a module would need CORS.
import { build } from "esbuild";
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const maxGzipBytes = 12 * 1024;
const here = import.meta.dirname;
const outfile = `${here}/../dist/widget.js`;

const common = {
  bundle: true,
  minify: true,
  format: "iife",
  target: ["chrome111", "firefox115", "safari16.4"],
  charset: "utf8",
  legalComments: "none",
  conditions: ["production"],
};

await build({ ...common, entryPoints: [`${here}/sites.ts`], outfile });
for (const language of ["es", "hi"]) {
  await build({
    ...common,
    entryPoints: [`${here}/words/${language}.ts`],
    outfile: `${here}/../dist/widget.${language}.js`,
    globalName: `lockhouseWords.${language}`,
  });
}

const gzipped = gzipSync(readFileSync(outfile), { level: 9 }).length;
console.log(`dist/widget.js ${(gzipped / 1024).toFixed(2)} kB gzipped`);
if (gzipped > maxGzipBytes) throw new Error(`the widget has grown over ${maxGzipBytes} bytes; a checkout waits for every one of them`);
