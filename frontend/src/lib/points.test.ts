import { expect, test } from "vitest";
import { LISTED, type Point, boxOf, listed, pointsOf } from "./points";

const point = (id: string): Point => ({ id, at: [2.88, 48.96], severity: 0, label: "Trou", reference: id, state: "" });

test("what is asked for keeps the filters, and looks at this part of the world", () => {
  expect(pointsOf("/reports/queue/points.json", "?late=on&page=3&box=1", [2.8, 48.9, 2.9, 49])).toBe(
    "/reports/queue/points.json?late=on&box=2.80000%2C48.90000%2C2.90000%2C49.00000",
  );
  expect(pointsOf("/p", "", null)).toBe("/p");
});

test("there is one world", () => {
  expect(boxOf([-400, -95, 400, 95])).toBe("-180.00000,-90.00000,180.00000,90.00000");
});

test("chosen ones stay at the head of the list, once", () => {
  const many = Array.from({ length: 50 }, (_, at) => point(String(at)));
  const rows = listed([point("far"), point("3")], many);
  expect(rows.slice(0, 3).map(({ id }) => id)).toEqual(["far", "3", "0"]);
  expect(rows).toHaveLength(2 + LISTED);
  expect(rows.filter(({ id }) => id === "3")).toHaveLength(1);
});
