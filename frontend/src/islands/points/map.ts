/** Reports on the ground: each by its mark, those that stand close in clusters that keep the worst. Loaded once it is about to be seen. */
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import { type GeoJSONSource, type MapGeoJSONFeature, Map as Chart, setWorkerUrl } from "maplibre-gl";
import { BASE, type Palette } from "../../lib/console/basemap";
import { SEVERITIES } from "../../lib/console/things";
import type { Bounds } from "../../lib/placing";
import type { Drawn } from "../../lib/points";
import {
  type Addresses,
  type Ground,
  HOME,
  drawMark,
  fillWhole,
  followTheme,
  groundOf,
  palette,
  pointLayers,
  repaint,
} from "../console/drawing";

export interface Settings extends Addresses {
  readonly label: string;
  readonly bounds: Bounds | null;
  /** The map stands still: what part of the world it shows. */
  rests(seen: Bounds): void;
  pick(id: string): void;
}

const POINTS = "reports";
const GROUPS = "groups";
const CHOSEN = "chosen";
const NAMES = [POINTS, GROUPS].flatMap((source) => [`${source}-points`, `${source}-clusters`]);
const CLOSE = 46;
const STREET = 16;
/** How much nearer a group of the server's is looked at: a third of what was seen. */
const NEARER = 1.6;
/** How far from the middle Enter still finds something, in pixels. */
const REACH = 240;
const NOTHING = { type: "FeatureCollection" as const, features: [] };

function layersOf(colour: Palette) {
  const ring = {
    id: CHOSEN,
    type: "circle" as const,
    source: CHOSEN,
    paint: {
      "circle-radius": 18,
      "circle-color": "transparent",
      "circle-stroke-color": colour["--ink"],
      "circle-stroke-width": 3,
    },
  };
  return [...pointLayers(POINTS, colour), ...pointLayers(GROUPS, colour), ring];
}

export class PointsMap {
  private constructor(
    private readonly chart: Chart,
    private readonly ground: Ground,
    private readonly settings: Settings,
  ) {}

  /** Resolves when the map is drawn for the first time. */
  static async open(root: HTMLElement, settings: Settings): Promise<PointsMap> {
    setWorkerUrl(workerUrl);
    fillWhole(root);
    const ground = await groundOf(settings);
    const colour = palette(root);
    const worst = { severity: ["max", ["get", "severity"]] };
    const chart = new Chart({
      container: root,
      style: {
        version: 8,
        transition: { duration: 0, delay: 0 },
        sources: {
          [BASE]: ground.source,
          [POINTS]: {
            type: "geojson",
            data: NOTHING,
            cluster: true,
            clusterRadius: CLOSE,
            clusterMaxZoom: 16,
            clusterProperties: worst,
          },
          [GROUPS]: { type: "geojson", data: NOTHING },
          [CHOSEN]: { type: "geojson", data: NOTHING },
        },
        layers: [...ground.layers(colour), ...layersOf(colour)],
      },
      bounds: settings.bounds ? [...settings.bounds] : HOME,
      fitBoundsOptions: { padding: 48, maxZoom: STREET },
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
    const map = new PointsMap(chart, ground, settings);
    map.drawMarks(colour);
    await new Promise<void>((ready) => {
      void chart.once("load", () => ready());
    });
    map.listen(root);
    return map;
  }

  get canvas(): HTMLCanvasElement {
    return this.chart.getCanvas();
  }

  seen(): Bounds {
    const box = this.chart.getBounds();
    return [box.getWest(), box.getSouth(), box.getEast(), box.getNorth()];
  }

  show({ points, groups }: Drawn): void {
    this.tell(
      POINTS,
      points.map(({ id, at, severity }) => featureOf(at, { id, severity })),
    );
    this.tell(
      GROUPS,
      groups.map(({ at, count, severity }) =>
        featureOf(at, { severity, point_count: count, point_count_abbreviated: shortly(count) }),
      ),
    );
  }

  /** A ring around the one whose card is shown. */
  mark(at: readonly [number, number] | null): void {
    this.tell(CHOSEN, at ? [featureOf(at, {})] : []);
  }

  look(at: readonly [number, number]): void {
    this.go([at[0], at[1]], Math.max(this.chart.getZoom(), STREET));
  }

  zoom(by: 1 | -1): void {
    this.go(this.chart.getCenter().toArray(), this.chart.getZoom() + by);
  }

  private tell(source: string, features: ReturnType<typeof featureOf>[]): void {
    void this.chart.getSource<GeoJSONSource>(source)?.setData({ type: "FeatureCollection", features });
  }

  private go(center: [number, number], zoom: number): void {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.chart.easeTo({ center, zoom, duration: calm ? 0 : 300 });
  }

  private drawMarks(colour: Palette): void {
    SEVERITIES.forEach((severity, rank) => {
      for (const [kind, glyph] of [
        ["mark", true],
        ["cluster", false],
      ] as const) {
        const name = `${kind}-${rank}`;
        const image = drawMark(severity, colour, glyph);
        if (this.chart.hasImage(name)) this.chart.updateImage(name, image);
        else this.chart.addImage(name, image, { pixelRatio: 2 });
      }
    });
  }

  private listen(root: HTMLElement): void {
    this.chart.on("moveend", () => this.settings.rests(this.seen()));
    for (const name of NAMES) {
      this.chart.on("click", name, (event) => this.open(event.features?.[0]));
      this.chart.on("mouseenter", name, () => (this.canvas.style.cursor = "pointer"));
      this.chart.on("mouseleave", name, () => (this.canvas.style.cursor = ""));
    }
    this.canvas.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.openMiddle();
    });
    followTheme(() => {
      const colour = palette(root);
      this.drawMarks(colour);
      repaint(this.chart, [...this.ground.layers(colour), ...layersOf(colour)]);
    });
  }

  /** A point is chosen, what is gathered comes apart. */
  private open(feature: MapGeoJSONFeature | undefined): void {
    if (!feature || feature.geometry.type !== "Point") return;
    const { id, cluster_id: cluster } = feature.properties as { id?: unknown; cluster_id?: unknown };
    const at = feature.geometry.coordinates as [number, number];
    if (typeof id === "string") return this.settings.pick(id);
    if (typeof cluster !== "number") return this.go(at, this.chart.getZoom() + NEARER);
    const source = this.chart.getSource<GeoJSONSource>(POINTS);
    void source?.getClusterExpansionZoom(cluster).then((zoom) => this.go(at, zoom + 0.2));
  }

  /** By keyboard: what is drawn nearest to the middle. */
  private openMiddle(): void {
    const { x, y } = this.chart.project(this.chart.getCenter());
    const far = (feature: MapGeoJSONFeature): number => {
      if (feature.geometry.type !== "Point") return Infinity;
      const place = this.chart.project(feature.geometry.coordinates as [number, number]);
      return Math.hypot(place.x - x, place.y - y);
    };
    const box: [[number, number], [number, number]] = [
      [x - REACH, y - REACH],
      [x + REACH, y + REACH],
    ];
    const found = this.chart.queryRenderedFeatures(box, { layers: NAMES });
    this.open(found.sort((one, other) => far(one) - far(other))[0]);
  }
}

function featureOf(at: readonly [number, number], properties: Readonly<Record<string, string | number>>) {
  return {
    type: "Feature" as const,
    geometry: { type: "Point" as const, coordinates: [at[0], at[1]] },
    properties,
  };
}

/** As MapLibre shortens what it gathers itself. */
function shortly(count: number): string {
  return count < 1_000 ? String(count) : `${(count / 1_000).toFixed(count < 10_000 ? 1 : 0)}k`;
}
