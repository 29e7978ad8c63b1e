/** The map: our ground, the systems' points, clusters that keep the worst severity of their members in their colour and shape. Loaded when
 *  the page has something to show; the page works without it. */
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import {
  type GeoJSONSource,
  type LayerSpecification,
  Map as Chart,
  type MapMouseEvent,
  type SourceSpecification,
  type StyleSpecification,
  addProtocol,
  setWorkerUrl,
} from "maplibre-gl";
import { PMTiles, Protocol } from "pmtiles";
import { BASE, FONT, PALETTE, type Palette, drawnLayers, pictureLayers, tileLayers } from "../../lib/console/basemap";
import { MARKS, type Severity, TONES } from "../../lib/console/marks";
import { SEVERITIES, type Things } from "../../lib/console/things";

export interface Layer {
  readonly code: string;
  readonly things: Things;
  shown: boolean;
}

export interface Settings {
  readonly label: string;
  readonly drawing: string;
  /** Address of the imported tiles, or empty. */
  readonly tiles: string;
  readonly pick: (layer: string, id: string) => void;
}

const UPDATE_EVERY = 1_000;
const MARK = 28;
const CLUSTER_RADIUS = 46;
const VECTOR = 1;
/** Meaux, where nothing else says where to look. */
const HOME: [number, number, number, number] = [2.848, 48.943, 2.912, 48.978];

/** The page's colours, as the browser resolves them now. */
export function palette(page: Document): Palette {
  const probe = page.createElement("i");
  page.body.append(probe);
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
function fillWhole(root: HTMLElement): void {
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

interface Ground {
  readonly source: SourceSpecification;
  layers(colour: Palette): LayerSpecification[];
}

async function groundOf(settings: Settings): Promise<Ground> {
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
function drawMark(severity: Severity, colour: Palette, glyph: boolean): ImageData {
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

function pointLayers(code: string, colour: Palette): LayerSpecification[] {
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

export class ConsoleMap {
  private readonly told = new Set<string>();

  private constructor(
    readonly chart: Chart,
    private readonly ground: Ground,
    private readonly layers: readonly Layer[],
  ) {
    setInterval(() => this.update(), UPDATE_EVERY);
  }

  /** Resolves when the map is drawn for the first time. */
  static async open(root: HTMLElement, layers: readonly Layer[], settings: Settings): Promise<ConsoleMap> {
    setWorkerUrl(workerUrl);
    fillWhole(root);
    const ground = await groundOf(settings);
    const chart = new Chart({
      container: root,
      style: styleOf(ground, layers, palette(document)),
      bounds: boundsOf(layers),
      fitBoundsOptions: { padding: 48, maxZoom: 16 },
      attributionControl: false,
      dragRotate: false,
      touchPitch: false,
      fadeDuration: 0,
      maxZoom: 19,
      renderWorldCopies: false,
      locale: { "Map.Title": settings.label },
    });
    chart.touchZoomRotate.disableRotation();
    chart.keyboard.disableRotation();
    const map = new ConsoleMap(chart, ground, layers);
    map.drawMarks();
    await new Promise<void>((ready) => {
      void chart.once("load", () => ready());
    });
    for (const layer of layers) map.listen(layer, settings);
    map.followTheme();
    return map;
  }

  /** Tell the map what has changed, at most once a second; the timer calls it. */
  update(): void {
    for (const layer of this.layers) {
      const source = this.chart.getSource<GeoJSONSource>(layer.code);
      if (!source) continue;
      const difference = layer.things.difference();
      if (difference) void source.updateData(difference);
    }
  }

  show(layer: Layer, shown: boolean): void {
    layer.shown = shown;
    for (const part of ["points", "clusters"]) {
      this.chart.setLayoutProperty(`${layer.code}-${part}`, "visibility", shown ? "visible" : "none");
    }
  }

  /** Look at one point, near enough that it stands alone. */
  look(at: readonly [number, number]): void {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.chart.easeTo({ center: [at[0], at[1]], zoom: Math.max(this.chart.getZoom(), 16), duration: calm ? 0 : 400 });
  }

  /** Look at everything. */
  fit(): void {
    this.chart.fitBounds(boundsOf(this.layers), { padding: 48, maxZoom: 16, duration: 0 });
  }

  private drawMarks(): void {
    const colour = palette(document);
    SEVERITIES.forEach((severity, rank) => {
      for (const [kind, glyph] of [
        ["mark", true],
        ["cluster", false],
      ] as const) {
        const name = `${kind}-${rank}`;
        const image = drawMark(severity, colour, glyph);
        if (this.told.has(name)) this.chart.updateImage(name, image);
        else this.chart.addImage(name, image, { pixelRatio: 2 });
        this.told.add(name);
      }
    });
  }

  private listen(layer: Layer, settings: Settings): void {
    const points = `${layer.code}-points`;
    const clusters = `${layer.code}-clusters`;
    this.chart.on("click", points, (event: MapMouseEvent & { features?: { properties: { id?: unknown } }[] }) => {
      const id = event.features?.[0]?.properties.id;
      if (typeof id === "string") settings.pick(layer.code, id);
    });
    this.chart.on("click", clusters, (event) => {
      const feature = event.features?.[0];
      const source = this.chart.getSource<GeoJSONSource>(layer.code);
      const cluster: unknown = feature?.properties.cluster_id;
      if (!feature || !source || typeof cluster !== "number" || feature.geometry.type !== "Point") return;
      const at = feature.geometry.coordinates as [number, number];
      void source.getClusterExpansionZoom(cluster).then((zoom) => this.chart.easeTo({ center: at, zoom: zoom + 0.2 }));
    });
    for (const target of [points, clusters]) {
      this.chart.on("mouseenter", target, () => (this.chart.getCanvas().style.cursor = "pointer"));
      this.chart.on("mouseleave", target, () => (this.chart.getCanvas().style.cursor = ""));
    }
  }

  /** The page's light or dark is the map's. */
  private followTheme(): void {
    const draw = () => {
      const colour = palette(document);
      this.drawMarks();
      const layers = [
        ...this.ground.layers(colour),
        ...this.layers.flatMap((layer) => pointLayers(layer.code, colour)),
      ];
      for (const layer of layers) {
        for (const [name, value] of Object.entries("paint" in layer ? (layer.paint ?? {}) : {})) {
          this.chart.setPaintProperty(layer.id, name as never, value as never);
        }
      }
    };
    new MutationObserver(draw).observe(document.documentElement, { attributeFilter: ["data-theme"] });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  }
}

function styleOf(ground: Ground, layers: readonly Layer[], colour: Palette): StyleSpecification {
  const sources: Record<string, SourceSpecification> = { [BASE]: ground.source };
  for (const { code, things } of layers) {
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
    sources,
    layers: [...ground.layers(colour), ...layers.flatMap(({ code }) => pointLayers(code, colour))],
  };
}

function boundsOf(layers: readonly Layer[]): [number, number, number, number] {
  const boxes = layers.map(({ things }) => things.bounds()).filter((box) => box !== null);
  if (boxes.length === 0) return HOME;
  return [
    Math.min(...boxes.map((box) => box[0])),
    Math.min(...boxes.map((box) => box[1])),
    Math.max(...boxes.map((box) => box[2])),
    Math.max(...boxes.map((box) => box[3])),
  ];
}
