/** What the phone may show a lock, and whether it believes that lock: from the answer of `holder/grants`, with the pinned roots. */
import { type Api, Problem } from "../../lib/api";
import type { Phone, PhoneKey } from "../../lib/phone";
import { type Certificate, verifyCertificate } from "../../lib/protocol/v1/certificate";
import { type Chain, holderOf, scopeOf, verifyChain } from "../../lib/protocol/v1/chain";
import { type OctetKey, readOctetKey, thumbprint } from "../../lib/protocol/v1/jwk";
import type { KeySet } from "../../lib/protocol/v1/keyset";
import { Refused } from "../../lib/protocol/v1/refusal";
import { type Claim, trusted } from "../../lib/trust";
import { Stopped } from "./stopped";

export interface Rights {
  readonly certificate: Certificate;
  readonly chain: Chain;
}

interface Doorstep extends Claim {
  readonly certificate: string;
  readonly chains: readonly string[];
}

function isString(value: unknown): value is string {
  return typeof value === "string";
}

function readDoorstep(body: Record<string, unknown>): Doorstep | null {
  const { authority, roots, keyset, certificate, chains } = body;
  if (!isString(authority) || !isString(keyset) || !isString(certificate)) return null;
  if (!Array.isArray(roots) || !Array.isArray(chains) || !chains.every(isString)) return null;
  const keys = roots.map((jwk) => readOctetKey(jwk)).filter((key): key is OctetKey => !(key instanceof Refused));
  return { authority, roots: keys, keyset, certificate, chains };
}

/** The first chain that this phone's key may use at this lock, one in force before any other; else why there is none. */
function choose(chains: readonly string[], keyset: KeySet, wanted: Wanted): Chain | Stopped {
  const read = chains.map((text) => verifyChain(text, { keyset, now: wanted.now }));
  const sound = read.filter((chain): chain is Chain => !(chain instanceof Refused));
  const ours = sound.filter((chain) => thumbprint(holderOf(chain)) === wanted.key.thumbprint);
  const here = ours.filter((chain) => {
    const scope = scopeOf(chain);
    return scope.resources.includes(wanted.gate) && scope.actions.includes(wanted.action);
  });
  // The lock's clock decides, not the phone's: a right that looks ended is shown all the same when there is no other.
  const first =
    here.find((chain) => scopeOf(chain).start <= wanted.now && wanted.now < scopeOf(chain).end) ?? here.at(0);
  if (first) return first;
  const refused = read.find((chain): chain is Refused => chain instanceof Refused);
  if (ours.length > 0) return new Stopped("resource-not-granted");
  if (sound.length > 0) return new Stopped("phone-other");
  return refused ? Stopped.untrusted(refused) : new Stopped("no-order");
}

export interface Wanted {
  readonly gate: string;
  readonly action: string;
  readonly key: PhoneKey;
  /** Seconds since 1970, by the phone's clock. */
  readonly now: number;
}

export async function rightsAt(api: Api, phone: Phone, wanted: Wanted): Promise<Rights | Stopped> {
  const answer = await api.get(`/api/v1/holder/grants?gate=${encodeURIComponent(wanted.gate)}`);
  if (answer instanceof Problem) return Stopped.by(answer);
  const said = readDoorstep(answer.body);
  if (!said) return new Stopped("unreadable");
  const keyset = await trusted(phone, said);
  if (keyset instanceof Refused) return Stopped.untrusted(keyset);
  const certificate = verifyCertificate(said.certificate, { keyset, now: wanted.now });
  if (certificate instanceof Refused) return Stopped.untrusted(certificate);
  const chain = choose(said.chains, keyset, wanted);
  return chain instanceof Stopped ? chain : { certificate, chain };
}
