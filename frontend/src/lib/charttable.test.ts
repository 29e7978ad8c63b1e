// @vitest-environment happy-dom
import { expect, test } from "vitest";
import { readTable } from "./charttable";

test("a table is read as its cells say, and what is not known stays so", () => {
  document.body.innerHTML = `<table><thead><tr><th>From</th><th> openings </th><th>refusals</th></tr></thead>
    <tbody><tr><th>1 Nov.</th><td data-value="1200.0">1 200</td><td>–</td></tr><tr><th>2 Nov.</th><td>0</td><td data-value="2">2</td></tr></tbody></table>`;
  const table = document.querySelector("table");
  expect(table && readTable(table)).toEqual({
    labels: ["1 Nov.", "2 Nov."],
    series: [
      { name: "openings", values: [1200, 0] },
      { name: "refusals", values: [null, 2] },
    ],
  });
});
