import { describe, expect, it } from "vitest";
import { type Area, MOST } from "../../lib/hiding";
import { Areas } from "./areas";

const FACE: Area = [0.1, 0.1, 0.2, 0.2];
const PLATE: Area = [0.5, 0.7, 0.3, 0.1];

describe("what is hidden", () => {
  it("is taken back step by step, to what the page came with", () => {
    const areas = new Areas([FACE]);
    expect(areas.changed).toBe(false);
    areas.add(PLATE);
    areas.change(1, [0.5, 0.6, 0.3, 0.1]);
    areas.remove(0);
    expect(areas.all).toEqual([[0.5, 0.6, 0.3, 0.1]]);
    const back = [];
    while (areas.undo()) back.push(areas.all);
    expect(back).toEqual([[FACE, [0.5, 0.6, 0.3, 0.1]], [FACE, PLATE], [FACE]]);
    expect(areas.changed).toBe(false);
  });

  it("takes the presses of one key for one step, and those of another for another", () => {
    const areas = new Areas([FACE, PLATE]);
    for (let press = 1; press <= 5; press++) areas.change(0, [0.1 + press / 100, 0.1, 0.2, 0.2], "move");
    areas.change(1, [0.5, 0.71, 0.3, 0.1], "move");
    areas.change(1, [0.5, 0.71, 0.31, 0.1], "size");
    expect([areas.undo(), areas.undo()]).toEqual([true, true]);
    expect(areas.all).toEqual([[0.15, 0.1, 0.2, 0.2], PLATE]);
    areas.undo();
    expect(areas.all).toEqual([FACE, PLATE]);
  });

  it("chooses what was added, and a neighbour of what is gone", () => {
    const areas = new Areas([]);
    areas.add(FACE);
    areas.add(PLATE);
    expect(areas.chosen).toBe(1);
    areas.remove(1);
    expect(areas.chosen).toBe(0);
    areas.remove(0);
    expect(areas.chosen).toBeNull();
    areas.undo();
    areas.undo();
    areas.chosen = 1;
    areas.undo();
    expect(areas.chosen).toBe(0);
    expect(areas.at(areas.chosen)).toEqual(FACE);
  });

  it("has an end", () => {
    const areas = new Areas(Array<Area>(MOST - 1).fill(FACE));
    expect(areas.add(PLATE)).toBe(true);
    expect(areas.full).toBe(true);
    expect(areas.add(PLATE)).toBe(false);
    expect(areas.all).toHaveLength(MOST);
  });

  it("stays in the photo", () => {
    const areas = new Areas([]);
    areas.add([0.95, -1, 0.2, 0.2]);
    expect(areas.all).toEqual([[0.8, 0, 0.2, 0.2]]);
  });
});
