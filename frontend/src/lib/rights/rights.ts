/** What the phone may show a lock, and whether it believes that lock: from the answer of `holder/grants`, or from what is kept of
 *  it where no server answers; always verified from the pinned roots down. */
import { type Api, Problem } from "../api";
import type { Phone, PhoneKey } from "../phone";
import { type Certificate, verifyCertificate } from "../protocol/v1/certificate";
import { type Chain, holderOf, scopeOf, verifyChain } from "../protocol/v1/chain";
import { type OctetKey, readOctetKey, thumbprint } from "../protocol/v1/jwk";
import type { KeySet } from "../protocol/v1/keyset";
import { Refused } from "../protocol/v1/refusal";
import { type RevocationList, verifyRevocationList } from "../protocol/v1/revocation";
import { type Claim, trusted } from "../trust";
import type { Kept, KeptRights, Lists } from "./kept";
import { Stopped } from "./stopped";

export interface Rights {
  readonly keyset: KeySet;
  readonly certificate: Certificate;
  readonly chain: Chain;
  /** The newest that is known, to be carried to the lock; null when there is none. */
  readonly revocation: RevocationList | null;
}

interface Doorstep extends Claim {
  readonly certificate: string;
  readonly chains: readonly string[];
  readonly revocation: string;
}

export interface Wanted {
  readonly gate: string;
  readonly person: string;
  readonly action: string;
  readonly key: PhoneKey;
  /** Seconds since 1970, by the phone's clock. */
  readonly now: number;
}

function isString(value: unknown): value is string {
  return typeof value === "string";
}

function readDoorstep(body: Record<string, unknown>): Doorstep | null {
  const { authority, roots, keyset, certificate, chains, revocation } = body;
  if (!isString(authority) || !isString(keyset) || !isString(certificate)) return null;
  if (!Array.isArray(roots) || !Array.isArray(chains) || !chains.every(isString)) return null;
  const keys = roots.map((jwk) => readOctetKey(jwk)).filter((key): key is OctetKey => !(key instanceof Refused));
  return { authority, roots: keys, keyset, certificate, chains, revocation: isString(revocation) ? revocation : "" };
}

/** Of several chains, those that this phone's key may use at this lock. */
function usable(chains: readonly Chain[], wanted: Wanted): Chain[] {
  const ours = chains.filter((chain) => thumbprint(holderOf(chain)) === wanted.key.thumbprint);
  return ours.filter((chain) => {
    const scope = scopeOf(chain);
    return scope.resources.includes(wanted.gate) && scope.actions.includes(wanted.action);
  });
}

/** The first chain that this phone's key may use at this lock, one in force before any other; else why there is none. */
function choose(read: readonly (Chain | Refused)[], wanted: Wanted): Chain | Stopped {
  const sound = read.filter((chain): chain is Chain => !(chain instanceof Refused));
  const here = usable(sound, wanted);
  // The lock's clock decides, not the phone's: a right that looks ended is shown all the same when there is no other.
  const first =
    here.find((chain) => scopeOf(chain).start <= wanted.now && wanted.now < scopeOf(chain).end) ?? here.at(0);
  if (first) return first;
  const refused = read.find((chain): chain is Refused => chain instanceof Refused);
  if (sound.some((chain) => thumbprint(holderOf(chain)) === wanted.key.thumbprint))
    return new Stopped("resource-not-granted");
  if (sound.length > 0) return new Stopped("phone-other");
  return refused ? Stopped.untrusted(refused) : new Stopped("no-order");
}

/** What was said, once everything in it is verified. */
async function weigh(phone: Phone, said: Doorstep, wanted: Wanted): Promise<Rights | Stopped> {
  const keyset = await trusted(phone, said);
  if (keyset instanceof Refused) return Stopped.untrusted(keyset);
  const certificate = verifyCertificate(said.certificate, { keyset, now: wanted.now });
  if (certificate instanceof Refused) return Stopped.untrusted(certificate);
  const chain = choose(
    said.chains.map((text) => verifyChain(text, { keyset, now: wanted.now })),
    wanted,
  );
  if (chain instanceof Stopped) return chain;
  // A list that doesn't verify is no reason to stay out: the lock has its own, and decides
  const list = verifyRevocationList(said.revocation, { keyset, now: wanted.now });
  return { keyset, certificate, chain, revocation: list instanceof Refused ? null : list };
}

/** The server has no right of this phone's for this lock: what was kept of one is no more. */
const NONE = ["no-order", "phone-other", "resource-not-granted", "gate-unknown"];

function keeping(said: Doorstep, rights: Rights, wanted: Wanted): [Lists, KeptRights] {
  const sound = said.chains
    .map((text) => verifyChain(text, { keyset: rights.keyset, now: wanted.now }))
    .filter((chain): chain is Chain => !(chain instanceof Refused));
  const { gate, person } = wanted;
  const { authority, keyset, certificate, revocation } = said;
  const here = usable(sound, wanted);
  const until = Math.max(...here.map((chain) => scopeOf(chain).end));
  const chains = here.map((chain) => chain.text);
  return [
    { authority, keyset, revocation },
    { gate, person, authority, certificate, chains, until },
  ];
}

/** The server can't do its part: there is no network, nothing behind whoever answered, or its database is away. A lock that is silent to
 *  it is another matter. */
export function isUnreached({ code, status }: Problem): boolean {
  return status === 0 || (status >= 500 && code !== "gate-silent");
}

/** What the server says, which is kept where something may be. */
export async function rightsAt(
  { api, phone, kept }: { api: Api; phone: Phone; kept: Kept | null },
  wanted: Wanted,
): Promise<Rights | Stopped> {
  const answer = await api.get(`/api/v1/holder/grants?gate=${encodeURIComponent(wanted.gate)}`);
  if (answer instanceof Problem && isUnreached(answer)) return new Stopped("network");
  const said = answer instanceof Problem ? null : readDoorstep(answer.body);
  const otherwise = answer instanceof Problem ? Stopped.by(answer) : new Stopped("unreadable");
  const rights = said ? await weigh(phone, said, wanted) : otherwise;
  // A phone without room left opens as long as there is a server
  if (said && !(rights instanceof Stopped)) await kept?.keep(...keeping(said, rights, wanted)).catch(() => undefined);
  else if (rights instanceof Stopped && NONE.includes(rights.codes[0] ?? ""))
    await kept?.drop(wanted.person, wanted.gate).catch(() => undefined);
  return rights;
}

/** What is kept, verified again; `no-rights-kept` when there is nothing, or nothing that still runs. */
export async function keptRights(
  { phone, kept }: { phone: Phone; kept: Kept | null },
  wanted: Wanted,
): Promise<Rights | Stopped> {
  const said = await (kept?.at(wanted.person, wanted.gate, wanted.now) ?? null);
  return said ? weigh(phone, { ...said, roots: [] }, wanted) : new Stopped("no-rights-kept");
}
