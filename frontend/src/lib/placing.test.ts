import { describe, expect, it } from "vitest";
import {
  type Asset,
  assetsOf,
  boundsOf,
  metresBetween,
  nearEnough,
  nearest,
  placeOf,
  standsIn,
  pointsAddress,
  positionOf,
  readPosition,
  same,
  wayNear,
  within,
  written,
} from "./placing";

const BELFRY = { latitude: 48.96, longitude: 2.8788 };
const MEAUX = [2.84, 48.94, 2.92, 48.98] as const;

describe("a position", () => {
  it.each([
    ["48.96", "2.8788", BELFRY],
    ["48,96", " 2,8788 ", BELFRY],
    ["-21.1", "55.5", { latitude: -21.1, longitude: 55.5 }],
    ["−21.1", "55.5", { latitude: -21.1, longitude: 55.5 }],
    ["", "", null],
    ["48.96", "", null],
    ["48.96°", "2.87", null],
    ["1e2", "2", null],
    ["90.1", "2", null],
    ["48", "180.5", null],
  ])("is read from %j and %j as typed", (latitude, longitude, position) => {
    expect(readPosition(latitude, longitude)).toEqual(position);
  });

  it.each([null, undefined, {}, { latitude: "48", longitude: 2 }, { latitude: NaN, longitude: 2 }, 3, "x"])(
    "%j from outside is none",
    (given) => {
      expect(positionOf(given)).toBeNull();
    },
  );

  it("is written to a decimetre, and is the same within it", () => {
    expect(written(48.960000049)).toBe("48.96");
    expect(written(-0.12345678)).toBe("-0.123457");
    expect(same(BELFRY, { latitude: 48.96000004, longitude: 2.8788 })).toBe(true);
    expect(same(BELFRY, { latitude: 48.96001, longitude: 2.8788 })).toBe(false);
  });

  it("is so many metres from another", () => {
    expect(metresBetween(BELFRY, BELFRY)).toBe(0);
    expect(metresBetween(BELFRY, { latitude: 48.961, longitude: 2.8788 })).toBeCloseTo(111.2, 1);
    expect(metresBetween({ latitude: 0, longitude: 0 }, { latitude: 0, longitude: 180 })).toBeCloseTo(20_015_087, 0);
  });
});

describe("a territory", () => {
  it.each([
    ["2.84,48.94,2.92,48.98", MEAUX],
    ["", null],
    ["1,2,3", null],
    ["2.92,48.94,2.84,48.98", null],
    ["a,b,c,d", null],
  ])("%j", (text, bounds) => {
    expect(boundsOf(text)).toEqual(bounds);
  });

  it("holds what lies in it", () => {
    expect(within(BELFRY, MEAUX)).toBe(true);
    expect(within({ latitude: 48.85, longitude: 2.35 }, MEAUX)).toBe(false);
  });
});

describe("what stands around", () => {
  const point = (id: string | number, longitude: number, label = `lamp ${id}`): object => ({
    type: "Feature",
    geometry: { type: "Point", coordinates: [longitude, 48.96] },
    properties: { id, kind: "lamp", label },
  });

  it("is asked for by the part of the map, whatever the address holds already", () => {
    expect(pointsAddress("/reports/meaux/assets/", MEAUX)).toBe(
      "/reports/meaux/assets/?west=2.840000&south=48.940000&east=2.920000&north=48.980000",
    );
    expect(pointsAddress("/assets/?kind=lamp&west=0", [1, 2, 3, 4])).toBe(
      "/assets/?kind=lamp&west=1.000000&south=2.000000&east=3.000000&north=4.000000",
    );
  });

  it("is asked for in a few streets only", () => {
    expect(nearEnough([2.87, 48.95, 2.89, 48.97])).toBe(true);
    expect(nearEnough(MEAUX)).toBe(false);
  });

  it("is read from GeoJSON, and what is no asset is left out", () => {
    const found = assetsOf({
      features: [
        point("a", 2.8788),
        point(7, 2.88),
        { ...point("b", 2.88), geometry: { type: "LineString", coordinates: [] } },
        { ...point("c", 2.88), properties: { id: "c", kind: "lamp" } },
        point("d", 999),
        null,
        "lamp",
      ],
    });
    expect(found.map((asset) => asset.id)).toEqual(["a", "7"]);
    expect(found[0]).toEqual({ id: "a", kind: "lamp", label: "lamp a", at: BELFRY });
    expect([null, {}, [], { features: 3 }].map(assetsOf)).toEqual([[], [], [], []]);
  });

  it("is listed from the nearest on, a few only", () => {
    const many = assetsOf({ features: Array.from({ length: 30 }, (_, at) => point(at, 2.8788 + (30 - at) / 1000)) });
    const listed = nearest(many, BELFRY);
    expect(listed.map(([asset]: readonly [Asset, number]) => asset.id)).toEqual([
      "29",
      "28",
      "27",
      "26",
      "25",
      "24",
      "23",
      "22",
    ]);
    expect(listed[0]?.[1]).toBeCloseTo(73, 0);
  });

  it("has the name of the way under the pin", () => {
    const way = (name: unknown, type = "LineString", id = "base-street") => ({
      geometry: { type },
      properties: { name },
      layer: { id },
    });
    const line = { geometry: { type: "LineString" }, layer: { id: "base-roads-line" } };
    expect(
      wayNear([
        way("Meaux", "Point"),
        way(""),
        way(3),
        way("Paris – Strasbourg", "LineString", "base-rail"),
        way("Marne", "LineString", "base-waterway-line"),
        way("rue Saint-Rémy", "MultiLineString"),
      ]),
    ).toBe("rue Saint-Rémy");
    expect(wayNear([{ ...line, properties: { "name:fr": "quai", name: "dock" } }])).toBe("quai");
    expect(wayNear([{ ...line, properties: null }])).toBe("");
  });
});

describe("a cable", () => {
  const [cable] = assetsOf({
    features: [
      {
        geometry: {
          type: "LineString",
          coordinates: [
            [2.87, 48.96],
            [2.89, 48.96],
            [2.89, 48.98],
          ],
        },
        properties: { id: "c", kind: "cable", label: "C-1" },
      },
    ],
  }) as [Asset];

  it("is at the point of it that is nearest to somebody", () => {
    const near = placeOf(cable, { latitude: 48.961, longitude: 2.88 });
    expect([near.latitude, near.longitude]).toEqual([expect.closeTo(48.96, 9), expect.closeTo(2.88, 9)]);
    const past = placeOf(cable, { latitude: 48.99, longitude: 2.9 });
    expect([past.latitude, past.longitude]).toEqual([expect.closeTo(48.98, 9), expect.closeTo(2.89, 9)]);
    expect(nearest([cable], { latitude: 48.97, longitude: 2.89 })[0]?.[1]).toBeCloseTo(0, 3);
  });

  it("is seen where it passes, though it ends elsewhere", () => {
    expect(standsIn(cable, [2.879, 48.959, 2.881, 48.961])).toBe(true);
    expect(standsIn(cable, [2.8, 48.9, 2.86, 48.95])).toBe(false);
  });

  it.each([
    [[]],
    [
      [
        [2.87, 48.96],
        ["x", 1],
      ],
    ],
    ["2.87"],
  ])("of %j is none", (coordinates) => {
    const properties = { id: "c", kind: "cable", label: "C-1" };
    expect(assetsOf({ features: [{ geometry: { type: "LineString", coordinates }, properties }] })).toEqual([]);
  });
});
