import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";
import { keepReadme } from "./build/plugins.ts";

/** The locker's panel is a page of its own: the agent carries it and nothing else of these folders. Its addresses are relative. */
export default defineConfig({
  plugins: [svelte(), keepReadme()],
  base: "./",
  publicDir: false,
  build: {
    target: ["chrome111"],
    outDir: "../edge/panel/page",
    emptyOutDir: false, // keepReadme empties it but for the README
    assetsInlineLimit: 0, // the page's policy loads nothing from data: addresses
    modulePreload: { polyfill: false },
    rolldownOptions: { input: { panel: `${import.meta.dirname}/panel.html` } },
  },
});
