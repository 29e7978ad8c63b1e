/** One try at a door: ask the lock for its challenge, believe it or not, answer, and believe its result or not. */
import { type Answer, type Api, Problem } from "../../lib/api";
import type { Phone } from "../../lib/phone";
import type { Certificate } from "../../lib/protocol/v1/certificate";
import { type Challenge, type Mark, respond, verifyChallenge, verifyResult } from "../../lib/protocol/v1/exchange";
import { type GateFrame, readFrame } from "../../lib/protocol/v1/frames";
import { VERSION } from "../../lib/protocol/v1/keyset";
import { Refused } from "../../lib/protocol/v1/refusal";
import { rightsAt } from "./rights";
import { Stopped } from "./stopped";

export interface Ports {
  readonly api: Api;
  readonly phone: Phone;
  /** Seconds since 1970. */
  now(): number;
  /** Seconds pass. */
  pass(seconds: number): Promise<void>;
}

export interface Door {
  readonly gate: string;
  readonly person: string;
  readonly action: string;
}

/** Where the try stands: `rights` (what may this phone do here), `lock` (waiting for it), `answer` (it verifies us). */
export type Step = "rights" | "lock" | "answer";

export interface Opened {
  readonly name: string;
  readonly nonce: string;
  readonly marks: readonly Mark[];
}

function frameOf(answer: Answer): GateFrame | Stopped {
  const frame = readFrame(answer.body.frame);
  return frame instanceof Refused ? Stopped.untrusted(frame) : frame;
}

async function challengeOf(api: Api, door: Door, certificate: Certificate): Promise<Challenge | Stopped> {
  const asked = { f: "challenge-request", gate: door.gate, ver: VERSION };
  const answer = await api.post(`/api/v1/gates/${door.gate}/challenge`, { frame: asked });
  if (answer instanceof Problem) return Stopped.by(answer);
  const frame = frameOf(answer);
  if (frame instanceof Stopped) return frame;
  if (frame.f === "refused") return new Stopped(frame.reason);
  if (frame.f !== "challenge") return new Stopped("frame-type", frame.f, "not-trusted");
  const challenge = verifyChallenge(frame.challenge, { certificate, gate: door.gate });
  if (challenge instanceof Refused) return Stopped.untrusted(challenge);
  return challenge.transport === "relay" ? challenge : new Stopped("challenge-transport", "", "not-trusted");
}

/** Whether the answer may have reached the lock although nothing came back: the words must then say so. */
function mayHaveOpened({ code, status }: Problem): boolean {
  return status === 0 || status >= 500 || code === "gate-silent" || code === "unreadable";
}

/** A try, from the press of the button to the lock's own word. `at` hears of each step, with the lock's certified name once
 *  it is known. */
export async function tryDoor(
  { api, phone, now }: Ports,
  door: Door,
  at: (step: Step, name: string) => void,
): Promise<Opened | Stopped> {
  at("rights", "");
  const key = await phone.keyOf(door.person);
  if (!key) return new Stopped("no-phone");
  const rights = await rightsAt(api, phone, { ...door, key, now: now() });
  if (rights instanceof Stopped) return rights;
  const { certificate, chain } = rights;
  at("lock", certificate.name);
  const challenge = await challengeOf(api, door, certificate);
  if (challenge instanceof Stopped) return challenge;
  at("answer", certificate.name);
  const frame = await respond(challenge, { chain: chain.text, action: door.action, sign: key.sign });
  const answer = await api.post(`/api/v1/gates/${door.gate}/response`, { frame });
  if (answer instanceof Problem) return mayHaveOpened(answer) ? new Stopped("outcome-unknown") : Stopped.by(answer);
  const ended = frameOf(answer);
  if (ended instanceof Stopped) return ended;
  if (ended.f === "refused") return new Stopped(ended.reason);
  if (ended.f !== "result") return new Stopped("frame-type", ended.f, "not-trusted");
  const result = verifyResult(ended.result, { certificate, challenge });
  if (result instanceof Refused) return Stopped.untrusted(result);
  if (result.outcome !== "admitted") return new Stopped(result.outcome);
  return { name: certificate.name, nonce: challenge.nonce, marks: result.marks };
}

const WAITS = [0.5, 1, 1, 2, 2, 3, 5, 5, 10, 10, 10, 10];

/** The page of the receipt, once the register has numbered the entry; null when that takes more than a minute. */
export async function receiptOf({ api, pass }: Ports, door: Door, nonce: string): Promise<string | null> {
  for (const wait of WAITS) {
    await pass(wait);
    const answer = await api.get(`/api/v1/gates/${door.gate}/uses/${nonce}/receipt`);
    if (answer instanceof Problem || answer.status !== 200) continue;
    const { page } = answer.body;
    if (typeof page === "string" && page.startsWith("/")) return page;
  }
  return null;
}
