/** The map under the pin: the pin stays in the middle, the ground moves. Loaded once it is about to be seen. */
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import { AJAXError, type GeoJSONSource, type LayerSpecification, Map as Chart, setWorkerUrl } from "maplibre-gl";
import { BASE, type Palette } from "../../lib/console/basemap";
import { type Asset, type Bounds, type Position, same, wayNear } from "../../lib/placing";
import {
  type Addresses,
  type Ground,
  HOME,
  fillWhole,
  followTheme,
  groundOf,
  palette,
  repaint,
} from "../console/drawing";

export interface Settings extends Addresses {
  readonly label: string;
  readonly bounds: Bounds | null;
  readonly at: Position | null;
  /** Somebody moved the ground: the pin stands there now. */
  moved(to: Position): void;
  /** The map stands still and is drawn: what part of the world it shows. */
  rests(seen: Bounds): void;
  /** An asset was pressed, by its place among those shown, and where. */
  pick(asset: number, at: Position): void;
}

const POINTS = "assets";
const LINES = "asset-lines";
const STREET = 16.5;
const NEAR = 15;
/** How far from a press an asset is still meant, from the pin a way is still its own, in pixels. */
const REACH = 20;
const WAY_REACH = 40;
/** One press of an arrow, then with Shift, in pixels. */
const STEP = 48;
const FINE = 4;
const MOVES: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

function assetLayers(colour: Palette): LayerSpecification[] {
  return [
    {
      id: LINES,
      type: "line",
      source: POINTS,
      filter: ["==", ["geometry-type"], "LineString"],
      layout: { "line-cap": "round", "line-join": "round" },
      paint: {
        "line-color": ["case", ["get", "chosen"], colour["--good"], colour["--info"]],
        "line-width": ["case", ["get", "chosen"], 6, 4],
      },
    },
    {
      id: POINTS,
      type: "circle",
      source: POINTS,
      filter: ["==", ["geometry-type"], "Point"],
      paint: {
        "circle-radius": ["case", ["get", "chosen"], 11, 7],
        "circle-color": ["case", ["get", "chosen"], colour["--good"], colour["--info"]],
        "circle-stroke-color": colour["--surface"],
        "circle-stroke-width": 2.5,
      },
    },
  ];
}

const coordinatesOf = ({ longitude, latitude }: Position): [number, number] => [longitude, latitude];

function shapeOf({ at, line }: Asset) {
  if (line) return { type: "LineString" as const, coordinates: line.map(coordinatesOf) };
  return { type: "Point" as const, coordinates: coordinatesOf(at) };
}

export class PlaceMap {
  private last: Position;
  /** A move that came from the page says nothing to it. */
  private told = false;

  private constructor(
    private readonly chart: Chart,
    private readonly ground: Ground,
    private readonly settings: Settings,
  ) {
    this.last = this.middle();
  }

  /** Resolves when the map is drawn for the first time. */
  static async open(root: HTMLElement, settings: Settings): Promise<PlaceMap> {
    setWorkerUrl(workerUrl);
    fillWhole(root);
    const ground = await groundOf(settings);
    const colour = palette(root);
    const [west, south, east, north] = settings.bounds ?? HOME;
    const chart = new Chart({
      container: root,
      style: {
        version: 8,
        transition: { duration: 0, delay: 0 },
        sources: {
          [BASE]: ground.source,
          [POINTS]: { type: "geojson", data: { type: "FeatureCollection", features: [] } },
        },
        layers: [...ground.layers(colour), ...assetLayers(colour)],
      },
      ...(settings.at
        ? { center: [settings.at.longitude, settings.at.latitude], zoom: STREET }
        : { bounds: [west, south, east, north] }),
      attributionControl: false,
      dragRotate: false,
      touchPitch: false,
      boxZoom: false,
      // A second press on one point is a correction, not a wish to be nearer.
      doubleClickZoom: false,
      keyboard: false,
      fadeDuration: 0,
      maxZoom: 19,
      renderWorldCopies: false,
      locale: { "Map.Title": settings.label },
    });
    chart.touchZoomRotate.disableRotation();
    // The pin stays where it is while one comes nearer.
    chart.scrollZoom.enable({ around: "center" });
    chart.touchZoomRotate.enable({ around: "center" });
    // What has no network, or a server that is away, is told by the page: the library would shout each piece of ground that is missing.
    chart.on("error", ({ error }) => {
      if (!(error instanceof AJAXError) || (error.status > 0 && error.status < 500)) reportError(error);
    });
    const map = new PlaceMap(chart, ground, settings);
    await new Promise<void>((ready) => {
      void chart.once("load", () => ready());
    });
    map.listen(root);
    return map;
  }

  get canvas(): HTMLCanvasElement {
    return this.chart.getCanvas();
  }

  /** What is pressed on the map or in the list below it. */
  show(assets: readonly Asset[], chosen: Asset | null): void {
    const features = assets.map((asset, at) => ({
      type: "Feature" as const,
      geometry: shapeOf(asset),
      properties: { at, chosen: asset.id === chosen?.id && asset.kind === chosen.kind },
    }));
    void this.chart.getSource<GeoJSONSource>(POINTS)?.setData({ type: "FeatureCollection", features });
  }

  /** Put the pin there: the page knows it already. */
  go(to: Position): void {
    if (same(this.middle(), to)) return;
    this.told = true;
    this.last = to;
    this.ease({ center: [to.longitude, to.latitude], zoom: Math.max(this.chart.getZoom(), STREET) });
  }

  zoom(by: 1 | -1): void {
    this.ease({ center: [this.last.longitude, this.last.latitude], zoom: this.chart.getZoom() + by });
  }

  /** Whether one is near enough to tell a street from the next. */
  get near(): boolean {
    return this.chart.getZoom() >= NEAR;
  }

  /** The name of the way that is drawn under the pin, or empty. */
  way(): string {
    const { x, y } = this.chart.project(this.chart.getCenter());
    return wayNear(
      this.chart.queryRenderedFeatures([
        [x - WAY_REACH, y - WAY_REACH],
        [x + WAY_REACH, y + WAY_REACH],
      ]),
    );
  }

  private seen(): Bounds {
    const box = this.chart.getBounds();
    return [box.getWest(), box.getSouth(), box.getEast(), box.getNorth()];
  }

  private middle(): Position {
    const { lat, lng } = this.chart.getCenter();
    return { latitude: lat, longitude: lng };
  }

  private ease(to: { center?: [number, number]; zoom?: number }): void {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.chart.easeTo({ ...to, duration: calm ? 0 : 300 });
  }

  private listen(root: HTMLElement): void {
    this.chart.on("moveend", () => this.stopped());
    this.chart.on("idle", () => this.settings.rests(this.seen()));
    this.chart.on("click", ({ point, lngLat }) => {
      const box: [[number, number], [number, number]] = [
        [point.x - REACH, point.y - REACH],
        [point.x + REACH, point.y + REACH],
      ];
      // What stands at one place goes before what runs past it.
      const [found] = [POINTS, LINES].flatMap((layer) => this.chart.queryRenderedFeatures(box, { layers: [layer] }));
      const at = found?.properties["at"] as unknown;
      if (typeof at === "number") this.settings.pick(at, { latitude: lngLat.lat, longitude: lngLat.lng });
      else this.ease({ center: [lngLat.lng, lngLat.lat] });
    });
    this.canvas.addEventListener("keydown", (event) => this.press(event));
    followTheme(() => {
      const colour = palette(root);
      repaint(this.chart, [...this.ground.layers(colour), ...assetLayers(colour)]);
    });
  }

  private stopped(): void {
    const here = this.middle();
    const told = this.told;
    this.told = false;
    if (told || same(here, this.last)) return;
    this.last = here;
    this.settings.moved(here);
  }

  private press(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const way = MOVES[event.key];
    if (way)
      this.chart.panBy([way[0], way[1]].map((each) => each * (event.shiftKey ? FINE : STEP)) as [number, number], {
        duration: 0,
      });
    else if (event.key === "+" || event.key === "=") this.zoom(1);
    else if (event.key === "-") this.zoom(-1);
    else return;
    event.preventDefault();
  }
}
