/** What a relay sends to whoever watches, taken apart as it comes: parts of `[length: 4 bytes, big-endian, of what follows][kind: 1
 *  byte][bytes]` (docs/spec/relay.md). Nothing here trusts the network: lengths are bounded before anything is held, and the first
 *  fault is the last word. */

/** What the relay says of the picture: for how many milliseconds it has been so, and why. */
export interface Notice {
  readonly state: "waiting" | "live" | "lost" | "ended";
  readonly cause: string | null;
  readonly since: number;
}

export type Part =
  | { readonly kind: "frame"; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: "start"; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: "fragment"; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: "notice"; readonly notice: Notice };

/** Why what came is no picture: a length outside its bound, a kind that isn't, a part out of its place, a notice that can't be read. */
export class Fault {
  constructor(readonly code: "part-size" | "part-kind" | "part-order" | "part-notice") {}
}

const HEAD = 4;
const KINDS = { 1: "frame", 2: "start", 3: "fragment", 4: "notice" } as const;
type Kind = (typeof KINDS)[keyof typeof KINDS];
/** Of the bytes after the kind. A picture has 4 MiB at most (docs/spec/relay-media.md), its head a few hundred bytes. */
export const LIMITS: Readonly<Record<Kind, number>> = {
  frame: 8192,
  start: 65_536,
  fragment: 4_194_304 + 4096,
  notice: 1024,
};
const STATES = ["waiting", "live", "lost", "ended"] as const;
const CAUSE = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/;

export class PartReader {
  private readonly chunks: Uint8Array[] = [];
  private held = 0;
  private fault: Fault | null = null;
  private framed = false;
  private started = false;

  /** The parts that these bytes complete. After a fault nothing more is read. */
  push(chunk: Uint8Array): Part[] | Fault {
    if (this.fault) return this.fault;
    if (chunk.length > 0) this.chunks.push(chunk);
    this.held += chunk.length;
    const parts: Part[] = [];
    for (let part = this.next(); part !== null; part = this.next()) {
      if (part instanceof Fault) {
        this.fault = part;
        this.chunks.length = 0;
        return part;
      }
      parts.push(part);
    }
    return parts;
  }

  /** Whether the bytes stopped inside a part. */
  get torn(): boolean {
    return this.held > 0;
  }

  private next(): Part | Fault | null {
    if (this.held <= HEAD) return null;
    const head = this.look(HEAD + 1);
    const length = new DataView(head.buffer).getUint32(0);
    const kind = KINDS[head[HEAD] as keyof typeof KINDS];
    if (length === 0) return new Fault("part-size");
    if (kind === undefined) return new Fault("part-kind");
    if (length - 1 > LIMITS[kind]) return new Fault("part-size");
    if (this.outOfPlace(kind)) return new Fault("part-order");
    if (this.held < HEAD + length) return null;
    const bytes = this.take(HEAD + length).subarray(HEAD + 1);
    this.framed = true;
    this.started ||= kind === "start";
    if (kind !== "notice") return { kind, bytes };
    const notice = readNotice(bytes);
    return notice ? { kind, notice } : new Fault("part-notice");
  }

  /** A frame comes first and never again; no fragment comes before what says how to read it. */
  private outOfPlace(kind: Kind): boolean {
    return (kind === "frame") === this.framed || (kind === "fragment" && !this.started);
  }

  private look(length: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(length);
    let at = 0;
    for (const chunk of this.chunks) {
      const piece = chunk.subarray(0, length - at);
      bytes.set(piece, at);
      at += piece.length;
      if (at === length) break;
    }
    return bytes;
  }

  private take(length: number): Uint8Array<ArrayBuffer> {
    const bytes = this.look(length);
    let left = length;
    while (left > 0) {
      const first = this.chunks[0] as Uint8Array;
      if (first.length > left) this.chunks[0] = first.subarray(left);
      else this.chunks.shift();
      left -= Math.min(left, first.length);
    }
    this.held -= length;
    return bytes;
  }
}

function readNotice(bytes: Uint8Array): Notice | null {
  let said: unknown;
  try {
    said = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return null;
  }
  if (typeof said !== "object" || said === null) return null;
  const { state: name, cause = null, since } = said as Record<string, unknown>;
  const state = STATES.find((one) => one === name);
  if (state === undefined || typeof since !== "number" || !Number.isSafeInteger(since) || since < 0) return null;
  if (cause !== null && (typeof cause !== "string" || !CAUSE.test(cause))) return null;
  return { state, cause, since };
}
