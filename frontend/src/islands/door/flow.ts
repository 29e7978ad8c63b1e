/** One try at a door: ask the lock for its challenge, believe it or not, answer, and believe its result or not. */
import { type Api, Problem } from "../../lib/api";
import type { Phone } from "../../lib/phone";
import { type Bluetooth, choose, type Line, link, Unreached } from "../../lib/radio";
import { type Certificate, verifyCertificate } from "../../lib/protocol/v1/certificate";
import { type Mark, respond, verifyChallenge, verifyResult } from "../../lib/protocol/v1/exchange";
import { decodeFrame, type GateFrame, readFrame } from "../../lib/protocol/v1/frames";
import type { Transport } from "../../lib/protocol/v1/grant";
import { VERSION } from "../../lib/protocol/v1/keyset";
import { Refused } from "../../lib/protocol/v1/refusal";
import { isAfter } from "../../lib/protocol/v1/revocation";
import type { Kept } from "../../lib/rights/kept";
import { isUnreached, keptRights, type Rights, rightsAt, type Wanted } from "../../lib/rights/rights";
import { Stopped } from "../../lib/rights/stopped";

export interface Ports {
  readonly api: Api;
  readonly phone: Phone;
  /** Null where nothing may be kept. */
  readonly kept: Kept | null;
  /** Null on a browser that has none. */
  readonly bluetooth: Bluetooth | null;
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

/** Where the try stands: `choose` (among the locks that are near), `rights` (what may this phone do here), `lock` (waiting for it), `answer` (it verifies us). */
export type Step = "choose" | "rights" | "lock" | "answer";
type At = (step: Step, name: string) => void;

export interface Opened {
  readonly name: string;
  readonly nonce: string;
  readonly marks: readonly Mark[];
}

/** Carries a frame to the lock; what comes back is a frame, or why there is none. */
type Carry = <F extends { readonly f: string }>(frame: F) => Promise<GateFrame | Stopped>;

function believed(frame: GateFrame | Refused): GateFrame | Stopped {
  return frame instanceof Refused ? Stopped.untrusted(frame) : frame;
}

/** Through the server. */
function relay(api: Api, door: Door): Carry {
  return async (frame) => {
    const last = frame.f === "response";
    const answer = await api.post(`/api/v1/gates/${door.gate}/${last ? "response" : "challenge"}`, { frame });
    if (!(answer instanceof Problem)) return believed(readFrame(answer.body.frame));
    if (last && mayHaveOpened(answer)) return new Stopped("outcome-unknown");
    return isUnreached(answer) ? new Stopped("network") : Stopped.by(answer);
  };
}

/** Whether the answer may have reached the lock although nothing came back: the words must then say so. */
function mayHaveOpened({ code, status }: Problem): boolean {
  return status === 0 || status >= 500 || code === "gate-silent" || code === "unreadable";
}

/** Straight to the lock. */
function radio(line: Line): Carry {
  return async (frame) => {
    const bytes = await line.ask(frame);
    if (!(bytes instanceof Unreached)) return believed(decodeFrame(bytes));
    if (bytes.fault === "frame-size") return new Stopped(bytes.fault, "", "not-trusted");
    return new Stopped(frame.f === "response" ? "outcome-unknown" : bytes.fault);
  };
}

/** The frame of that kind; a refusal is the lock's own, and any other kind has no place there. */
function expected<F extends GateFrame["f"]>(f: F, frame: GateFrame | Stopped): Extract<GateFrame, { f: F }> | Stopped {
  if (frame instanceof Stopped) return frame;
  if (frame.f === "refused") return new Stopped(frame.reason);
  if (frame.f !== f) return new Stopped("frame-type", frame.f, "not-trusted");
  return frame as Extract<GateFrame, { f: F }>;
}

/** What is the same over any transport: the lock's challenge, our answer, its word. */
async function exchange(
  carry: Carry,
  door: Door,
  { certificate, chain }: Pick<Rights, "certificate" | "chain">,
  { key, transport }: Pick<Wanted, "key" | "transport">,
  at: At,
): Promise<Opened | Stopped> {
  at("lock", certificate.name);
  const asked = expected("challenge", await carry({ f: "challenge-request", gate: door.gate, ver: VERSION }));
  if (asked instanceof Stopped) return asked;
  const challenge = verifyChallenge(asked.challenge, { certificate, gate: door.gate });
  if (challenge instanceof Refused) return Stopped.untrusted(challenge);
  if (challenge.transport !== transport) return new Stopped("challenge-transport", "", "not-trusted");
  at("answer", certificate.name);
  const said = expected(
    "result",
    await carry(await respond(challenge, { chain: chain.text, action: door.action, sign: key.sign })),
  );
  if (said instanceof Stopped) return said;
  const result = verifyResult(said.result, { certificate, challenge });
  if (result instanceof Refused) return Stopped.untrusted(result);
  if (result.outcome !== "admitted") return new Stopped(result.outcome);
  return { name: certificate.name, nonce: challenge.nonce, marks: result.marks };
}

async function wantedAt({ phone, now }: Ports, door: Door, transport: Transport): Promise<Wanted | Stopped> {
  const key = await phone.keyOf(door.person);
  return key ? { ...door, transport, key, now: now() } : new Stopped("no-phone");
}

/** A try through the server, from the press of the button to the lock's own word. `at` hears of each step, with the lock's
 *  certified name once it is known. */
export async function tryDoor(ports: Ports, door: Door, at: At): Promise<Opened | Stopped> {
  at("rights", "");
  const wanted = await wantedAt(ports, door, "relay");
  if (wanted instanceof Stopped) return wanted;
  const rights = await rightsAt(ports, wanted);
  if (rights instanceof Stopped) return rights;
  return exchange(relay(ports.api, door), door, rights, wanted, at);
}

/** Whether this phone could try straight at the lock now; else what it lacks. */
export type Way = "radio" | "no-bluetooth" | "no-rights";

/** With anything else that is wrong, a date above all, a try says what to do about it. */
const NO_RIGHTS = ["no-phone", "no-rights-kept", "transport-not-admitted"];

export async function wayOf(ports: Ports, door: Door): Promise<Way> {
  if (!ports.bluetooth) return "no-bluetooth";
  const wanted = await wantedAt(ports, door, "local");
  const rights = wanted instanceof Stopped ? wanted : await keptRights(ports, wanted);
  return rights instanceof Stopped && NO_RIGHTS.includes(rights.codes[0] ?? "") ? "no-rights" : "radio";
}

/** A try straight at the lock, with what is kept: no server has a part in it. To be called from a press, before anything is waited
 *  for: the browser shows its list of locks to whoever pressed. */
export async function tryRadio(ports: Ports, door: Door, at: At): Promise<Opened | Stopped> {
  if (!ports.bluetooth) return new Stopped("no-bluetooth");
  const choosing = choose(ports.bluetooth);
  at("choose", "");
  const chosen = await choosing;
  if (chosen instanceof Unreached) return new Stopped(chosen.fault);
  const wanted = await wantedAt(ports, door, "local");
  if (wanted instanceof Stopped) return wanted;
  const rights = await keptRights(ports, wanted);
  if (rights instanceof Stopped) return rights;
  at("lock", rights.certificate.name);
  const talk = async (withNews: boolean): Promise<Opened | Stopped | null> => {
    const line = await link(chosen, ports.pass);
    if (line instanceof Unreached) return new Stopped(line.fault);
    try {
      return await spoken(line, door, { ...rights, withNews }, wanted, at);
    } finally {
      line.end();
    }
  };
  // Nobody stays out because of news that don't get through
  return (await talk(true)) ?? (await talk(false)) ?? new Stopped("hung-up");
}

/** Null when the news broke the link: nothing else was asked. */
async function spoken(
  line: Line,
  door: Door,
  rights: Rights & { readonly withNews: boolean },
  wanted: Wanted,
  at: At,
): Promise<Opened | Stopped | null> {
  const carry = radio(line);
  const gate = expected("gate", await carry({ f: "hello", ver: VERSION }));
  if (gate instanceof Stopped) return gate;
  const certificate = verifyCertificate(gate.certificate, { keyset: rights.keyset, now: wanted.now });
  if (certificate instanceof Refused) return Stopped.untrusted(certificate);
  if (certificate.device !== door.gate || gate.gate !== door.gate) {
    return new Stopped("gate-other", certificate.name, "not-trusted");
  }
  const news = rights.withNews ? newsFor(gate, certificate, rights) : null;
  // Whether the lock takes them is its own affair; that it is there is not
  if (news && (await line.ask({ f: "carry-down", ...news })) instanceof Unreached) return null;
  return exchange(carry, door, { certificate, chain: rights.chain }, wanted, at);
}

/** What the lock holds an older one of, or none: a list that it takes now may be what refuses us, and that is as it should be. */
function newsFor(
  gate: Extract<GateFrame, { f: "gate" }>,
  held: Certificate,
  { keyset, certificate, revocation }: Rights,
): Record<string, string> | null {
  const news: Record<string, string> = {};
  if (keyset.number > gate.keyset) news.keyset = keyset.token;
  if (certificate.start > held.start) news.certificate = certificate.token;
  if (revocation && isAfter([revocation.keyset, revocation.number], gate.revocations)) {
    news.revocation = revocation.token;
  }
  return Object.keys(news).length > 0 ? news : null;
}

/** How a try goes: through the server, or straight to the lock by Bluetooth. */
export type By = "relay" | "radio";

/** How the next try goes after one that ended so: as that one went, where trying again is all it takes. With nothing kept only the server
 *  can help. */
export function againBy(way: By, state: string, codes: readonly string[]): By {
  return way === "radio" && state === "again" && !codes.includes("no-rights-kept") ? "radio" : "relay";
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
