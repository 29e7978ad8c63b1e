/** A relay of one camera, for tests: it speaks as a real one does, and goes wrong where a test wants it to. */
import { expectTaken } from "../protocol/v1/refusal";
import { verifyKeySet } from "../protocol/v1/keyset";
import * as world from "../protocol/v1/world.fixture";
import type { Camera, Hands } from "./exchange";
import { part } from "./parts.fixture";

export const CAMERA = "camera-12";
export const RELAY = "relay-1";

export const said = {
  certificate: (changes: object = {}) => world.certificate({ kind: "relay", name: "Relais", sub: RELAY, ...changes }),
  challenge: (changes: object = {}, by = world.DEVICE) =>
    world.challenge({ gate: CAMERA, transport: "network", ...changes }, by, RELAY),
  result: (changes: object = {}, by = world.DEVICE) => world.result({ gate: CAMERA, ...changes }, by, RELAY),
};

export class RelayOf {
  readonly asked: Request[] = [];
  readonly frames: Record<string, unknown>[] = [];
  certificate = said.certificate();
  challenge: Promise<string | object> = said.challenge();
  result: Promise<string | object> = said.result();
  /** What follows the result, and whether the connection then stays open. */
  parts: readonly Uint8Array[] = [];
  open = false;
  status = 200;
  /** Refuses connections. */
  away = false;

  readonly fetch: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    this.asked.push(request);
    if (this.away) throw new TypeError("Failed to fetch");
    const frame = (await request.json()) as Record<string, unknown>;
    this.frames.push(frame);
    if (this.status !== 200) return new Response("", { status: this.status });
    if (frame.f === "hello") {
      const answer = { certificate: await this.certificate, gate: CAMERA, keyset: 3, revocations: [3, 4] };
      return answered({ ...answer, f: "gate", unreceipted: 0, ver: 1 });
    }
    if (frame.f === "challenge-request") return answered(await framed("challenge", this.challenge));
    return new Response(this.stream(await framed("result", this.result), request.signal));
  };

  camera(chain = "chain"): Camera {
    return { gate: CAMERA, relay: { id: RELAY, address: "https://relay.test/" }, chain };
  }

  async hands(): Promise<Hands> {
    const roots = world.ROOTS.map((root) => root.key);
    const keyset = expectTaken(verifyKeySet(await world.keyset(), { roots, authority: world.AUTHORITY }));
    const { sign } = await world.holder();
    return { fetch: this.fetch, sign, keyset, now: () => world.NOW };
  }

  private stream(first: object, signal: AbortSignal): ReadableStream<Uint8Array> {
    return new ReadableStream({
      start: (controller) => {
        for (const bytes of [part("frame", canonically(first)), ...this.parts]) controller.enqueue(bytes);
        if (!this.open) controller.close();
        signal.addEventListener("abort", () => {
          if (this.open) controller.error(new DOMException("left", "AbortError"));
        });
      },
    });
  }
}

/** A token in its frame, or a frame as it is. */
async function framed(name: string, given: Promise<string | object>): Promise<object> {
  const token = await given;
  return typeof token === "string" ? { f: name, [name]: token } : token;
}

function canonically(frame: object): string {
  return JSON.stringify(Object.fromEntries(Object.entries(frame).sort(([one], [other]) => (one < other ? -1 : 1))));
}

function answered(frame: object): Response {
  return new Response(canonically(frame), { headers: { "Content-Type": "application/json" } });
}
