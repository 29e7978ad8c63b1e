/** The map: our ground, the systems' points, clusters that keep the worst severity of their members in their colour and shape. Loaded when
 *  the page has something to show; the page works without it. */
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import { type GeoJSONSource, type MapGeoJSONFeature, Map as Chart, setWorkerUrl } from "maplibre-gl";
import type { Layer } from "../../lib/console/picture";
import { SEVERITIES, type Thing, linesOf } from "../../lib/console/things";
import { type Bounds, nearEnough, pointsAddress } from "../../lib/placing";
import {
  type Addresses,
  type Ground,
  boundsOf,
  drawMark,
  fillWhole,
  followTheme,
  groundOf,
  palette,
  layersOf,
  repaint,
  styleOf,
} from "./drawing";

export interface Settings extends Addresses {
  readonly label: string;
  /** A wall is only looked at. */
  readonly still: boolean;
  pick(layer: string, id: string): void;
  /** What there is to see now, for whoever doesn't see it. */
  says(seen: Seen): void;
  /** Where the map asks for what stands in the streets that it shows, of a layer of too many things to hold. */
  around?(layer: string): string;
}

export interface Seen {
  readonly things: number;
  readonly groups: number;
  /** The worst of them all, -1 when there is nothing. */
  readonly worst: number;
}

const UPDATE_EVERY = 1_000;
const PARTS = ["points", "clusters"] as const;
const LINES = "lines";
/** How far from the middle Enter still finds something, in pixels. */
const REACH = 240;
/** How far from a press a point is still meant, in pixels. */
const TOUCH = 8;

function boxAround({ x, y }: { readonly x: number; readonly y: number }): [[number, number], [number, number]] {
  return [
    [x - TOUCH, y - TOUCH],
    [x + TOUCH, y + TOUCH],
  ];
}

export class ConsoleMap {
  private readonly told = new Set<string>();
  private readonly asked = new Map<string, string>();

  private constructor(
    readonly chart: Chart,
    private readonly ground: Ground,
    private readonly layers: readonly Layer[],
    private readonly settings: Settings,
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
      style: styleOf(ground, layers, palette(document.body)),
      bounds: boundsOf(layers),
      fitBoundsOptions: { padding: 48, maxZoom: 16 },
      attributionControl: false,
      interactive: !settings.still,
      dragRotate: false,
      touchPitch: false,
      fadeDuration: 0,
      maxZoom: 19,
      renderWorldCopies: false,
      locale: { "Map.Title": settings.label },
    });
    chart.touchZoomRotate.disableRotation();
    chart.keyboard.disableRotation();
    const map = new ConsoleMap(chart, ground, layers, settings);
    map.drawMarks();
    await new Promise<void>((ready) => {
      void chart.once("load", () => ready());
    });
    map.listen();
    followTheme(() => map.recolour());
    map.print();
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
    for (const part of layer.around ? [...PARTS, LINES] : PARTS) {
      this.chart.setLayoutProperty(`${layer.code}-${part}`, "visibility", shown ? "visible" : "none");
    }
    this.askAround();
  }

  /** What stands in the streets that are shown now; from farther away, nothing. A newer look makes an older answer nothing. */
  private askAround(): void {
    for (const layer of this.layers.filter(({ around }) => around)) void this.askOf(layer).catch(() => undefined);
  }

  private async askOf(layer: Layer): Promise<void> {
    const address = this.settings.around?.(layer.code) ?? "";
    const box = this.chart.getBounds();
    const seen: Bounds = [box.getWest(), box.getSouth(), box.getEast(), box.getNorth()];
    const wanted = address !== "" && layer.shown && nearEnough(seen) ? pointsAddress(address, seen) : "";
    if (wanted === this.asked.get(layer.code)) return;
    this.asked.set(layer.code, wanted);
    let things: Thing[] = [];
    try {
      const answer = wanted ? await fetch(wanted, { headers: { accept: "application/json" } }) : null;
      if (answer?.status === 200) ({ things } = (await answer.json()) as { things: Thing[] });
    } catch {
      // What was there stays until the next move asks again.
      this.asked.delete(layer.code);
      return;
    }
    if (this.asked.get(layer.code) !== wanted) return;
    layer.things.replace(things);
    this.update();
    const source = this.chart.getSource<GeoJSONSource>(`${layer.code}-${LINES}`);
    void source?.setData({ type: "FeatureCollection", features: linesOf(things) });
  }

  /** Look at one point, near enough that it stands alone. */
  look(at: readonly [number, number]): void {
    this.go([at[0], at[1]], Math.max(this.chart.getZoom(), 16));
  }

  /** Look at everything. */
  fit(): void {
    this.chart.fitBounds(boundsOf(this.layers), { padding: 48, maxZoom: 16, duration: 0 });
  }

  private go(center: [number, number], zoom: number): void {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.chart.easeTo({ center, zoom, duration: calm ? 0 : 400 });
  }

  private drawMarks(): void {
    const colour = palette(document.body);
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

  /** Every point and cluster that is drawn now, the layers that are switched off left out. */
  private drawn(at?: [[number, number], [number, number]]): MapGeoJSONFeature[] {
    const shown = this.layers.filter((layer) => layer.shown);
    const layers = shown.flatMap(({ code }) => PARTS.map((part) => `${code}-${part}`));
    return layers.length > 0 ? this.chart.queryRenderedFeatures(at, { layers }) : [];
  }

  private listen(): void {
    this.chart.on("idle", () => this.say());
    this.chart.on("moveend", () => this.askAround());
    this.askAround();
    if (this.settings.still) return;
    const canvas = this.chart.getCanvas();
    const names = this.layers.flatMap(({ code }) => PARTS.map((part) => `${code}-${part}`));
    for (const { code } of this.layers.filter(({ around }) => around)) {
      this.chart.on("click", `${code}-${LINES}`, (event) => {
        const id = event.features?.[0]?.properties.id as unknown;
        // A point that stands on it is meant first.
        if (typeof id === "string" && this.drawn(boxAround(event.point)).length === 0) this.settings.pick(code, id);
      });
    }
    for (const name of names) {
      this.chart.on("click", name, (event) => this.open(event.features?.[0]));
      this.chart.on("mouseenter", name, () => (canvas.style.cursor = "pointer"));
      this.chart.on("mouseleave", name, () => (canvas.style.cursor = ""));
    }
    canvas.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.openMiddle();
    });
  }

  /** A point is chosen, a cluster comes apart. */
  private open(feature: MapGeoJSONFeature | undefined): void {
    if (!feature || feature.geometry.type !== "Point") return;
    const { id, cluster_id: cluster } = feature.properties as { id?: unknown; cluster_id?: unknown };
    if (typeof id === "string") this.settings.pick(feature.source, id);
    const source = this.chart.getSource<GeoJSONSource>(feature.source);
    if (!source || typeof cluster !== "number") return;
    const at = feature.geometry.coordinates as [number, number];
    void source.getClusterExpansionZoom(cluster).then((zoom) => this.go(at, zoom + 0.2));
  }

  /** By keyboard: what is drawn nearest to the middle. */
  private openMiddle(): void {
    const { x, y } = this.chart.project(this.chart.getCenter());
    const far = (feature: MapGeoJSONFeature): number => {
      if (feature.geometry.type !== "Point") return Infinity;
      const place = this.chart.project(feature.geometry.coordinates as [number, number]);
      return Math.hypot(place.x - x, place.y - y);
    };
    const found = this.drawn([
      [x - REACH, y - REACH],
      [x + REACH, y + REACH],
    ]);
    this.open(found.sort((one, other) => far(one) - far(other))[0]);
  }

  private say(): void {
    const found = this.drawn();
    const groups = found.filter((feature) => "point_count" in feature.properties);
    this.settings.says({
      things: found.reduce((sum, { properties }) => sum + Number(properties.point_count ?? 1), 0),
      groups: groups.length,
      worst: Math.max(-1, ...found.map((feature) => Number(feature.properties.severity))),
    });
  }

  private recolour(): void {
    const colour = palette(document.body);
    this.drawMarks();
    const layers = [...this.ground.layers(colour), ...this.layers.flatMap((layer) => layersOf(layer, colour))];
    repaint(this.chart, layers);
  }

  /** Paper is white, and a browser prints a canvas of its graphics card empty: a copy of what it shows is printed in its place. */
  private print(): void {
    const paper = document.createElement("canvas");
    paper.className = "map-paper";
    this.chart.getContainer().after(paper);
    addEventListener("beforeprint", () => {
      const theme = document.documentElement.dataset.theme;
      document.documentElement.dataset.theme = "light";
      this.recolour();
      this.chart.redraw();
      const canvas = this.chart.getCanvas();
      paper.width = canvas.width;
      paper.height = canvas.height;
      paper.getContext("2d")?.drawImage(canvas, 0, 0);
      if (theme === undefined) delete document.documentElement.dataset.theme;
      else document.documentElement.dataset.theme = theme;
      this.recolour();
    });
  }
}
