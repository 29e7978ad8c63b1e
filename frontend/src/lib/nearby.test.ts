import { IDBFactory } from "fake-indexeddb";
import { describe, expect, it } from "vitest";
import { LASTS, MOST, kept, openNearby } from "./nearby";
import type { Asset } from "./placing";

const MEAUX = "/reports/meaux/things/";
const lamp = (id: string, longitude: number): Asset => ({
  id,
  kind: "lamp",
  label: `L-${id}`,
  at: { latitude: 48.96, longitude },
});
const ALL = [2.8, 48.9, 2.95, 49] as const;

describe("things that were seen", () => {
  it("are there again without a network, for their own town and where one looks", async () => {
    const factory = new IDBFactory();
    await (await openNearby(factory, MEAUX, () => 0)).keep([lamp("1", 2.87), lamp("2", 2.9)]);
    await (await openNearby(factory, "/reports/provins/things/", () => 0)).keep([lamp("3", 2.87)]);
    const nearby = await openNearby(factory, MEAUX, () => 1);
    expect((await nearby.within(ALL)).map(({ id }) => id).sort()).toEqual(["1", "2"]);
    expect((await nearby.within([2.86, 48.9, 2.88, 49])).map(({ id }) => id)).toEqual(["1"]);
  });

  it("are as they were seen last, and no more once they are old", async () => {
    let now = 0;
    const nearby = await openNearby(new IDBFactory(), MEAUX, () => now);
    await nearby.keep([lamp("1", 2.87), lamp("2", 2.87)]);
    now = LASTS;
    await nearby.keep([lamp("1", 2.88)]);
    expect((await nearby.within(ALL)).find(({ id }) => id === "1")?.at.longitude).toBe(2.88);
    now = LASTS + 1;
    expect((await nearby.within(ALL)).map(({ id }) => id)).toEqual(["1"]);
  });

  it("are no more than so many, those that were seen last", () => {
    const all = Array.from({ length: MOST + 5 }, (_none, at) => ({ at }));
    const stay = kept(all, MOST);
    expect(stay).toHaveLength(MOST);
    expect(stay[0]).toEqual({ at: MOST + 4 });
  });
});
