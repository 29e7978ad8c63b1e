/** How the map is drawn: the ground, the points and clusters over it, in the colours of the page. */
import {
  type LayerSpecification,
  type Map as Chart,
  type SourceSpecification,
  type StyleSpecification,
  addProtocol,
} from "maplibre-gl";
import { PMTiles, Protocol } from "pmtiles";
import { BASE, FONT, PALETTE, type Palette, drawnLayers, pictureLayers, tileLayers } from "../../lib/console/basemap";
import { MARKS, type Severity, TONES } from "../../lib/console/marks";
import type { Layer } from "../../lib/console/picture";

export interface Addresses {
  readonly drawing: string;
  /** Address of the imported tiles, or empty. */
  readonly tiles: string;
}

const MARK = 28;
const CLUSTER_RADIUS = 46;
const VECTOR = 1;
/** Meaux, where nothing else says where to look. */
export const HOME: [number, number, number, number] = [2.848, 48.943, 2.912, 48.978];

/** The colours of this part of the page, as the browser resolves them now. */
export function palette(part: HTMLElement): Palette {
  const probe = document.createElement("i");
  part.append(probe);
  const found = Object.fromEntries(
    PALETTE.map((name) => {
      probe.style.color = `var(${name})`;
      return [name, getComputedStyle(probe).color];
    }),
  );
  probe.remove();
  return found as Palette;
}

/** The map fills its frame in whole pixels: a canvas that ends within one is drawn short by some browsers. */
export function fillWhole(root: HTMLElement): void {
  const frame = root.parentElement;
  if (!frame) return;
  const fit = () => {
    const { width, height } = frame.getBoundingClientRect();
    root.style.width = `${Math.floor(width - frame.offsetWidth + frame.clientWidth)}px`;
    root.style.height = `${Math.floor(height - frame.offsetHeight + frame.clientHeight)}px`;
  };
  fit();
  new ResizeObserver(fit).observe(frame);
}

/** The page's light or dark is the map's. */
export function followTheme(follow: () => void): void {
  new MutationObserver(follow).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", follow);
}

/** Layers that are drawn already, in their colours of now. */
export function repaint(chart: Chart, layers: readonly LayerSpecification[]): void {
  for (const layer of layers) {
    for (const [name, value] of Object.entries("paint" in layer ? (layer.paint ?? {}) : {})) {
      chart.setPaintProperty(layer.id, name as never, value as never);
    }
  }
}

/** What lies under the points. */
export interface Ground {
  readonly source: SourceSpecification;
  layers(colour: Palette): LayerSpecification[];
}

export async function groundOf(settings: Addresses): Promise<Ground> {
  if (settings.tiles) {
    const file = new PMTiles(new URL(settings.tiles, document.baseURI).href);
    const protocol = new Protocol();
    protocol.add(file);
    addProtocol("pmtiles", protocol.tile);
    const header = await file.getHeader();
    const url = `pmtiles://${file.source.getKey()}`;
    if (header.tileType !== VECTOR) {
      return { source: { type: "raster", url, tileSize: 256 }, layers: pictureLayers };
    }
    const told = (await file.getMetadata()) as { vector_layers?: { id: string }[] };
    const names = (told.vector_layers ?? []).map((layer) => layer.id);
    return { source: { type: "vector", url }, layers: (colour) => tileLayers(names, colour) };
  }
  return { source: { type: "geojson", data: settings.drawing }, layers: drawnLayers };
}

/** One mark as pixels: the shape in its tone, what is on it in the colour of the ground. */
export function drawMark(severity: Severity, colour: Palette, glyph: boolean): ImageData {
  const ratio = 2;
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = MARK * ratio;
  const pen = canvas.getContext("2d");
  if (!pen) throw new Error("this browser draws nothing");
  pen.scale((MARK * ratio) / 28, (MARK * ratio) / 28);
  pen.translate(2, 2);
  pen.lineJoin = "round";
  pen.lineCap = "round";
  const [outline, sign] = MARKS[severity];
  pen.strokeStyle = colour["--surface"];
  pen.lineWidth = 3;
  pen.stroke(new Path2D(outline));
  pen.fillStyle = colour[TONES[severity] as keyof Palette];
  pen.fill(new Path2D(outline));
  if (glyph && sign) {
    pen.lineWidth = 2.2;
    pen.stroke(new Path2D(sign));
  }
  return pen.getImageData(0, 0, canvas.width, canvas.height);
}

const NAME = ["concat", "mark-", ["to-string", ["get", "severity"]]];

/** A layer's points, and the clusters that they gather into. */
export function pointLayers(code: string, colour: Palette): LayerSpecification[] {
  const layers = [
    {
      id: `${code}-points`,
      type: "symbol",
      source: code,
      filter: ["!", ["has", "point_count"]],
      layout: {
        "icon-image": NAME,
        "icon-allow-overlap": true,
        "icon-ignore-placement": true,
        "symbol-sort-key": ["get", "severity"],
        "icon-size": ["match", ["get", "severity"], 0, 0.62, 1, 0.8, 1],
      },
    },
    {
      id: `${code}-clusters`,
      type: "symbol",
      source: code,
      filter: ["has", "point_count"],
      layout: {
        "icon-image": ["concat", "cluster-", ["to-string", ["get", "severity"]]],
        "icon-size": ["interpolate", ["linear"], ["ln", ["get", "point_count"]], 0.7, 1.15, 9, 2],
        "icon-allow-overlap": true,
        "icon-ignore-placement": true,
        "symbol-sort-key": ["get", "severity"],
        "text-field": ["get", "point_count_abbreviated"],
        "text-font": FONT,
        "text-size": 12,
        "text-offset": ["match", ["get", "severity"], 2, ["literal", [0, 0.3]], ["literal", [0, 0.05]]],
        "text-allow-overlap": true,
        "text-ignore-placement": true,
      },
      paint: { "text-color": colour["--surface"] },
    },
  ];
  return layers as LayerSpecification[];
}

/** A layer's lines, where it has any, under its points. */
export function layersOf({ code, around }: Layer, colour: Palette): LayerSpecification[] {
  const line: LayerSpecification = {
    id: `${code}-lines`,
    type: "line",
    source: `${code}-lines`,
    layout: { "line-cap": "round", "line-join": "round" },
    paint: { "line-color": colour["--info"], "line-width": 4 },
  };
  return [...(around ? [line] : []), ...pointLayers(code, colour)];
}

export function styleOf(ground: Ground, layers: readonly Layer[], colour: Palette): StyleSpecification {
  const sources: Record<string, SourceSpecification> = { [BASE]: ground.source };
  for (const { code, things, around } of layers) {
    if (around) sources[`${code}-lines`] = { type: "geojson", data: { type: "FeatureCollection", features: [] } };
    sources[code] = {
      type: "geojson",
      data: { type: "FeatureCollection", features: things.points() },
      promoteId: "id",
      cluster: true,
      clusterRadius: CLUSTER_RADIUS,
      clusterMaxZoom: 15,
      clusterProperties: { severity: ["max", ["get", "severity"]] },
    };
  }
  return {
    version: 8,
    // Colours are those of the page at once, and of the paper in the same frame.
    transition: { duration: 0, delay: 0 },
    sources,
    layers: [
      ...ground.layers(colour),
      ...layers.flatMap((layer) => layersOf(layer, colour).map((one) => hiddenUnless(layer.shown, one))),
    ],
  };
}

function hiddenUnless(shown: boolean, layer: LayerSpecification): LayerSpecification {
  return shown ? layer : ({ ...layer, layout: { ...layer.layout, visibility: "none" } } as LayerSpecification);
}

export function boundsOf(layers: readonly Layer[]): [number, number, number, number] {
  const boxes = layers.map(({ things }) => things.bounds()).filter((box) => box !== null);
  if (boxes.length === 0) return HOME;
  return [
    Math.min(...boxes.map((box) => box[0])),
    Math.min(...boxes.map((box) => box[1])),
    Math.max(...boxes.map((box) => box[2])),
    Math.max(...boxes.map((box) => box[3])),
  ];
}
