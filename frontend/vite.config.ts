import { existsSync, readdirSync } from "node:fs";
import { resolve } from "node:path";
import { defineConfig } from "vitest/config";

const root = import.meta.dirname ?? new URL(".", import.meta.url).pathname;
const islands = resolve(root, "src/islands");

/** One entry an island: its index.ts, which is the only door the templates may name. */
const entries = Object.fromEntries(
  readdirSync(islands)
    .map((name) => [name, resolve(islands, name, "index.ts")] as const)
    .filter(([, entry]) => existsSync(entry)),
);

export default defineConfig({
  root,
  // Relative: the stylesheets and chunks find each other whatever STATIC_URL is.
  base: "./",
  build: {
    outDir: resolve(root, "../src/beffroi/web/static/built"),
    emptyOutDir: true,
    manifest: "manifest.json",
    // A four-year-old Chrome with 2 GB is a phone that we serve.
    target: ["chrome100", "firefox100", "safari15.4"],
    // The content security policy has no `data:`: nothing is inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    // MapLibre, which only the console loads, and only once it has something to show.
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
