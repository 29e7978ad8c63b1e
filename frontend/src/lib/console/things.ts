/** What the map and the list beside it show: every thing by its identifier, and what has changed since the map was last told. */

export const SEVERITIES = ["calm", "notice", "warning", "alarm"] as const;

/** As the server describes a point (persistence.layers). */
export interface Thing {
  readonly id: string;
  readonly at: readonly [number, number];
  readonly label: string;
  readonly severity: number;
  readonly state: string;
  readonly href: string;
  /** Where a cable runs; its point stands for it. */
  readonly line?: readonly (readonly [number, number])[];
}

export interface Point {
  readonly type: "Feature";
  readonly geometry: { readonly type: "Point"; readonly coordinates: [number, number] };
  readonly properties: { readonly id: string; readonly severity: number };
}

/** What a map is told: points that are new (or moved), points whose severity changed, points that are gone. */
export interface Difference {
  readonly add: Point[];
  readonly update: { readonly id: string; readonly addOrUpdateProperties: { key: string; value: unknown }[] }[];
  readonly remove: string[];
}

export function pointOf(thing: Thing): Point {
  return {
    type: "Feature",
    geometry: { type: "Point", coordinates: [thing.at[0], thing.at[1]] },
    properties: { id: thing.id, severity: thing.severity },
  };
}

export interface Line {
  readonly type: "Feature";
  readonly geometry: { readonly type: "LineString"; readonly coordinates: [number, number][] };
  readonly properties: { readonly id: string };
}

/** What runs along streets, to be drawn under its points. */
export function linesOf(things: Iterable<Thing>): Line[] {
  return Array.from(things).flatMap(({ id, line = [] }) => {
    const coordinates = line.map(([east, north]): [number, number] => [east, north]);
    return line.length > 1
      ? [{ type: "Feature", geometry: { type: "LineString", coordinates }, properties: { id } } as const]
      : [];
  });
}

/** Things of one layer. `drawn` is what the map was told, so that a difference holds no more than what it must. */
export class Things {
  private readonly all = new Map<string, Thing>();
  private readonly drawn = new Map<string, Thing>();
  private readonly touched = new Set<string>();

  get(id: string): Thing | undefined {
    return this.all.get(id);
  }

  get size(): number {
    return this.all.size;
  }

  everything(): Iterable<Thing> {
    return this.all.values();
  }

  /** Everything afresh. */
  replace(things: Iterable<Thing>): void {
    for (const id of this.all.keys()) this.touched.add(id);
    this.all.clear();
    for (const thing of things) {
      this.all.set(thing.id, thing);
      this.touched.add(thing.id);
    }
  }

  /** Some of them as they are now; null is gone. */
  apply(changes: Readonly<Record<string, Thing | null>>): void {
    for (const [id, thing] of Object.entries(changes)) {
      if (thing === null) this.all.delete(id);
      else this.all.set(id, thing);
      this.touched.add(id);
    }
  }

  /** Every point as it is now, for a map that is told for the first time. */
  points(): Point[] {
    this.touched.clear();
    this.drawn.clear();
    for (const thing of this.all.values()) this.drawn.set(thing.id, thing);
    return Array.from(this.all.values(), pointOf);
  }

  /** What has changed since the map was last told; null when it need not be told. */
  difference(): Difference | null {
    const found: Difference = { add: [], update: [], remove: [] };
    for (const id of this.touched) {
      const now = this.all.get(id);
      const before = this.drawn.get(id);
      if (!now) {
        if (before) found.remove.push(id);
        this.drawn.delete(id);
        continue;
      }
      if (!before) found.add.push(pointOf(now));
      else if (before.at[0] !== now.at[0] || before.at[1] !== now.at[1]) found.add.push(pointOf(now));
      else if (before.severity !== now.severity) {
        found.update.push({ id, addOrUpdateProperties: [{ key: "severity", value: now.severity }] });
      }
      this.drawn.set(id, now);
    }
    this.touched.clear();
    return found.add.length + found.update.length + found.remove.length > 0 ? found : null;
  }

  /** Those that ask for somebody, the worst first. */
  watched(): Thing[] {
    const found = Array.from(this.all.values()).filter((thing) => thing.severity > 0);
    return found.sort((one, other) => other.severity - one.severity || (one.label < other.label ? -1 : 1));
  }

  /** West, south, east, north of them all; null when there is none. */
  bounds(): [number, number, number, number] | null {
    let box: [number, number, number, number] | null = null;
    for (const { at } of this.all.values()) {
      box = box
        ? [Math.min(box[0], at[0]), Math.min(box[1], at[1]), Math.max(box[2], at[0]), Math.max(box[3], at[1])]
        : [at[0], at[1], at[0], at[1]];
    }
    return box;
  }
}

const METRES_A_DEGREE = 111_320;
/** Farther than that nobody is a neighbour. */
const NEAR = 2_000;

/** Those within two kilometres of a place, the nearest first. */
export function nearest(
  things: Iterable<Thing>,
  at: readonly [number, number],
  besides: string,
  most: number,
): { thing: Thing; metres: number }[] {
  const shrink = Math.cos((at[1] * Math.PI) / 180);
  const found: { thing: Thing; metres: number }[] = [];
  for (const thing of things) {
    const metres = METRES_A_DEGREE * Math.hypot((thing.at[0] - at[0]) * shrink, thing.at[1] - at[1]);
    if (metres <= NEAR && thing.id !== besides) found.push({ thing, metres });
  }
  return found.sort((one, other) => one.metres - other.metres).slice(0, most);
}
