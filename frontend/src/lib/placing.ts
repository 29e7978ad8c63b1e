/** Choosing a place: positions as fields hold them, the territory's bounds, what stands around. No page here. */

export interface Position {
  readonly latitude: number;
  readonly longitude: number;
}

/** West, south, east, north, in degrees. */
export type Bounds = readonly [number, number, number, number];

/** Something of the town's that a report may be about. A cable has its line, and is wherever on it somebody looks. */
export interface Asset {
  readonly id: string;
  readonly kind: string;
  readonly label: string;
  readonly at: Position;
  readonly line?: readonly Position[];
}

/** What a map drew near the pin, as far as its name goes. */
export interface Drawn {
  readonly geometry: { readonly type: string };
  readonly properties: Readonly<Record<string, unknown>> | null;
  readonly layer: { readonly id: string };
}

/** Layers of lines that are no streets, as ours and the usual tiles call them. */
const OTHER_WAYS = /rail|ferre|water|hydro|river|canal|bound|limit|admin/;
const EARTH = 6_371_000;
/** About a decimetre: what a field holds. */
const DECIMALS = 6;
/** In degrees: about three kilometres and a half at most. */
const WIDEST = 0.03;
/** More than that, and the list is no longer a choice. */
const LISTED = 8;

/** A number as it is typed, with a comma or a point; null when it is none. */
function typed(text: string): number | null {
  const plain = text.trim().replace(",", ".").replace("−", "-");
  return /^[+-]?(\d+\.?\d*|\.\d+)$/.test(plain) ? Number(plain) : null;
}

/** The position that two fields hold, or null: empty, unreadable, or nowhere on Earth. */
export function readPosition(latitude: string, longitude: string): Position | null {
  const [north, east] = [typed(latitude), typed(longitude)];
  return north === null || east === null ? null : positionOf({ latitude: north, longitude: east });
}

/** A position from outside (an event's detail), or null when it isn't one. */
export function positionOf(given: unknown): Position | null {
  const { latitude, longitude } = (given ?? {}) as { latitude?: unknown; longitude?: unknown };
  if (typeof latitude !== "number" || typeof longitude !== "number") return null;
  const known = Number.isFinite(latitude) && Number.isFinite(longitude);
  return known && Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 ? { latitude, longitude } : null;
}

/** A coordinate as the field holds it. */
export function written(degrees: number): string {
  return String(Number(degrees.toFixed(DECIMALS)));
}

export function same(one: Position, other: Position): boolean {
  return written(one.latitude) === written(other.latitude) && written(one.longitude) === written(other.longitude);
}

/** `west,south,east,north` of an attribute; null when there are none. */
export function boundsOf(text: string): Bounds | null {
  const numbers = text.split(",").map(typed);
  const [west, south, east, north] = numbers;
  if (numbers.length !== 4 || west == null || south == null || east == null || north == null) return null;
  return west < east && south < north ? [west, south, east, north] : null;
}

export function within(position: Position, [west, south, east, north]: Bounds): boolean {
  const { latitude, longitude } = position;
  return west <= longitude && longitude <= east && south <= latitude && latitude <= north;
}

/** Along the ground. */
export function metresBetween(one: Position, other: Position): number {
  const radians = (degrees: number) => (degrees * Math.PI) / 180;
  const half =
    Math.sin(radians(other.latitude - one.latitude) / 2) ** 2 +
    Math.cos(radians(one.latitude)) *
      Math.cos(radians(other.latitude)) *
      Math.sin(radians(other.longitude - one.longitude) / 2) ** 2;
  return 2 * EARTH * Math.asin(Math.sqrt(Math.min(half, 1)));
}

/** Whether a part of the map is small enough to ask what stands in it: a few streets, not a town. */
export function nearEnough([west, south, east, north]: Bounds): boolean {
  return east - west <= WIDEST && north - south <= WIDEST;
}

/** The address that says what stands in a part of the map. */
export function pointsAddress(address: string, [west, south, east, north]: Bounds): string {
  const [path = "", query = ""] = address.split("?");
  const asked = new URLSearchParams(query);
  for (const [name, value] of Object.entries({ west, south, east, north })) asked.set(name, value.toFixed(DECIMALS));
  return `${path}?${asked}`;
}

/** The assets of a GeoJSON FeatureCollection; what isn't one is left out. */
export function assetsOf(answer: unknown): Asset[] {
  const { features } = (answer ?? {}) as { features?: unknown };
  return Array.isArray(features) ? features.map(assetOf).filter((asset) => asset !== null) : [];
}

function assetOf(feature: unknown): Asset | null {
  const { geometry, properties } = (feature ?? {}) as { geometry?: unknown; properties?: unknown };
  const { type, coordinates } = (geometry ?? {}) as { type?: unknown; coordinates?: unknown };
  const { id, kind, label } = (properties ?? {}) as { id?: unknown; kind?: unknown; label?: unknown };
  if (!Array.isArray(coordinates) || typeof kind !== "string" || typeof label !== "string") return null;
  if (typeof id !== "string" && typeof id !== "number") return null;
  const points = (type === "LineString" ? coordinates : type === "Point" ? [coordinates] : []).map(pointOf);
  const line = points.filter((point) => point !== null);
  const [at] = line;
  if (at === undefined || line.length < points.length) return null;
  return { id: String(id), kind, label, at, ...(type === "LineString" ? { line } : {}) };
}

function pointOf(coordinates: unknown): Position | null {
  const [longitude, latitude] = Array.isArray(coordinates) ? (coordinates as unknown[]) : [];
  return positionOf({ latitude, longitude });
}

/** Where an asset is for somebody who stands there: a line is at the point of it that is nearest. */
export function placeOf({ at, line = [] }: Asset, to: Position): Position {
  const narrow = Math.cos((to.latitude * Math.PI) / 180) || 1;
  const flat = line.map(({ latitude, longitude }): [number, number] => [
    (longitude - to.longitude) * narrow,
    latitude - to.latitude,
  ]);
  const feet = flat.slice(1).map((end, index) => foot(flat[index] ?? end, end));
  if (feet.length === 0) return at;
  const [east, north] = feet.reduce((one, other) => (Math.hypot(...other) < Math.hypot(...one) ? other : one));
  return { latitude: to.latitude + north, longitude: to.longitude + east / narrow };
}

/** The point of a straight piece that is nearest to the origin. */
function foot([x, y]: [number, number], [endX, endY]: [number, number]): [number, number] {
  const [wide, high] = [endX - x, endY - y];
  const long = wide ** 2 + high ** 2;
  const along = long === 0 ? 0 : Math.min(1, Math.max(0, -(x * wide + y * high) / long));
  return [x + along * wide, y + along * high];
}

/** Whether an asset is seen in a part of the map; of a line, its box may only touch it. */
export function standsIn({ at, line }: Asset, bounds: Bounds): boolean {
  if (!line) return within(at, bounds);
  const [east, north] = [line.map(({ longitude }) => longitude), line.map(({ latitude }) => latitude)];
  const [westEdge, southEdge, eastEdge, northEdge] = bounds;
  const beside = Math.max(...east) < westEdge || Math.min(...east) > eastEdge;
  return !beside && Math.max(...north) >= southEdge && Math.min(...north) <= northEdge;
}

/** The nearest few, and how far each is. */
export function nearest(assets: readonly Asset[], to: Position): readonly (readonly [Asset, number])[] {
  const far = assets.map((asset) => [asset, metresBetween(placeOf(asset, to), to)] as const);
  return far
    .sort(([one, near], [other, farther]) => near - farther || one.label.localeCompare(other.label))
    .slice(0, LISTED);
}

/** The name of the street that is drawn under the pin, or empty; a railway or a river says little of where to go. */
export function wayNear(drawn: readonly Drawn[]): string {
  for (const { geometry, properties, layer } of drawn) {
    if (OTHER_WAYS.test(layer.id)) continue;
    const name = properties?.["name:fr"] ?? properties?.["name"] ?? properties?.["nom"];
    if (geometry.type.endsWith("LineString") && typeof name === "string" && name !== "") return name;
  }
  return "";
}
