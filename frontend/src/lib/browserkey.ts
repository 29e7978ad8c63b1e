/** This browser's key: made here, taken by the server for some hours once the person has logged in with a second factor, made anew before
 *  they are over. With it rights are asked for; what signs at a camera is the key that the right names. */
import { type Api, Problem } from "./api";
import { browserOf, type Phone, type PhoneKey } from "./phone";
import { provePossession } from "./protocol/v1/possession";

const BASE = "/api/v1/holder";
/** Milliseconds before its end from which a key is no longer asked with: what is asked for may wait for an answer. */
const RENEWED_BEFORE = 3_600_000;

export interface Ports {
  readonly api: Api;
  readonly phone: Phone;
  /** Milliseconds since 1970. */
  now(): number;
}

/** The key to ask with, enrolled now if there is none that will do; else the problem's code. `live` are the thumbprints of those of the
 *  person's browsers that the server knows. */
export async function browserKey(ports: Ports, person: string, live: readonly string[]): Promise<PhoneKey | Problem> {
  const held = await ports.phone.keyOf(browserOf(person));
  const fresh = held?.until != null && held.until - ports.now() > RENEWED_BEFORE;
  return held && fresh && live.includes(held.thumbprint) ? held : enrol(ports, person);
}

async function enrol({ api, phone, now }: Ports, person: string): Promise<PhoneKey | Problem> {
  const asked = await api.post(`${BASE}/challenge`, {});
  if (asked instanceof Problem) return asked;
  const { nonce, audience } = asked.body;
  if (typeof nonce !== "string" || typeof audience !== "string") return new Problem("unreadable", asked.status);
  const key = await phone.makeKey(browserOf(person));
  const proof = await provePossession({ key: key.key, audience, nonce }, key.sign);
  const answer = await api.post(`${BASE}/keys/browser`, { proof });
  if (answer instanceof Problem) return answer;
  const { thumbprint, asks_until: said } = answer.body;
  const until = typeof said === "string" ? Date.parse(said) : Number.NaN;
  if (typeof thumbprint !== "string" || Number.isNaN(until)) return new Problem("unreadable", answer.status);
  const adopted = await phone.adoptBrowser(person, thumbprint, { now: now(), until });
  return adopted ? { ...key, until } : new Problem("key-other", answer.status);
}
