/** Segments into a `<video>` by Media Source Extensions: one after the other, in their order, never more than the browser takes. */
import { codecOf, isH265 } from "./codec";
import { type Held, pace } from "./pace";
import { Stop } from "./stop";

/** Bytes that may wait for the browser: beyond them it doesn't keep up, and the picture would no longer be live. */
const MOST_WAITING = 16 * 1024 * 1024;
const PACED_EVERY = 100;

type Bytes = Uint8Array<ArrayBuffer>;
type Step = { readonly type: string } | { readonly bytes: Bytes } | { readonly forget: number };

interface Sources {
  readonly ManagedMediaSource?: typeof MediaSource;
  readonly MediaSource?: typeof MediaSource;
}

/** What this browser makes pictures from: an iPhone has the managed kind only. */
function sourceKind(): typeof MediaSource | undefined {
  const { ManagedMediaSource, MediaSource } = globalThis as Sources;
  return ManagedMediaSource ?? MediaSource;
}

/** One picture, from its first initialization segment to its end. `shown` is called with the first frame that is on the screen. */
export class Picture {
  private source: MediaSource | null = null;
  private buffer: SourceBuffer | null = null;
  private codec = "";
  private readonly steps: Step[] = [];
  private waiting = 0;
  private pacing: ReturnType<typeof setInterval> | undefined;
  private broken: Stop | null = null;

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly shown: () => void,
  ) {}

  /** An initialization segment: the first, or another because the camera changed. */
  start(segment: Bytes): Stop | null {
    const codec = codecOf(segment);
    if (codec === null) return Stop.content("part-start");
    if (isH265(codec)) return Stop.content("h265");
    const type = `video/mp4; codecs="${codec}"`;
    const kind = sourceKind();
    if (!kind?.isTypeSupported(type)) return Stop.content("unplayable");
    if (this.source === null) this.begin(kind, type);
    else if (codec !== this.codec) this.steps.push({ type });
    this.codec = codec;
    return this.append(segment);
  }

  fragment(segment: Bytes): Stop | null {
    return this.append(segment);
  }

  /** Nothing more is taken; the last frame stays until another picture begins, or the screen is cleared. */
  stop(): void {
    clearInterval(this.pacing);
    this.steps.length = 0;
    this.source = null;
    this.buffer = null;
    this.video.pause();
  }

  private append(bytes: Bytes): Stop | null {
    this.waiting += bytes.length;
    if (this.waiting > MOST_WAITING) this.broken ??= Stop.content("part-behind");
    if (this.video.error) this.broken ??= Stop.content("decode");
    if (this.broken) return this.broken;
    this.steps.push({ bytes });
    this.work();
    return null;
  }

  private begin(kind: typeof MediaSource, type: string): void {
    const source = new kind();
    this.source = source;
    source.addEventListener("sourceopen", () => this.open(source, type), { once: true });
    // Safari plays its managed kind only where the picture can't be sent to another screen.
    this.video.disableRemotePlayback = true;
    const address = URL.createObjectURL(source);
    this.video.src = address;
    source.addEventListener("sourceopen", () => URL.revokeObjectURL(address), { once: true });
    const first = () => this.source === source && this.shown();
    // A page that nobody looks at draws no frame: that it plays is enough then.
    this.video.addEventListener("playing", first, { once: true });
    if ("requestVideoFrameCallback" in this.video) this.video.requestVideoFrameCallback(first);
    // Muted: no browser asks for a gesture. One that refuses all the same is paused, and its own control starts it.
    void this.video.play().catch(() => undefined);
    this.pacing = setInterval(() => this.keepPace(), PACED_EVERY);
  }

  private open(source: MediaSource, type: string): void {
    if (this.source !== source) return;
    this.buffer = source.addSourceBuffer(type);
    this.buffer.mode = "segments";
    this.buffer.addEventListener("updateend", () => this.work());
    this.work();
  }

  private work(): void {
    const buffer = this.buffer;
    if (!buffer || buffer.updating) return;
    const step = this.steps[0];
    if (!step) return;
    try {
      if ("type" in step) {
        this.steps.shift();
        buffer.changeType(step.type);
        this.work();
      } else if ("forget" in step) {
        this.steps.shift();
        buffer.remove(0, step.forget);
      } else buffer.appendBuffer(this.ripe());
    } catch {
      // The media element failed, or its memory is full although all that is old was forgotten.
      this.broken ??= Stop.content("decode");
    }
  }

  /** What waits, up to the next change, in one piece: a browser that was busy takes it at once. */
  private ripe(): Bytes {
    const pieces: Bytes[] = [];
    for (let step = this.steps[0]; step && "bytes" in step; step = this.steps[0]) {
      pieces.push(step.bytes);
      this.steps.shift();
    }
    const size = pieces.reduce((sum, piece) => sum + piece.length, 0);
    this.waiting -= size;
    const [only] = pieces;
    if (only && pieces.length === 1) return only;
    const whole = new Uint8Array(size);
    let at = 0;
    for (const piece of pieces) {
      whole.set(piece, at);
      at += piece.length;
    }
    return whole;
  }

  private keepPace(): void {
    const { video } = this;
    if (!this.buffer) return;
    const held = rangesOf(video.buffered);
    const told = pace({ at: video.currentTime, rate: video.playbackRate, held });
    if (told.seek !== null && !video.seeking) video.currentTime = told.seek;
    if (video.playbackRate !== told.rate) video.playbackRate = told.rate;
    if (told.forget !== null && this.steps.every((step) => !("forget" in step))) {
      this.steps.push({ forget: told.forget });
      this.work();
    }
  }
}

function rangesOf(ranges: TimeRanges): Held[] {
  return Array.from({ length: ranges.length }, (_, at) => ({ start: ranges.start(at), end: ranges.end(at) }));
}

/** Nothing is left on the screen. */
export function blank(video: HTMLVideoElement): void {
  video.removeAttribute("src");
  video.load();
}
