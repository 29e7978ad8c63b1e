/** Two notes for an immediate alert, never for anything else; only after somebody asked for it, and until they say no. */

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
    [660, 880].forEach((pitch, at) => {
      const note = audio.createOscillator();
      const level = audio.createGain();
      const start = audio.currentTime + at * 0.22;
      note.frequency.value = pitch;
      level.gain.setValueAtTime(0, start);
      level.gain.linearRampToValueAtTime(0.2, start + 0.02);
      level.gain.exponentialRampToValueAtTime(0.001, start + 0.5);
      note.connect(level).connect(audio.destination);
      note.start(start);
      note.stop(start + 0.5);
    });
  }

  private async start(): Promise<void> {
    this.audio ??= new AudioContext();
    await this.audio.resume();
  }
}
