/** What the phone may show a lock, and whether it believes that lock: from the answer of `holder/grants`, or from what is kept of
 *  it where no server answers; always verified from the pinned roots down. */
import { type Api, Problem } from "../api";
import type { Phone, PhoneKey } from "../phone";
import { type Certificate, verifyCertificate } from "../protocol/v1/certificate";
import { type Chain, holderOf, scopeOf, verifyChain } from "../protocol/v1/chain";
import type { Transport } from "../protocol/v1/grant";
import { type OctetKey, readOctetKey, thumbprint } from "../protocol/v1/jwk";
import type { KeySet } from "../protocol/v1/keyset";
import { Refused } from "../protocol/v1/refusal";
import { type RevocationList, verifyRevocationList } from "../protocol/v1/revocation";
import { type Claim, trusted } from "../trust";
import type { Kept, KeptRights } from "./kept";
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
  /** By which way the lock is to be asked: a right may admit some only. */
  readonly transport: Transport;
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

/** Of several chains, those that this phone's key may use at this lock, whatever the way. */
function usable(chains: readonly Chain[], wanted: Wanted): Chain[] {
  const ours = chains.filter((chain) => thumbprint(holderOf(chain)) === wanted.key.thumbprint);
  return ours.filter((chain) => {
    const scope = scopeOf(chain);
    return scope.resources.includes(wanted.gate) && scope.actions.includes(wanted.action);
  });
}

/** The first chain that this phone's key may use at this lock by this way, one in force before any other; else why there is none. */
function choose(read: readonly (Chain | Refused)[], wanted: Wanted): Chain | Stopped {
  const sound = read.filter((chain): chain is Chain => !(chain instanceof Refused));
  const here = usable(sound, wanted);
  const admitted = here.filter((chain) => scopeOf(chain).policy.transports.includes(wanted.transport));
  // The lock's clock decides, not the phone's: a right that looks ended is shown all the same when there is no other.
  const first =
    admitted.find((chain) => scopeOf(chain).start <= wanted.now && wanted.now < scopeOf(chain).end) ?? admitted.at(0);
  if (first) return first;
  if (here.length > 0) return new Stopped(OTHER_WAY);
  const refused = read.find((chain): chain is Refused => chain instanceof Refused);
  if (sound.some((chain) => thumbprint(holderOf(chain)) === wanted.key.thumbprint))
    return new Stopped("resource-not-granted");
  if (sound.length > 0) return new Stopped("phone-other");
  return refused ? Stopped.untrusted(refused) : new Stopped("no-order");
}

/** What was said, once everything in it is verified under a key set that is. */
function weigh(keyset: KeySet, said: Doorstep, wanted: Wanted): Rights | Stopped {
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

/** There is a right of this phone's for this lock, by another way than the one that is wanted. */
const OTHER_WAY = "transport-not-admitted";

/** The server has no right of this phone's for this lock: what was kept of one is no more. */
const NONE = ["no-order", "phone-other", "resource-not-granted", "gate-unknown"];

/** Every right of this phone's at this lock: by Bluetooth another one may serve than through the server. */
function keeping(keyset: KeySet, said: Doorstep, wanted: Wanted): KeptRights {
  const sound = said.chains
    .map((text) => verifyChain(text, { keyset, now: wanted.now }))
    .filter((chain): chain is Chain => !(chain instanceof Refused));
  const { gate, person } = wanted;
  const { authority, certificate } = said;
  const here = usable(sound, wanted);
  const until = Math.max(...here.map((chain) => scopeOf(chain).end));
  return { gate, person, authority, certificate, chains: here.map((chain) => chain.text), until };
}

/** Keep what was said, or drop what was kept and is no more. */
async function settle(kept: Kept, keyset: KeySet, said: Doorstep, rights: Rights | Stopped, wanted: Wanted) {
  const { authority, revocation } = said;
  // From now on this phone refuses a set older than this one, what is kept for the authority's other doors included
  await kept.keepLists({ authority, keyset: said.keyset, revocation });
  if (!(rights instanceof Stopped) || rights.codes[0] === OTHER_WAY) await kept.keep(keeping(keyset, said, wanted));
  else await dropIfNone(kept, rights, wanted);
}

async function dropIfNone(kept: Kept, stopped: Stopped, { person, gate }: Wanted): Promise<void> {
  if (NONE.includes(stopped.codes[0] ?? "")) await kept.drop(person, gate);
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
  if (answer instanceof Problem) {
    const stopped = Stopped.by(answer);
    if (kept) await dropIfNone(kept, stopped, wanted).catch(() => undefined);
    return stopped;
  }
  const said = readDoorstep(answer.body);
  if (!said) return new Stopped("unreadable");
  const keyset = await trusted(phone, said);
  if (keyset instanceof Refused) return Stopped.untrusted(keyset);
  const rights = weigh(keyset, said, wanted);
  // A phone without room left opens as long as there is a server
  if (kept) await settle(kept, keyset, said, rights, wanted).catch(() => undefined);
  return rights;
}

/** What is kept, verified again; `no-rights-kept` when there is nothing, or nothing that still runs. */
export async function keptRights(
  { phone, kept }: { phone: Phone; kept: Kept | null },
  wanted: Wanted,
): Promise<Rights | Stopped> {
  const said = await (kept?.at(wanted.person, wanted.gate, wanted.now) ?? null);
  if (!said) return new Stopped("no-rights-kept");
  const keyset = await trusted(phone, { ...said, roots: [] });
  return keyset instanceof Refused ? Stopped.untrusted(keyset) : weigh(keyset, { ...said, roots: [] }, wanted);
}
