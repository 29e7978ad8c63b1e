/** The exchange with a relay, straight to it over HTTP (docs/spec/gate.md, section 6, transport `network`): who are you, a challenge,
 *  the proof. What the relay says is believed only under the pinned key set, and only from the relay that the page named. */
import { type Certificate, verifyCertificate } from "../protocol/v1/certificate";
import { type Challenge, type Response as Answer, respond, verifyChallenge } from "../protocol/v1/exchange";
import { decodeFrame, type GateFrame } from "../protocol/v1/frames";
import { type KeySet, VERSION } from "../protocol/v1/keyset";
import type { Signer } from "../protocol/v1/jws";
import { Refused } from "../protocol/v1/refusal";
import { canonical } from "../protocol/v1/strictjson";
import { Stop } from "./stop";

export const ACTION = "view";
const TRANSPORT = "network";
/** Milliseconds for one frame and its answer. */
const PATIENCE = 5_000;
const MOST_BYTES = 8192;

/** A camera, the relay that signs for it, and the right to look. */
export interface Camera {
  readonly gate: string;
  readonly relay: { readonly id: string; readonly address: string };
  readonly chain: string;
}

export interface Hands {
  readonly fetch: typeof fetch;
  readonly sign: Signer;
  readonly keyset: KeySet;
  /** Seconds since 1970. */
  now(): number;
}

/** What the relay will be asked to admit, and what its result is checked against. */
export interface Ready {
  readonly certificate: Certificate;
  readonly challenge: Challenge;
  readonly answer: Answer;
}

export function addressOf({ relay, gate }: Camera, what: "frame" | "watch"): string {
  return `${relay.address.replace(/\/+$/, "")}/v1/${encodeURIComponent(gate)}/${what}`;
}

/** One frame to the relay. Nothing of this browser's goes along: no cookie, no address of the page. */
export function sending(frame: object, signal: AbortSignal): RequestInit {
  return {
    method: "POST",
    body: canonical(frame),
    headers: { "Content-Type": "application/json" },
    mode: "cors",
    credentials: "omit",
    cache: "no-store",
    redirect: "error",
    referrerPolicy: "no-referrer",
    signal,
  };
}

/** A signal of its own, aborted with that of the caller and when time is up. */
export interface Patience {
  readonly signal: AbortSignal;
  /** What was waited for is there: time no longer counts. */
  heard(): void;
  done(): void;
}

export function patience(milliseconds: number, outer: AbortSignal): Patience {
  const inner = new AbortController();
  const abort = () => inner.abort();
  const timer = setTimeout(abort, milliseconds);
  if (outer.aborted) abort();
  outer.addEventListener("abort", abort, { once: true });
  const heard = () => clearTimeout(timer);
  const done = () => {
    heard();
    outer.removeEventListener("abort", abort);
  };
  return { signal: inner.signal, heard, done };
}

async function ask(hands: Hands, camera: Camera, frame: object, outer: AbortSignal): Promise<GateFrame | Stop> {
  const { signal, done } = patience(PATIENCE, outer);
  try {
    const answer = await hands.fetch(addressOf(camera, "frame"), sending(frame, signal));
    if (!answer.ok) return Stop.answer(answer.status);
    const bytes = new Uint8Array(await answer.arrayBuffer());
    const read = bytes.length > MOST_BYTES ? new Refused("frame-size") : decodeFrame(bytes);
    if (read instanceof Refused) return Stop.distrust(read);
    return read.f === "refused" ? Stop.refused(read.reason) : read;
  } catch {
    return Stop.network("network");
  } finally {
    done();
  }
}

async function believe(hands: Hands, camera: Camera, signal: AbortSignal): Promise<Certificate | Stop> {
  const said = await ask(hands, camera, { f: "hello", ver: VERSION }, signal);
  if (said instanceof Stop) return said;
  if (said.f !== "gate") return Stop.distrust(new Refused("frame-type", said.f));
  const certificate = verifyCertificate(said.certificate, { keyset: hands.keyset, now: hands.now() });
  return certificate instanceof Refused ? Stop.distrust(certificate) : certificate;
}

/** Everything before the picture: whom we speak with, what it asks, and our answer. */
export async function prepare(hands: Hands, camera: Camera, signal: AbortSignal): Promise<Ready | Stop> {
  const certificate = await believe(hands, camera, signal);
  if (certificate instanceof Stop) return certificate;
  const asked = await ask(hands, camera, { f: "challenge-request", gate: camera.gate, ver: VERSION }, signal);
  if (asked instanceof Stop) return asked;
  if (asked.f !== "challenge") return Stop.distrust(new Refused("frame-type", asked.f));
  const challenge = verifyChallenge(asked.challenge, { certificate, gate: camera.gate, relay: camera.relay.id });
  if (challenge instanceof Refused) return Stop.distrust(challenge);
  if (challenge.transport !== TRANSPORT) return Stop.distrust(new Refused("challenge-transport", challenge.transport));
  const answer = await respond(challenge, { chain: camera.chain, action: ACTION, sign: hands.sign });
  return { certificate, challenge, answer };
}
