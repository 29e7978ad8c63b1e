import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { defineConfig } from "vitest/config";

const root = import.meta.dirname ?? new URL(".", import.meta.url).pathname;
const islands = resolve(root, "src/islands");

/** One entry an island: its index.ts, which is the only door the templates may name. */
const entries = Object.fromEntries(
  readdirSync(islands)
    .map((name) => [name, resolve(islands, name, "index.ts")] as const)
    .filter(([, entry]) => existsSync(entry)),
);

const worker = resolve(root, "src/serviceworker");

interface Resolving {
  resolve(source: string, importer: string, options: { skipSelf: boolean }): Promise<{ id: string } | null>;
}

const built = resolve(root, "../src/beffroi/web/static/built");

/** Each script and stylesheet also as gzip and brotli, made once: the server hands out whichever the browser reads. */
const compressed = {
  name: "compressed",
  // Tests close their server as a build does its bundle: they have nothing to compress.
  apply: "build" as const,
  closeBundle() {
    const assets = resolve(built, "assets");
    for (const name of readdirSync(assets).filter((each) => /\.(js|css|svg)$/.test(each))) {
      const content = readFileSync(resolve(assets, name));
      const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } };
      writeFileSync(resolve(assets, `${name}.gz`), gzipSync(content, { level: 9 }));
      writeFileSync(resolve(assets, `${name}.br`), brotliCompressSync(content, quality));
    }
  },
};

/** The service worker imports nothing at run time: of what it shares with islands it has a copy of its own. */
const apart = {
  name: "apart",
  enforce: "pre" as const,
  apply: "build" as const,
  async resolveId(this: Resolving, source: string, importer: string | undefined) {
    const [file = "", query] = (importer ?? "").split("?");
    if (!source.startsWith(".") || !(file.startsWith(worker) || query === "apart")) return null;
    const found = await this.resolve(source, file, { skipSelf: true });
    return found && { id: `${found.id}?apart` };
  },
};

export default defineConfig({
  root,
  plugins: [apart, compressed],
  // Relative: the stylesheets and chunks find each other whatever STATIC_URL is.
  base: "./",
  build: {
    outDir: built,
    emptyOutDir: true,
    manifest: "manifest.json",
    // A four-year-old Chrome with 2 GB is a phone that we serve.
    target: ["chrome100", "firefox100", "safari15.4"],
    // The content security policy has no `data:`: nothing is inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    // MapLibre, which only pages with a map load, and only once it is about to be seen.
    chunkSizeWarningLimit: 1200,
    rolldownOptions: {
      // The service worker is served from the root of the site: web/serviceworker.py.
      input: { ...entries, serviceworker: resolve(root, "src/serviceworker/index.ts") },
      // htmx can evaluate strings; the shell turns that off, and the policy forbids it in any case.
      checks: { eval: false },
    },
  },
  test: {
    include: ["src/**/*.test.ts"],
    environment: "node",
    // Slow machines are not failing machines.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    sequence: { shuffle: true },
  },
});
