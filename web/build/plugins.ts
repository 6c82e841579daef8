import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Plugin } from "vite";

/** Empties the output folder before a build, but leaves the committed README, without which the Go binary has nothing to embed. */
export function keepReadme(): Plugin {
  let outDir = "";
  return {
    name: "keep-readme",
    apply: "build",
    configResolved(config) {
      outDir = resolve(config.root, config.build.outDir);
    },
    buildStart() {
      mkdirSync(outDir, { recursive: true });
      for (const name of readdirSync(outDir)) {
        if (name !== "README") rmSync(join(outDir, name), { recursive: true });
      }
    },
  };
}

/** Serves `/collect` from collect.html in `vite dev` and `vite preview`, as the network does. */
export function cleanPaths(pages: string[]): Plugin {
  const rewrite = (req: { url?: string }, _res: unknown, next: () => void) => {
    const [path = "", query] = (req.url ?? "").split("?", 2);
    if (pages.includes(path.slice(1))) req.url = `${path}.html${query === undefined ? "" : `?${query}`}`;
    next();
  };
  return {
    name: "clean-paths",
    configureServer: (server) => void server.middlewares.use(rewrite),
    configurePreviewServer: (server) => void server.middlewares.use(rewrite),
  };
}

/**
 * Tells the service worker which files each page is made of: the literal `__SHELL__` in sw.js becomes
 * `{"/collect": ["/assets/…", …], …}` with everything that the page may load, at once or later.
 */
export function shellOfWorker(pages: string[]): Plugin {
  return {
    name: "shell-of-worker",
    apply: "build",
    enforce: "post",
    generateBundle(_options, bundle) {
      const worker = bundle["sw.js"];
      if (worker?.type !== "chunk") throw new Error("the service worker was not built");
      const shell = Object.fromEntries(pages.map((page) => [`/${page}`, filesOf(page, bundle)]));
      worker.code = worker.code.replace("__SHELL__", JSON.stringify(shell));
    },
  };
}

type Bundle = Record<string, { type: "chunk" | "asset"; fileName: string }>;
type Chunk = { type: "chunk"; name: string; fileName: string; isEntry: boolean; imports: string[]; dynamicImports: string[]; viteMetadata?: { importedCss: Set<string> } };

function filesOf(page: string, bundle: Bundle): string[] {
  const found = new Set<string>();
  const visit = (file: string) => {
    const chunk = bundle[file] as Chunk | undefined;
    if (chunk?.type !== "chunk" || found.has(`/${file}`)) return;
    found.add(`/${file}`);
    for (const css of chunk.viteMetadata?.importedCss ?? []) found.add(`/${css}`);
    [...chunk.imports, ...chunk.dynamicImports].forEach(visit);
  };
  for (const file of Object.values(bundle)) {
    if (file.type === "chunk" && (file as Chunk).isEntry && (file as Chunk).name === page) visit(file.fileName);
  }
  return [...found].sort();
}
