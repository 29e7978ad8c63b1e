import { describe, expect, it } from "vitest";
import { boundsOf, haltsOf, lineOf } from "./way";

const WRITTEN = ":48.95:2.89 1:48.96:2.87:done 2:48.97:2.88";

describe("a round", () => {
  it("is read as its page writes it", () => {
    expect(haltsOf(WRITTEN)).toEqual([
      { label: "", at: [2.89, 48.95], done: false },
      { label: "1", at: [2.87, 48.96], done: true },
      { label: "2", at: [2.88, 48.97], done: false },
    ]);
    expect(haltsOf("x 1:north:2 3:48.9")).toEqual([]);
  });

  it("is joined by a line, and back where one returns", () => {
    const halts = haltsOf(WRITTEN);
    expect(lineOf(halts, false)).toHaveLength(3);
    expect(lineOf(halts, true)).toEqual([
      [2.89, 48.95],
      [2.87, 48.96],
      [2.88, 48.97],
      [2.89, 48.95],
    ]);
    expect(lineOf(halts.slice(0, 1), true)).toHaveLength(1);
  });

  it("lies in a box, and in none without a place", () => {
    expect(boundsOf(haltsOf(WRITTEN))).toEqual([2.87, 48.95, 2.89, 48.97]);
    expect(boundsOf([])).toBeNull();
  });
});
