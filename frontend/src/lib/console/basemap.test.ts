import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { drawnLayers, PALETTE, type Palette, themeOf, tileLayers } from "./basemap";
import { MARKS, severityName, TONES } from "./marks";
import { SEVERITIES } from "./things";

const STATIC = new URL("../../../../src/beffroi/web/static/", import.meta.url);
const COLOURS = Object.fromEntries(PALETTE.map((name) => [name, "rgb(1, 2, 3)"])) as Palette;

describe("the marks of severity", () => {
  it("are drawn on the map as they are in the page", () => {
    const icons = readFileSync(new URL("icons.svg", STATIC), "utf8");
    for (const name of SEVERITIES) {
      const symbol = new RegExp(`<symbol id="mark-${name}"[^>]*>(.*)</symbol>`).exec(icons)?.[1] ?? "";
      const paths = Array.from(symbol.matchAll(/ d="([^"]*)"/g), (found) => found[1]);
      expect(paths).toEqual(MARKS[name].filter((path) => path !== ""));
    }
  });

  it("have a shape and a tone each, and know any number", () => {
    expect(new Set(SEVERITIES.map((name) => MARKS[name][0])).size).toBe(SEVERITIES.length);
    expect(new Set(SEVERITIES.map((name) => TONES[name])).size).toBe(SEVERITIES.length);
    expect([-1, 0, 2, 3, 9].map(severityName)).toEqual(["calm", "calm", "warning", "alarm", "alarm"]);
    expect(Object.values(TONES).every((tone) => (PALETTE as readonly string[]).includes(tone))).toBe(true);
  });
});

describe("our own drawing", () => {
  const drawing = JSON.parse(readFileSync(new URL("map/meaux.geojson", STATIC), "utf8")) as {
    features: { properties: { kind: string }; geometry: { coordinates: unknown } }[];
  };

  it("has nothing that is not drawn, and nothing is drawn that it has not", () => {
    const kinds = new Set(drawing.features.map((feature) => feature.properties.kind));
    const shown = new Set(
      JSON.stringify(drawnLayers(COLOURS))
        .match(/"kind"\],"(\w+)"/g)
        ?.map((found) => found.slice(8, -1).replaceAll('"', "").replace(",", "")),
    );
    expect([...kinds].sort()).toEqual([...shown].sort());
  });

  it("lies around Meaux", () => {
    const numbers =
      JSON.stringify(drawing.features.map((feature) => feature.geometry.coordinates)).match(/[\d.]+/g) ?? [];
    const [east, north] = [0, 1].map((part) => numbers.map(Number).filter((_number, at) => at % 2 === part));
    expect(Math.min(...(east ?? []))).toBeGreaterThan(2.8);
    expect(Math.max(...(east ?? []))).toBeLessThan(3);
    expect(Math.min(...(north ?? []))).toBeGreaterThan(48.9);
    expect(Math.max(...(north ?? []))).toBeLessThan(49);
  });
});

describe("imported tiles", () => {
  it.each([
    ["water", "water"],
    ["landuse", "green"],
    ["transportation", "road"],
    ["transportation_name", null],
    ["bati_surf", "built"],
    ["toponyme_localite", null],
    ["places", "place"],
    ["boundaries", "border"],
    ["pois", null],
  ])("a layer called %s is drawn as %s", (name, theme) => {
    expect(themeOf(name)).toBe(theme);
  });

  it("are drawn from the ground up, and what says nothing to us is left out", () => {
    const layers = tileLayers(["places", "roads", "pois", "water", "earth"], COLOURS).map((layer) => layer.id);
    expect(layers).toEqual([
      "base-ground",
      "base-earth-fill",
      "base-water-fill",
      "base-water-line",
      "base-roads-line",
      "base-places-name",
    ]);
  });
});
