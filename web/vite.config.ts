import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";
import { cleanPaths, keepReadme, shellOfWorker } from "./build/plugins.ts";

/** One page, one HTML entry; the network serves `/collect` from `collect.html`, and `/` from `index.html`. */
const pages = ["index", "collect", "courier", "console", "front", "docs", "figures", "register"];

/** Where `npm run dev` finds the network and the street of the demo. */
const network = process.env.LOCKHOUSE_NETWORK ?? "http://127.0.0.1:7080";

export default defineConfig({
  plugins: [svelte(), keepReadme(), cleanPaths(pages), shellOfWorker(["collect", "courier"])],
  build: {
    target: ["chrome111", "firefox115", "safari16.4"],
    assetsInlineLimit: 0, // the pages' policy loads nothing from data: addresses
    emptyOutDir: false, // keepReadme empties it but for the README
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: {
        ...Object.fromEntries(pages.map((name) => [name, `${import.meta.dirname}/${name}.html`])),
        sw: `${import.meta.dirname}/src/worker/sw.ts`,
      },
      output: { entryFileNames: (chunk) => (chunk.name === "sw" ? "sw.js" : "assets/[name]-[hash].js") },
    },
  },
  server: { proxy: { "/v1": network, "/openapi.json": network } },
  test: { include: ["src/**/*.test.ts", "widget/**/*.test.ts"], testTimeout: 20_000 },
});
