/** A lock by Bluetooth: frames over the two characteristics of its service, docs/spec/gate.md, section 9.
 *
 *  One frame asked, one answered, each behind its length. What the lock says is read, not notified: a read answers one question, and
 *  there is nothing to subscribe to and nothing to lose. */
import { canonical } from "./protocol/v1/strictjson";

export const SERVICE = "e1b60001-3c5e-4b7a-9a40-5f2f0b7a8c11";
export const IN = "e1b60002-3c5e-4b7a-9a40-5f2f0b7a8c11";
export const OUT = "e1b60003-3c5e-4b7a-9a40-5f2f0b7a8c11";
/** Bytes of one write: what an attribute may hold. */
export const PART = 512;
const LENGTH = 4;
/** A phone is answered by frames of the exchange only. */
const LONGEST = 8192;
/** Seconds for a link to come about, for an answer to be whole after the time that its question takes, and between two questions when there
 *  is nothing yet. */
export const LINK_PATIENCE = 30;
export const ANSWER_PATIENCE = 20;
/** Bytes a second of a link that is still worth waiting for: a full revocation list goes down well within the lock's own bound. */
export const SLOWEST = 1000;
const BETWEEN = 0.05;
const LINK_TRIES = 2;

/** `bluetooth-off`: no adapter, or it is off. `bluetooth-denied`: the browser or its owner doesn't allow it. `not-chosen`: the list was closed.
 *  `out-of-reach`: no link came about. `hung-up`: it broke. `lock-silent`: no whole answer in time. `frame-size`: it said more than an answer. */
export type Fault =
  "bluetooth-off" | "bluetooth-denied" | "not-chosen" | "out-of-reach" | "hung-up" | "lock-silent" | "frame-size";

/** Why there is no answer. */
export class Unreached {
  constructor(readonly fault: Fault) {}
}

/** What we use of Web Bluetooth, which TypeScript doesn't know. */
export interface Characteristic {
  writeValueWithResponse(part: Uint8Array<ArrayBuffer>): Promise<void>;
  readValue(): Promise<DataView>;
}
interface Service {
  getCharacteristic(uuid: string): Promise<Characteristic>;
}
interface Server {
  readonly connected: boolean;
  connect(): Promise<Server>;
  disconnect(): void;
  getPrimaryService(uuid: string): Promise<Service>;
}
export interface Peripheral {
  readonly gatt?: Server;
}
export interface Bluetooth {
  getAvailability(): Promise<boolean>;
  requestDevice(wanted: { filters: { services: string[] }[] }): Promise<Peripheral>;
}

/** Seconds pass; injected. */
export type Pass = (seconds: number) => Promise<void>;

/** A link to one lock. */
export interface Line {
  /** The bytes of the frame that answers this one. */
  ask(frame: object): Promise<Uint8Array | Unreached>;
  end(): void;
}

/** This browser's, where it has one. */
export function bluetoothOf(browser: Navigator): Bluetooth | null {
  return (browser as Navigator & { readonly bluetooth?: Bluetooth }).bluetooth ?? null;
}

function nameOf(error: unknown): string {
  return error instanceof DOMException ? error.name : "";
}

async function whyNone(bluetooth: Bluetooth, error: unknown): Promise<Unreached> {
  if (nameOf(error) === "SecurityError" || nameOf(error) === "NotAllowedError")
    return new Unreached("bluetooth-denied");
  const there = await bluetooth.getAvailability().catch(() => false);
  return new Unreached(there ? "not-chosen" : "bluetooth-off");
}

/** The lock that the person chooses in the browser's own list: only within a press, and only what shows our service is in it. */
export async function choose(bluetooth: Bluetooth): Promise<Peripheral | Unreached> {
  try {
    return await bluetooth.requestDevice({ filters: [{ services: [SERVICE] }] });
  } catch (error) {
    return whyNone(bluetooth, error);
  }
}

/** What comes of it, else that fault once so many seconds have passed. What still hangs then is left to the end of the link. */
function within<T>(seconds: number, pass: Pass, fault: Fault, work: Promise<T>): Promise<T | Unreached> {
  return Promise.race([work, pass(seconds).then(() => new Unreached(fault))]);
}

/** Of each device the newest try: they share one link, which a try that was given up must not cut under the next one. */
const newest = new WeakMap<Server, Gatt>();

/** The two characteristics of one lock, while the link stands. */
class Gatt implements Line {
  private over = false;
  private inward: Characteristic | null = null;
  private outward: Characteristic | null = null;

  constructor(
    private readonly server: Server,
    private readonly pass: Pass,
  ) {
    newest.set(server, this);
  }

  /** Whether there is a link now. The first try of a phone that has just looked around fails often enough for a second one. */
  async connect(): Promise<boolean> {
    for (let left = LINK_TRIES; left > 0 && !this.over; left--) {
      try {
        const server = await this.server.connect();
        // It came too late: nobody holds it any more
        if (this.over) break;
        const service = await server.getPrimaryService(SERVICE);
        this.inward = await service.getCharacteristic(IN);
        this.outward = await service.getCharacteristic(OUT);
        return true;
      } catch {
        this.cut();
      }
    }
    this.cut();
    return false;
  }

  ask(frame: object): Promise<Uint8Array | Unreached> {
    const bytes = canonical(frame);
    return within(ANSWER_PATIENCE + bytes.length / SLOWEST, this.pass, "lock-silent", this.exchange(bytes));
  }

  end(): void {
    this.over = true;
    this.cut();
  }

  private cut(): void {
    if (newest.get(this.server) === this) this.server.disconnect();
  }

  private async exchange(frame: Uint8Array): Promise<Uint8Array | Unreached> {
    try {
      await this.write(enclosed(frame));
      return await this.read();
    } catch {
      return new Unreached("hung-up");
    }
  }

  private async write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    for (let at = 0; at < bytes.length; at += PART)
      await this.inward?.writeValueWithResponse(bytes.slice(at, at + PART));
  }

  private async read(): Promise<Uint8Array | Unreached> {
    let bytes = new Uint8Array();
    while (!this.over) {
      const part = await this.outward?.readValue();
      if (!part || part.byteLength === 0) {
        await this.pass(BETWEEN);
        continue;
      }
      bytes = joined(bytes, part);
      const whole = bytes.length < LENGTH ? null : LENGTH + new DataView(bytes.buffer).getUint32(0);
      if (whole !== null && (whole > LENGTH + LONGEST || bytes.length > whole)) return new Unreached("frame-size");
      if (bytes.length === whole) return bytes.slice(LENGTH);
    }
    return new Unreached("hung-up");
  }
}

function enclosed(frame: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(LENGTH + frame.length);
  new DataView(bytes.buffer).setUint32(0, frame.length);
  bytes.set(frame, LENGTH);
  return bytes;
}

function joined(before: Uint8Array, part: DataView): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(before.length + part.byteLength);
  bytes.set(before);
  bytes.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), before.length);
  return bytes;
}

/** A link to the lock that was chosen; whoever has one ends it. */
export async function link(peripheral: Peripheral, pass: Pass): Promise<Line | Unreached> {
  if (!peripheral.gatt) return new Unreached("out-of-reach");
  const gatt = new Gatt(peripheral.gatt, pass);
  const there = await within(LINK_PATIENCE, pass, "out-of-reach", gatt.connect());
  if (there === true) return gatt;
  gatt.end();
  return new Unreached("out-of-reach");
}
