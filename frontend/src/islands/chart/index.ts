/** Charts that answer to the pointer: the server draws each of them and gives its table; the library comes only where one is seen. */
import { readTable } from "../../lib/charttable";
import type { Drawn } from "./drawing";

const figures = [...document.querySelectorAll<HTMLElement>("[data-island='chart']")];
const drawn: Drawn[] = [];

async function show(figure: HTMLElement): Promise<void> {
  const table = figure.querySelector<HTMLTableElement>("table[data-chart]");
  const stage = figure.querySelector<HTMLElement>(".chart-stage");
  if (!table || !stage) return;
  const { draw } = await import("./drawing");
  drawn.push(draw(stage, readTable(table), figure.dataset["lying"] === "true"));
}

/** A theme is chosen on the page, or by the device. */
function onTheme(): void {
  for (const chart of drawn) chart.recolour();
}

const seen = new IntersectionObserver(
  (entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      seen.unobserve(entry.target);
      // A library that doesn't come leaves the server's drawing where it is.
      show(entry.target as HTMLElement).catch(() => undefined);
    }
  },
  { rootMargin: "200px" },
);
for (const figure of figures) seen.observe(figure);
new MutationObserver(onTheme).observe(document.documentElement, { attributeFilter: ["data-theme"] });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", onTheme);
