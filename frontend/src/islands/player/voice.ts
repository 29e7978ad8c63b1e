/** What the question is heard by: while the browser lets this page make no sound, the page and each picture say so, and one touch turns it on. */
import { maySound } from "../../lib/autoplay";
import { ring } from "../../lib/bell";

/** What browsers take for a touch: a finger counts once it leaves the screen. */
const TOUCHES = ["keydown", "mousedown", "pointerup", "click"] as const;
/** How long a sound device may take before it counts as off. */
const PATIENCE = 1000;

export class Voice {
  private audio: AudioContext | null = null;
  private wanted = false;
  private known = false;

  constructor(private readonly notices: readonly HTMLElement[]) {
    // On the window, before the question takes the event for its answer.
    for (const name of TOUCHES) addEventListener(name, () => this.touched(), { capture: true });
  }

  /** Whether something may have to be heard. */
  want(wanted: boolean): void {
    if (wanted === this.wanted) return;
    this.wanted = wanted;
    this.tell();
    if (wanted) void this.begin();
  }

  /** Rings where it can: what could not be heard isn't made up for. */
  async ring(pitches: readonly number[]): Promise<void> {
    if (!this.sounds) await this.begin();
    if (this.audio && this.sounds) ring(this.audio, pitches);
  }

  private get sounds(): boolean {
    return this.audio?.state === "running";
  }

  private async begin(): Promise<void> {
    if (await maySound()) await this.start();
    this.known = true;
    this.tell();
  }

  private touched(): void {
    // Not each key is a touch for a browser: Escape isn't.
    if (!this.wanted || this.sounds || navigator.userActivation?.hasBeenActive === false) return;
    void this.start();
  }

  private async start(): Promise<void> {
    if (!this.audio) {
      this.audio = new AudioContext();
      this.audio.addEventListener("statechange", () => this.tell());
    }
    await Promise.race([this.audio.resume(), new Promise((late) => setTimeout(late, PATIENCE))]);
  }

  private tell(): void {
    const heard = !this.wanted || !this.known || this.sounds;
    for (const notice of this.notices) notice.hidden = heard;
  }
}
