import { expect, test } from "vitest";

import { Moments } from "./moment";

const NOON = new Date("2026-07-14T10:05:09Z");

test("the town's clock, not the screen's", () => {
  expect(new Moments("fr", "Europe/Paris").precisely(NOON)).toBe("12:05:09");
  expect(new Moments("fr", "Indian/Reunion").precisely(NOON)).toBe("14:05:09");
});

test("twenty-four hours in both languages", () => {
  const evening = new Date("2026-07-14T19:05:00Z");
  for (const language of ["fr", "en"])
    expect(new Moments(language, "Europe/Paris").shortly(evening, evening)).toBe("21:05");
});

test("the day is said when it isn't today's in the town", () => {
  const late = new Date("2026-07-13T22:30:00Z"); // half past midnight in Paris, on the 14th
  expect(new Moments("fr", "Europe/Paris").shortly(late, NOON)).toBe("00:30");
  expect(new Moments("fr", "UTC").shortly(late, NOON)).toBe("13 juil. 22:30");
  expect(new Moments("en", "UTC").shortly(late, NOON)).toBe("13 Jul 22:30");
});
