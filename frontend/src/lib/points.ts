/** Reports as points of a map, as the server tells them; the rows of the list beside it. No page here. */
import type { Bounds } from "./placing";

export interface Point {
  readonly id: string;
  readonly at: readonly [number, number];
  readonly severity: number;
  readonly label: string;
  readonly reference: string;
  readonly state: string;
}

/** Points that stand close to one another, gathered by the server: how many, and the worst of them. */
export interface Group {
  readonly at: readonly [number, number];
  readonly count: number;
  readonly severity: number;
}

export interface Drawn {
  readonly points: readonly Point[];
  readonly groups: readonly Group[];
  readonly total: number;
}

/** More than that, and the list is no longer read. */
export const LISTED = 30;

/** The address with its filters, for this part of the world. */
export function pointsOf(address: string, filters: string, box: Bounds | null): string {
  const asked = new URLSearchParams(filters);
  asked.delete("page");
  asked.delete("box");
  if (box) asked.set("box", boxOf(box));
  const query = asked.toString();
  return query ? `${address}?${query}` : address;
}

/** A map that is far away sees past the edge of the world: the server knows one world. */
export function boxOf([west, south, east, north]: Bounds): string {
  const kept = (degrees: number, most: number) => Math.min(Math.max(degrees, -most), most).toFixed(5);
  return [kept(west, 180), kept(south, 90), kept(east, 180), kept(north, 90)].join(",");
}

/** Those to list: the chosen ones first, wherever they stand, then what the map shows, in the server's order. */
export function listed(chosen: Iterable<Point>, shown: readonly Point[]): Point[] {
  const first = Array.from(chosen);
  const known = new Set(first.map(({ id }) => id));
  return [...first, ...shown.filter(({ id }) => !known.has(id)).slice(0, LISTED)];
}
