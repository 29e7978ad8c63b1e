/** The ground under the points: our own drawing, or the tiles that an administrator imported, in the colours of the page. */
import type { ExpressionSpecification, LayerSpecification } from "maplibre-gl";

/** Colours of the page, by the name of their custom property. */
export type Palette = Readonly<Record<PaletteName, string>>;
export const PALETTE = [
  "--ground",
  "--surface",
  "--sunken",
  "--line",
  "--line-strong",
  "--ink",
  "--ink-soft",
  "--good",
  "--info",
  "--water",
  "--park",
  "--warn",
  "--bad",
] as const;
export type PaletteName = (typeof PALETTE)[number];

export const FONT = ["Atkinson Hyperlegible Next Variable"];
export const BASE = "base";

/** Width in pixels of something of so many metres, from a street's scale to a town's. */
function wide(metres: number, least: number): unknown {
  // At latitude 49 a pixel of zoom 16 is 0.78 m; each zoom halves it.
  return [
    "interpolate",
    ["exponential", 2],
    ["zoom"],
    11,
    least,
    13,
    Math.max(least, metres / 6.3),
    18,
    metres / 0.196,
  ];
}

function of(kind: string): ExpressionSpecification {
  return ["==", ["get", "kind"], kind];
}

/** Our own drawing of Meaux. */
export function drawnLayers(colour: Palette): LayerSpecification[] {
  const area = (kind: string, fill: string): LayerSpecification => ({
    id: `base-${kind}`,
    type: "fill",
    source: BASE,
    filter: of(kind),
    paint: { "fill-color": fill },
  });
  const line = (id: string, kind: string, stroke: string, width: unknown, extra: object = {}): LayerSpecification =>
    ({
      id: `base-${id}`,
      type: "line",
      source: BASE,
      filter: of(kind),
      layout: { "line-cap": "round", "line-join": "round" },
      paint: { "line-color": stroke, "line-width": width, ...extra },
    }) as LayerSpecification;
  return [
    { id: "base-ground", type: "background", paint: { "background-color": colour["--ground"] } },
    area("built", colour["--sunken"]),
    area("green", colour["--park"]),
    area("old", colour["--line"]),
    area("water", colour["--water"]),
    line("river", "river", colour["--water"], wide(75, 5)),
    line("canal", "canal", colour["--water"], wide(18, 1.5)),
    line("street", "street", colour["--surface"], wide(7, 0.5)),
    line("road-edge", "road", colour["--line-strong"], wide(15, 1.6), { "line-opacity": 0.45 }),
    line("road", "road", colour["--surface"], wide(12, 1)),
    line("rail", "rail", colour["--line-strong"], wide(5, 1.2), { "line-dasharray": [3, 2] }),
    area("building", colour["--line-strong"]),
    {
      id: "base-names",
      type: "symbol",
      source: BASE,
      filter: ["all", of("place"), ["<=", ["get", "rank"], ["step", ["zoom"], 1, 12.5, 2, 14, 3]]],
      layout: {
        "text-field": ["get", "name"],
        "text-font": FONT,
        "text-size": ["match", ["get", "rank"], 1, 17, 2, 14, 12],
        "text-max-width": 8,
      },
      paint: { "text-color": colour["--ink-soft"], "text-halo-color": colour["--ground"], "text-halo-width": 1.4 },
    },
    {
      id: "base-street-names",
      type: "symbol",
      source: BASE,
      minzoom: 15,
      filter: ["any", of("street"), of("road")],
      layout: { "text-field": ["get", "name"], "text-font": FONT, "text-size": 12, "symbol-placement": "line" },
      paint: { "text-color": colour["--ink-soft"], "text-halo-color": colour["--ground"], "text-halo-width": 1.4 },
    },
  ];
}

type Theme = "ground" | "green" | "water" | "built" | "road" | "rail" | "border" | "place";

/** What the layers of the usual vector tiles are (Protomaps, OpenMapTiles, IGN's Plan): by their names. */
const THEMES: readonly (readonly [RegExp, Theme])[] = [
  [/^(earth|land)$/, "ground"],
  [/landuse|landcover|park|natural|veget|oro/, "green"],
  [/water|hydro/, "water"],
  [/build|bati/, "built"],
  [/rail|ferre/, "rail"],
  [/road|transport|rout/, "road"],
  [/bound|limite|admin/, "border"],
  [/^places?$|topo/, "place"],
];

export function themeOf(layer: string): Theme | null {
  const name = layer.toLowerCase();
  if (/name|label|toponyme/.test(name) && !/^places?$/.test(name)) return null;
  return THEMES.find(([pattern]) => pattern.test(name))?.[1] ?? null;
}

const ORDER: readonly Theme[] = ["ground", "green", "water", "built", "road", "rail", "border", "place"];

/** Layers over vector tiles whose own layers bear these names; one that says nothing to us is left out. */
export function tileLayers(names: readonly string[], colour: Palette): LayerSpecification[] {
  const fill: Partial<Record<Theme, string>> = {
    ground: colour["--ground"],
    green: colour["--park"],
    water: colour["--water"],
    built: colour["--line"],
  };
  const stroke: Partial<Record<Theme, readonly [string, number]>> = {
    water: [colour["--water"], 2],
    road: [colour["--surface"], 2.5],
    rail: [colour["--line-strong"], 1.2],
    border: [colour["--line-strong"], 0.8],
  };
  const found: LayerSpecification[] = [
    { id: "base-ground", type: "background", paint: { "background-color": colour["--sunken"] } },
  ];
  const themed = names.map((name) => ({ name, theme: themeOf(name) }));
  themed.sort((one, other) => ORDER.indexOf(one.theme ?? "place") - ORDER.indexOf(other.theme ?? "place"));
  for (const { name, theme } of themed) {
    if (!theme) continue;
    const common = { source: BASE, "source-layer": name };
    const area = fill[theme];
    if (area) {
      found.push({
        id: `base-${name}-fill`,
        type: "fill",
        ...common,
        filter: ["==", ["geometry-type"], "Polygon"],
        paint: { "fill-color": area },
      });
    }
    const line = stroke[theme];
    if (line) {
      found.push({
        id: `base-${name}-line`,
        type: "line",
        ...common,
        filter: ["==", ["geometry-type"], "LineString"],
        layout: { "line-cap": "round", "line-join": "round" },
        paint: {
          "line-color": line[0],
          "line-width": ["interpolate", ["linear"], ["zoom"], 8, line[1] / 3, 13, line[1], 17, line[1] * 4],
        },
      });
    }
    if (theme === "place") {
      found.push({
        id: `base-${name}-name`,
        type: "symbol",
        ...common,
        filter: ["==", ["geometry-type"], "Point"],
        layout: {
          "text-field": ["coalesce", ["get", "name:fr"], ["get", "name"], ""],
          "text-font": FONT,
          "text-size": 13,
          "text-max-width": 8,
        },
        paint: { "text-color": colour["--ink-soft"], "text-halo-color": colour["--ground"], "text-halo-width": 1.4 },
      });
    }
  }
  return found;
}

/** Layers over tiles that are pictures. */
export function pictureLayers(colour: Palette): LayerSpecification[] {
  return [
    { id: "base-ground", type: "background", paint: { "background-color": colour["--sunken"] } },
    { id: "base-pictures", type: "raster", source: BASE, paint: { "raster-fade-duration": 0 } },
  ];
}
