import { describe, expect, it } from "vitest";
import { type Thing, Things } from "./things";

const thing = (id: string, severity = 0, at: [number, number] = [2.88, 48.96]): Thing => ({
  id,
  at,
  label: `PM ${id}`,
  severity,
  state: "",
  href: "",
});

describe("what the map is told", () => {
  it("is everything once, then no more than what changed", () => {
    const things = new Things();
    things.replace([thing("a"), thing("b")]);
    expect(things.points().map((point) => point.properties.id)).toEqual(["a", "b"]);
    expect(things.difference()).toBeNull();
    things.apply({ a: thing("a", 3), b: thing("b"), c: thing("c", 1) });
    const found = things.difference();
    expect(found?.update).toEqual([{ id: "a", addOrUpdateProperties: [{ key: "severity", value: 3 }] }]);
    expect(found?.add.map((point) => point.properties.id)).toEqual(["c"]);
    expect(found?.remove).toEqual([]);
    expect(things.difference()).toBeNull();
  });

  it("names a thing once however often it changed, and not at all when it is as it was", () => {
    const things = new Things();
    things.replace([thing("a")]);
    things.points();
    for (const severity of [1, 2, 3, 0]) things.apply({ a: thing("a", severity) });
    expect(things.difference()).toBeNull();
    things.apply({ b: thing("b") });
    things.apply({ b: null });
    expect(things.difference()).toBeNull();
  });

  it("is told again of a point that moved, and of one that is gone", () => {
    const things = new Things();
    things.replace([thing("a"), thing("b")]);
    things.points();
    things.apply({ a: thing("a", 0, [2.9, 48.95]), b: null });
    const found = things.difference();
    expect(found?.add.map((point) => point.geometry.coordinates)).toEqual([[2.9, 48.95]]);
    expect(found?.remove).toEqual(["b"]);
    expect(things.get("b")).toBeUndefined();
  });

  it("loses what is no longer there when everything is read afresh", () => {
    const things = new Things();
    things.replace([thing("a"), thing("b", 2)]);
    things.points();
    things.replace([thing("b", 2), thing("c")]);
    const found = things.difference();
    expect(found?.remove).toEqual(["a"]);
    expect(found?.add.map((point) => point.properties.id)).toEqual(["c"]);
    expect(found?.update).toEqual([]);
  });
});

describe("the list beside the map", () => {
  it("has what asks for somebody, the worst first", () => {
    const things = new Things();
    things.replace([thing("a", 1), thing("b"), thing("c", 3), thing("d", 1)]);
    expect(things.watched().map((one) => one.id)).toEqual(["c", "a", "d"]);
  });

  it("knows where everything lies", () => {
    const things = new Things();
    expect(things.bounds()).toBeNull();
    things.replace([thing("a", 0, [2.8, 48.9]), thing("b", 0, [2.9, 48.95])]);
    expect(things.bounds()).toEqual([2.8, 48.9, 2.9, 48.95]);
  });
});
