/** "Still intervening?": asked when the server says so, seen and heard, with what is left of its two minutes; any key or click answers. */
import { left, passed, type ServerClock } from "../../lib/video/clock";
import { part } from "../console/fill";
import { Voice } from "./voice";
import type { Words } from "./words";

const RINGS_EVERY = 10_000;
/** Seconds left at which it is said. */
const SAID = [120, 60, 30, 10];
const PITCHES = [880, 660, 880];

export class Still {
  private readonly dialog: HTMLDialogElement;
  private readonly voice: Voice;
  private closes: number | null = null;
  private answered: number | null = null;
  private rung = Number.NEGATIVE_INFINITY;
  private before = Number.POSITIVE_INFINITY;

  /** `answer` tells the server, and whether it heard; `over` is called once when nobody answered in time. */
  constructor(
    private readonly root: HTMLElement,
    private readonly words: Words,
    private readonly clock: ServerClock,
    private readonly answer: () => Promise<boolean>,
    private readonly over: () => void,
  ) {
    this.dialog = part<HTMLDialogElement>(root, "still");
    // On the tiles too: one in full screen hides the rest of the page.
    this.voice = new Voice([
      part(root, "quiet"),
      ...root.querySelectorAll<HTMLElement>('[data-tile] [data-part="silent"]'),
    ]);
    for (const name of ["keydown", "pointerdown", "click"] as const) {
      // Before anything else hears of it: a key that answers does nothing else.
      document.addEventListener(name, (event) => this.touched(event), { capture: true });
    }
    this.dialog.addEventListener("cancel", (event) => event.preventDefault());
  }

  /** Whether it may be asked at all, hence must be heard. */
  expect(asked: boolean): void {
    this.voice.want(asked);
  }

  /** What the server says: the moment at which the image closes, or null when nothing is asked. */
  set(closes: number | null): void {
    if (closes === this.answered) return;
    this.answered = null;
    this.closes = closes;
    this.tick();
  }

  /** Nothing is asked any more, whatever was. */
  end(): void {
    this.answered = this.closes = null;
    this.hide();
  }

  tick(): void {
    if (this.closes === null) return this.hide();
    const now = this.clock.now();
    const rest = this.closes - now;
    if (rest <= 0) {
      this.end();
      this.over();
      return;
    }
    this.show(rest, now);
  }

  private show(rest: number, now: number): void {
    if (!this.dialog.open) {
      this.dialog.showModal();
      this.before = Number.POSITIVE_INFINITY;
    }
    const text = left(rest);
    for (const place of this.root.querySelectorAll<HTMLElement>('[data-slot="still-left"]')) {
      if (place.textContent !== text) place.textContent = text;
    }
    const mark = passed(SAID, this.before, rest);
    if (mark !== null || this.before === Number.POSITIVE_INFINITY) {
      part(this.dialog, "still-said").textContent = this.words.copy("still", { left: text });
    }
    this.before = rest;
    if (now - this.rung < RINGS_EVERY) return;
    this.rung = now;
    void this.voice.ring(PITCHES);
  }

  private hide(): void {
    if (this.dialog.open) this.dialog.close();
    part(this.dialog, "still-failed").hidden = true;
    this.rung = Number.NEGATIVE_INFINITY;
  }

  private touched(event: Event): void {
    if (!this.dialog.open) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    void this.tell();
  }

  private async tell(): Promise<void> {
    const asked = this.closes;
    if (asked === null || this.answered === asked) return;
    this.answered = asked;
    if (await this.answer()) {
      if (this.closes === asked) {
        this.closes = null;
        this.hide();
      }
      return;
    }
    // The question stands, and so does its end: whoever is there tries again.
    this.answered = null;
    part(this.dialog, "still-failed").hidden = false;
  }
}
