/** What a chart shows is in its table, and nowhere else in the page. */
export interface Table {
  labels: string[];
  series: { name: string; values: (number | null)[] }[];
}

export function readTable(table: HTMLTableElement): Table {
  const names = [...table.querySelectorAll("thead th")].slice(1).map((cell) => cell.textContent.trim());
  const rows = [...table.querySelectorAll<HTMLTableRowElement>("tbody tr")];
  return {
    labels: rows.map((row) => row.querySelector("th")?.textContent.trim() ?? ""),
    series: names.map((name, at) => ({ name, values: rows.map((row) => valueOf(row.querySelectorAll("td")[at])) })),
  };
}

/** A number that is written otherwise than programs write it (1 200) says beside it what it is. */
function valueOf(cell: HTMLElement | undefined): number | null {
  const said = cell?.dataset["value"] ?? /^\d+$/.exec(cell?.textContent.trim() ?? "")?.[0];
  return said === undefined ? null : Number(said);
}
