/** A lock's radio in memory, for tests: the two characteristics, and whatever answers their frames. */
import { canonical } from "./protocol/v1/strictjson";
import { type Bluetooth, IN, OUT, PART, SERVICE } from "./radio";

const NAME = { NetworkError: "NetworkError", NotFoundError: "NotFoundError" } as const;

export type Answers = (frame: Record<string, unknown>) => Promise<object | null>;

/** `answers` gives the frame that answers another, or null for silence. */
export class Antenna {
  on = true;
  near = true;
  /** How many links fail before one comes about. */
  lost = 0;
  links = 0;
  chooser: (() => void) | null = null;
  /** Bytes of a read. */
  part = PART;
  /** Reads that find nothing yet, before each answer. */
  slow = 0;
  /** What is said instead of an answer. */
  raw: Uint8Array<ArrayBuffer> | null = null;
  /** The link breaks at the write that brings that frame. */
  breaksAt = "";
  readonly heard: string[] = [];
  readonly writes: number[] = [];
  private asked = new Uint8Array();
  private left: Uint8Array<ArrayBuffer> = new Uint8Array();
  private wait = 0;

  constructor(private readonly answers: Answers) {}

  get linked(): boolean {
    return this.links > 0;
  }

  readonly bluetooth: Bluetooth = {
    getAvailability: async () => this.on,
    requestDevice: async ({ filters }) => {
      if (filters[0]?.services[0] !== SERVICE) throw new TypeError("another service");
      if (!this.on) throw new DOMException("no adapter", NAME.NotFoundError);
      this.chooser?.();
      return { gatt: this.server };
    },
  };

  private readonly server = {
    connected: false,
    connect: async () => {
      if (!this.near || this.lost-- > 0) throw new DOMException("out of range", NAME.NetworkError);
      this.links++;
      this.asked = this.left = new Uint8Array();
      return this.server;
    },
    disconnect: () => {
      this.links = 0;
    },
    getPrimaryService: async () => ({
      getCharacteristic: async (uuid: string) => {
        const none = async () => Promise.reject(new DOMException("not permitted", "NotSupportedError"));
        return {
          writeValueWithResponse: uuid === IN ? (part: Uint8Array) => this.write(part) : none,
          readValue: uuid === OUT ? () => this.read() : none,
        };
      },
    }),
  };

  private broken(): never {
    this.links = 0;
    throw new DOMException("GATT Server is disconnected", NAME.NetworkError);
  }

  private async write(part: Uint8Array): Promise<void> {
    if (!this.linked) this.broken();
    this.writes.push(part.length);
    this.asked = Uint8Array.from([...this.asked, ...part]);
    const length = new DataView(this.asked.buffer).getUint32(0);
    if (this.asked.length < 4 + length) return;
    const frame = JSON.parse(new TextDecoder().decode(this.asked.slice(4))) as Record<string, unknown>;
    this.asked = new Uint8Array();
    this.heard.push(String(frame.f));
    if (frame.f === this.breaksAt) this.broken();
    const answer = await this.answers(frame);
    this.left = this.raw ?? (answer ? enclosed(answer) : new Uint8Array());
    this.wait = this.slow;
  }

  private async read(): Promise<DataView> {
    if (!this.linked) this.broken();
    if (this.wait-- > 0) return new DataView(new ArrayBuffer(0));
    const part = this.left.slice(0, this.part);
    this.left = this.left.slice(this.part);
    return new DataView(part.buffer);
  }
}

function enclosed(frame: object): Uint8Array<ArrayBuffer> {
  const text = canonical(frame);
  const bytes = new Uint8Array(4 + text.length);
  new DataView(bytes.buffer).setUint32(0, text.length);
  bytes.set(text, 4);
  return bytes;
}
