/** One camera on the page: looks through its relay for as long as there is a right to, and shows how that stands. */
import type { Moments } from "../../lib/console/moment";
import { keepLooking, type Look, passing } from "../../lib/video/again";
import { left, type ServerClock } from "../../lib/video/clock";
import type { Hands } from "../../lib/video/exchange";
import type { TileFacts } from "../../lib/video/facts";
import type { Notice } from "../../lib/video/parts";
import { blank, Picture } from "../../lib/video/picture";
import type { Stop } from "../../lib/video/stop";
import { BEGINNING, type Happening, mayAskAgain, next, type Tile } from "../../lib/video/tile";
import { type Sink, watch } from "../../lib/video/watch";
import { draw } from "../../lib/video/watermark";
import { part } from "../console/fill";
import { textOf, type Words } from "./words";

/** What all tiles share. */
export interface Setting {
  readonly words: Words;
  readonly clock: ServerClock;
  readonly moments: Moments;
  /** A sentence for those who don't see, about one tile. */
  say(sentence: string): void;
  /** A look ended for good: what the server knows may have changed. */
  ended(): void;
}

export class TileView implements Sink {
  /** What the register calls the use that is under way; empty when there is none. */
  nonce = "";
  readonly video: HTMLVideoElement;
  private readonly mark: HTMLCanvasElement;
  private readonly word: HTMLElement;
  private tile: Tile = BEGINNING;
  private told = "";
  private picture: Picture | null = null;
  private looking: AbortController | null = null;
  private seen = false;

  constructor(
    readonly root: HTMLElement,
    private facts: TileFacts,
    private readonly setting: Setting,
  ) {
    this.video = part<HTMLVideoElement>(root, "video");
    this.mark = part<HTMLCanvasElement>(root, "watermark");
    this.word = part(root, "word");
    this.show();
  }

  get state(): Tile["name"] {
    return this.tile.name;
  }

  get name(): string {
    return this.facts.name;
  }

  get mayAskAgain(): boolean {
    return mayAskAgain(this.tile);
  }

  /** "Nina Roche · 23/11/2026 09:14:05 · 8c7f1f5a" */
  watermark(grant: string): string {
    const moment = this.setting.moments.stamp(new Date(this.setting.clock.now()));
    return `${this.facts.holder} · ${moment} · ${grant}`;
  }

  /** There is a right: look, unless that is under way or ended already. */
  begin(hands: Hands, facts: TileFacts): void {
    this.facts = facts;
    if (this.looking === null && this.tile.name === "granting") this.look(hands);
  }

  /** Look again after an end. */
  again(hands: Hands, facts: TileFacts): void {
    this.facts = facts;
    if (this.mayAskAgain) this.look(hands);
  }

  /** Nothing more is looked at or shown: `stop` says why, unless an end has been said already, of which the server knows more. */
  close(stop: Stop): void {
    this.looking?.abort();
    this.looking = null;
    this.clear();
    if (!this.mayAskAgain || (stop.by === "server" && this.tile.name === "ended")) {
      this.happen({ what: "stopped", stop });
    }
  }

  /** Every half second or so. */
  tick(grant: string): void {
    const now = this.setting.clock.now();
    const text = this.mayAskAgain ? "" : left(this.facts.ends - now);
    for (const place of this.root.querySelectorAll<HTMLElement>('[data-slot="left"]')) {
      if (place.textContent !== text) place.textContent = text;
    }
    if (this.tile.name === "live" || this.tile.name === "lost") this.write(grant);
  }

  /** Milliseconds of the right that are left. */
  get leftOver(): number {
    return this.facts.ends - this.setting.clock.now();
  }

  admitted(nonce: string): void {
    this.nonce = nonce;
  }

  notice(notice: Notice): void {
    this.happen({ what: "notice", notice });
  }

  start(bytes: Uint8Array<ArrayBuffer>): Stop | null {
    this.picture ??= new Picture(this.video, () => {
      this.seen = true;
      this.happen({ what: "shown" });
    });
    return this.picture.start(bytes);
  }

  fragment(bytes: Uint8Array<ArrayBuffer>): Stop | null {
    // A camera that is back, in the same stream: a frame of it is as good as the first.
    if (this.seen && this.tile.name === "lost") this.happen({ what: "shown" });
    return this.picture?.fragment(bytes) ?? null;
  }

  private look(hands: Hands): void {
    const looking = new AbortController();
    this.looking = looking;
    const { signal } = looking;
    const once = async (): Promise<Look> => {
      this.happen({ what: "ask" });
      this.seen = false;
      const stop = await watch(hands, this.facts, this, signal);
      if (!signal.aborted) this.nonce = "";
      return { stop, seen: this.seen };
    };
    const lost = (stop: Stop) => {
      if (signal.aborted) return;
      // The last frame stays, under the words: the next look begins a picture of its own.
      this.picture?.stop();
      this.picture = null;
      this.happen({ what: "stopped", stop });
    };
    void keepLooking(once, lost, passing(signal), signal).then((stop) => {
      if (this.looking !== looking) return;
      this.close(stop);
      this.setting.ended();
    });
  }

  private clear(): void {
    this.picture?.stop();
    this.picture = null;
    blank(this.video);
    this.nonce = "";
    this.seen = false;
  }

  private happen(happening: Happening): void {
    this.tile = next(this.tile, happening, this.setting.clock.now());
    this.show();
  }

  private show(): void {
    const { words, moments } = this.setting;
    const since = "since" in this.tile ? moments.precisely(new Date(this.tile.since)) : "";
    const why = "codes" in this.tile ? words.why(this.tile.codes) : "";
    const content = words.state(this.tile.name, { since, why, name: this.name });
    const text = textOf(content);
    this.root.dataset.state = this.tile.name;
    this.word.hidden = this.tile.name === "live";
    const sentence = words.copy("said", { name: this.name, words: text });
    if (sentence === this.told) return;
    this.word.replaceChildren(content);
    // Asking takes a moment, and what follows is said: it would be told twice.
    if (this.told !== "" && this.tile.name !== "asking") this.setting.say(sentence);
    this.told = sentence;
  }

  private write(grant: string): void {
    const { clientWidth, clientHeight } = this.video;
    const scale = globalThis.devicePixelRatio || 1;
    this.mark.width = Math.round(clientWidth * scale);
    this.mark.height = Math.round(clientHeight * scale);
    const pen = this.mark.getContext("2d");
    if (pen && this.mark.width > 0) draw(pen, this.watermark(grant));
  }
}
