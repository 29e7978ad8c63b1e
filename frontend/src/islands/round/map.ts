/** The way through the places of a round, on the ground: numbered marks and the line that joins them. Loaded when it is about to be seen. */
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import { type LayerSpecification, Map as Chart, setWorkerUrl } from "maplibre-gl";
import { BASE, FONT, type Palette } from "../../lib/console/basemap";
import { type Halt, boundsOf, lineOf } from "../../lib/way";
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
  readonly halts: readonly Halt[];
  readonly returns: boolean;
}

const WAY = "way";
const HALTS = "halts";
const ROOM = { padding: 48, maxZoom: 17 };

function wayLayers(colour: Palette): LayerSpecification[] {
  const start = ["==", ["get", "label"], ""];
  const layers = [
    {
      id: WAY,
      type: "line",
      source: WAY,
      layout: { "line-cap": "round", "line-join": "round" },
      paint: { "line-color": colour["--info"], "line-width": 4, "line-opacity": 0.7 },
    },
    {
      id: HALTS,
      type: "circle",
      source: HALTS,
      paint: {
        "circle-radius": ["case", start, 9, 14],
        "circle-color": ["case", start, colour["--ink"], ["get", "done"], colour["--good"], colour["--info"]],
        "circle-stroke-color": colour["--surface"],
        "circle-stroke-width": 2.5,
      },
    },
    {
      id: "numbers",
      type: "symbol",
      source: HALTS,
      layout: {
        "text-field": ["get", "label"],
        "text-font": FONT,
        "text-size": 14,
        "text-allow-overlap": true,
        "text-ignore-placement": true,
      },
      paint: { "text-color": colour["--surface"] },
    },
  ];
  return layers as LayerSpecification[];
}

export class RoundMap {
  private constructor(
    private readonly chart: Chart,
    private readonly settings: Settings,
  ) {}

  /** Resolves when the map is drawn for the first time; rejects where its ground can't be had. */
  static async open(root: HTMLElement, settings: Settings): Promise<RoundMap> {
    setWorkerUrl(workerUrl);
    fillWhole(root);
    const ground = await groundOf(settings);
    const colour = palette(root);
    const features = settings.halts.map(({ label, at, done }) => ({
      type: "Feature" as const,
      geometry: { type: "Point" as const, coordinates: [at[0], at[1]] },
      properties: { label, done },
    }));
    const coordinates = lineOf(settings.halts, settings.returns);
    const chart = new Chart({
      container: root,
      style: {
        version: 8,
        transition: { duration: 0, delay: 0 },
        sources: {
          [BASE]: ground.source,
          [WAY]: {
            type: "geojson",
            data: { type: "Feature", properties: {}, geometry: { type: "LineString", coordinates } },
          },
          [HALTS]: { type: "geojson", data: { type: "FeatureCollection", features } },
        },
        layers: [...ground.layers(colour), ...wayLayers(colour)],
      },
      bounds: [...(boundsOf(settings.halts) ?? HOME)],
      fitBoundsOptions: ROOM,
      attributionControl: false,
      dragRotate: false,
      touchPitch: false,
      // Whoever turns the page with a wheel doesn't come nearer.
      scrollZoom: false,
      fadeDuration: 0,
      maxZoom: 19,
      renderWorldCopies: false,
      locale: { "Map.Title": settings.label },
    });
    chart.touchZoomRotate.disableRotation();
    chart.keyboard.disableRotation();
    await new Promise<void>((ready, failed) => {
      void chart.once("load", () => ready());
      chart.once("error", ({ error }) => failed(error));
    }).catch((error: unknown) => {
      chart.remove();
      throw error;
    });
    const map = new RoundMap(chart, settings);
    map.listen(root, ground);
    return map;
  }

  zoom(by: 1 | -1): void {
    this.chart.easeTo({ zoom: this.chart.getZoom() + by, duration: this.duration });
  }

  fit(): void {
    this.chart.fitBounds([...(boundsOf(this.settings.halts) ?? HOME)], { ...ROOM, duration: this.duration });
  }

  private get duration(): number {
    return matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 300;
  }

  private listen(root: HTMLElement, ground: Ground): void {
    this.chart.on("error", ({ error }) => reportError(error));
    followTheme(() => {
      const colour = palette(root);
      repaint(this.chart, [...ground.layers(colour), ...wayLayers(colour)]);
    });
  }
}
