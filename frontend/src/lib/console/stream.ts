/** The stream of what changes: resumes where it was, is made again when it is lost, and says when what is shown is old. */
import { Freshness } from "./freshness";

export interface Change {
  readonly topic: string;
  readonly things: Readonly<Record<string, unknown>>;
}

export interface Listener {
  /** Some things of a topic, as they are now. */
  change(change: Change): void;
  /** Read everything afresh: too much has happened, or rights have changed. */
  again(): void;
  /** The session is over, or nothing may be seen any more. */
  closed(): void;
  /** Whether what is shown is up to date; called when that changes, with the moment of the last news. */
  fresh(fresh: boolean, news: number): void;
  /** The server refuses the stream: find out why. */
  refused(): void;
}

/** The part of EventSource that is used, so that a test can play it. */
export interface Source {
  readonly readyState: number;
  onerror: ((event: Event) => void) | null;
  addEventListener(kind: string, heard: (event: MessageEvent<string>) => void): void;
  close(): void;
}

const CLOSED = 2;
const RETRY_AFTER = 5_000;

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An event's data as a change, null when it is none. */
export function changeOf(data: string): Change | null {
  const found: unknown = JSON.parse(data);
  if (!isRecord(found) || typeof found.topic !== "string" || !isRecord(found.things)) return null;
  return { topic: found.topic, things: found.things };
}

export class Live {
  private source: Source | null = null;
  private place: string;
  private refusedAt: number | null = null;
  private wasFresh = true;
  private paused = false;
  private over = false;
  private readonly freshness: Freshness;

  constructor(
    private readonly address: string,
    since: string,
    private readonly listener: Listener,
    private readonly open: (address: string) => Source,
    private readonly clock: () => number,
  ) {
    this.place = since;
    this.freshness = new Freshness(clock());
    this.connect();
  }

  /** Called every second or so. */
  tick(): void {
    const now = this.clock();
    if (this.over) return;
    const fresh = !this.freshness.stale(now);
    if (fresh !== this.wasFresh) {
      this.wasFresh = fresh;
      this.listener.fresh(fresh, this.freshness.news);
    }
    if (this.paused) return;
    const retry = this.refusedAt !== null && now - this.refusedAt >= RETRY_AFTER;
    if (retry || this.freshness.lost(now)) this.connect();
  }

  /** Nothing is heard from now on: everything is being read, and what came meanwhile would be newer than that. It still gets old. */
  pause(): void {
    this.paused = true;
    this.source?.close();
    this.source = null;
  }

  /** Hear what changed since that place, at which everything was read. A server that has just refused is left alone for a while. */
  goOn(since: string): void {
    this.place = since;
    this.paused = false;
    if (this.refusedAt === null) this.connect();
  }

  private stop(): void {
    this.over = true;
    this.source?.close();
  }

  private connect(): void {
    this.source?.close();
    this.refusedAt = null;
    this.freshness.reopened(this.clock());
    const source = this.open(`${this.address}?since=${encodeURIComponent(this.place)}`);
    this.source = source;
    const on = (kind: string, act: (event: MessageEvent<string>) => void) =>
      source.addEventListener(kind, (event) => {
        if (source !== this.source) return;
        this.freshness.heard(this.clock());
        this.tick();
        act(event);
        if (event.lastEventId) this.place = event.lastEventId;
      });
    on("ready", () => {});
    on("beat", () => {});
    on("again", () => this.listener.again());
    on("change", (event) => {
      const change = changeOf(event.data);
      if (change) this.listener.change(change);
    });
    on("closed", () => {
      this.stop();
      this.listener.closed();
    });
    source.onerror = () => {
      // A browser tries again by itself unless the server refused.
      if (source !== this.source || source.readyState !== CLOSED || this.over) return;
      this.refusedAt = this.clock();
      this.listener.refused();
    };
  }
}
