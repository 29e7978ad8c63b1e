/** What a screen shows, as it is now: the queue of alerts, the things of each layer, what happened lately. */
import { type Alert, Queue, alertOf } from "./alerts";
import { Feed, happeningOf, momentsOf } from "./feed";
import type { Change } from "./stream";
import { type Thing, Things, nearest } from "./things";

/** All of it at one moment, as the server tells it. */
export interface Told {
  /** The place from which the stream goes on, and the moment as of which all this is. */
  readonly since: string;
  readonly as_of: string;
  readonly layers: readonly {
    readonly code: string;
    readonly topic: string;
    readonly around?: boolean;
    readonly things: readonly Thing[];
  }[];
  readonly alerts: Readonly<Record<string, unknown>>;
  readonly feeds: readonly string[];
  readonly feed: readonly unknown[];
  readonly waiting: number;
}

export interface Layer {
  readonly code: string;
  readonly topic: string;
  readonly things: Things;
  /** Too many to hold: the map asks for those of the streets that it shows. */
  readonly around: boolean;
  shown: boolean;
}

/** What a change was of. */
export type Part = "things" | "happenings" | "alerts" | "nothing";

export class Picture {
  readonly queue = new Queue();
  readonly feed = new Feed();
  private readonly all = new Map<string, Layer>();
  private readonly feeds = new Set<string>();

  /** `shown`: whether a layer is drawn, by its code. */
  constructor(private readonly shown: (layer: string, around: boolean) => boolean) {}

  /** Everything afresh; returns the alerts that ask for somebody for the first time. */
  take(told: Told): Alert[] {
    const gone = new Set(this.all.keys());
    for (const { code, topic, things, around = false } of told.layers) {
      gone.delete(code);
      const fresh = () => ({ code, topic, things: new Things(), around, shown: this.shown(code, around) });
      const layer = this.all.get(code) ?? fresh();
      if (!around) layer.things.replace(things);
      this.all.set(code, layer);
    }
    // A right that is over: nothing of its layer stays on the screen.
    for (const code of gone) this.all.get(code)?.things.replace([]);
    for (const topic of told.feeds) this.feeds.add(topic);
    const alerts = Object.entries(told.alerts).map(([id, value]) => alertOf(id, value));
    const found = alerts.filter(isThere);
    const live = found.filter((alert) => alert.state !== "ended");
    const fresh = this.queue.replace(live, told.waiting, told.as_of);
    this.feed.replace([...told.feed.map(happeningOf).filter(isThere), ...found.flatMap(momentsOf)]);
    return fresh;
  }

  /** Some things as they are now; returns what they are, and the alerts that ask for somebody for the first time. */
  change({ topic, things }: Change): { part: Part; asking: Alert[] } {
    const layer = this.layers().find((one) => one.topic === topic);
    if (layer) layer.things.apply(things as Record<string, Thing | null>);
    else if (this.feeds.has(topic)) this.feed.add(Object.values(things).map(happeningOf).filter(isThere));
    else if (topic === "alerts") return { part: "alerts", asking: this.changeAlerts(things) };
    else return { part: "nothing", asking: [] };
    return { part: layer ? "things" : "happenings", asking: [] };
  }

  changeAlerts(things: Readonly<Record<string, unknown>>): Alert[] {
    const asking: Alert[] = [];
    for (const [id, value] of Object.entries(things)) {
      const alert = alertOf(id, value);
      const asks = this.queue.apply(id, alert);
      if (alert) this.feed.add(momentsOf(alert));
      if (asks && alert) asking.push(alert);
    }
    return asking;
  }

  layers(): Layer[] {
    return Array.from(this.all.values());
  }

  layer(code: string): Layer | undefined {
    return this.all.get(code);
  }

  /** A thing and the code of its layer. */
  thing(id: string): { thing: Thing; layer: string } | null {
    for (const { code, things } of this.all.values()) {
      const thing = things.get(id);
      if (thing) return { thing, layer: code };
    }
    return null;
  }

  /** Those that ask for somebody, the worst first. */
  watched(): Thing[] {
    const found = this.layers().flatMap((layer) => layer.things.watched());
    return found.sort((one, other) => other.severity - one.severity);
  }

  /** Those that stand nearest to a place, whatever layer they are of. */
  around(at: readonly [number, number], besides: string, most: number): { thing: Thing; metres: number }[] {
    const held = this.layers().filter((layer) => !layer.around);
    const found = held.flatMap((layer) => nearest(layer.things.everything(), at, besides, most));
    return found.sort((one, other) => one.metres - other.metres).slice(0, most);
  }
}

function isThere<T>(one: T | null): one is T {
  return one !== null;
}
