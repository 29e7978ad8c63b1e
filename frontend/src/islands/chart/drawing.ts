/** Bars by Chart.js, in the page's own colours and letters, where the server's drawing stood. Nothing moves by itself. */
import { BarController, BarElement, CategoryScale, Chart, LinearScale, Tooltip } from "chart.js";
import type { Table } from "../../lib/charttable";

Chart.register(BarController, BarElement, CategoryScale, LinearScale, Tooltip);

export interface Drawn {
  recolour(): void;
}

/** Letters of a name beside a lying bar; the table has the whole of it. */
const LONGEST = 34;
/** As many on a phone, narrower than this. */
const SHORT = 18;
const NARROW = 480;

const SERIES = ["--chart-1", "--chart-2", "--chart-3", "--chart-4"];

/** Colours as the page has them now: a probe, because a custom property is not a colour before something uses it. */
function colours(stage: HTMLElement): { series: string[]; ink: string; line: string; font: string } {
  const probe = document.createElement("span");
  probe.hidden = true;
  stage.append(probe);
  const of = (name: string): string => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const found = {
    series: SERIES.map(of),
    ink: of("--ink-soft"),
    line: of("--line"),
    font: getComputedStyle(stage).fontFamily,
  };
  probe.remove();
  return found;
}

function cut(name: string, longest: number): string {
  return name.length > longest ? `${name.slice(0, longest - 1)}…` : name;
}

export function draw(stage: HTMLElement, table: Table, lying: boolean): Drawn {
  const canvas = document.createElement("canvas");
  canvas.setAttribute("role", "img");
  const drawing = stage.querySelector("svg");
  canvas.setAttribute("aria-labelledby", drawing?.getAttribute("aria-labelledby") ?? "");
  const frame = document.createElement("div");
  frame.className = "chart-live";
  frame.append(canvas);
  // As high as what it takes the place of: nothing around it moves.
  frame.style.blockSize = `${drawing?.clientHeight ?? 0}px`;
  stage.append(frame);
  stage.dataset["live"] = "";
  const now = colours(stage);
  const longest = stage.clientWidth < NARROW ? SHORT : LONGEST;
  const chart = new Chart(canvas, {
    type: "bar",
    data: {
      labels: table.labels,
      datasets: table.series.map((series, at) => ({
        label: series.name,
        data: series.values,
        backgroundColor: now.series[at % SERIES.length] ?? "",
        stack: "one",
        maxBarThickness: 40,
      })),
    },
    options: {
      animation: false,
      maintainAspectRatio: false,
      indexAxis: lying ? "y" : "x",
      interaction: { mode: "index", intersect: false, axis: lying ? "y" : "x" },
      plugins: { tooltip: { enabled: true } },
      scales: {
        x: { stacked: true, beginAtZero: true, ticks: { precision: 0, maxRotation: 0, autoSkipPadding: 12 } },
        y: {
          stacked: true,
          beginAtZero: true,
          ticks: { precision: 0, ...(lying ? { callback: (_, at) => cut(table.labels[at] ?? "", longest) } : {}) },
        },
      },
    },
  });
  const recolour = (): void => {
    const theme = colours(stage);
    chart.data.datasets.forEach((dataset, at) => {
      dataset.backgroundColor = theme.series[at % SERIES.length] ?? "";
    });
    chart.options.color = theme.ink;
    chart.options.font = { family: theme.font, size: 13 };
    for (const axis of [chart.options.scales?.["x"], chart.options.scales?.["y"]]) {
      if (axis?.ticks) axis.ticks.color = theme.ink;
      if (axis?.grid) axis.grid.color = theme.line;
    }
    chart.update("none");
  };
  recolour();
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    // What came under the pointer goes away while it stays.
    chart.setActiveElements([]);
    chart.tooltip?.setActiveElements([], { x: 0, y: 0 });
    chart.update("none");
  });
  return { recolour };
}
