/** Two notes for an immediate alert, never for anything else; only after somebody asked for it, and until they say no. */

import { ring } from "../../lib/bell";

const KEPT = "console-sound";

export class Sound {
  private audio: AudioContext | null = null;

  constructor(private readonly store: Storage) {
    if (!this.wanted) return;
    // A browser makes no sound before it was touched: the first touch of the page will do.
    const first = () => void this.start();
    addEventListener("pointerdown", first, { once: true });
    addEventListener("keydown", first, { once: true });
  }

  get wanted(): boolean {
    return this.store.getItem(KEPT) === "on";
  }

  /** Turns it on or off; returns which. Called by a gesture. */
  async toggle(): Promise<boolean> {
    if (this.wanted) {
      this.store.removeItem(KEPT);
      return false;
    }
    this.store.setItem(KEPT, "on");
    await this.start();
    this.ring();
    return true;
  }

  ring(): void {
    const audio = this.audio;
    if (!audio || !this.wanted || audio.state !== "running") return;
    ring(audio);
  }

  private async start(): Promise<void> {
    this.audio ??= new AudioContext();
    await this.audio.resume();
  }
}
