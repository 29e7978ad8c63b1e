/** Whom this browser believes: the roots that it pinned when it first met an authority, and the newest key set it has seen. */
import type { Phone, Pinned } from "./phone";
import type { OctetKey } from "./protocol/v1/jwk";
import { type KeySet, verifyKeySet } from "./protocol/v1/keyset";
import { Refused } from "./protocol/v1/refusal";

/** What a server says of an authority. */
export interface Claim {
  readonly authority: string;
  readonly roots: readonly OctetKey[];
  readonly keyset: string;
}

/** The key set under the roots pinned for that authority. They are pinned when it is met for the first time; from then on another
 *  pair of roots, or an older set, is refused whatever the server says. */
export async function trusted(phone: Phone, said: Claim): Promise<KeySet | Refused> {
  const known: Pinned = (await phone.pinned(said.authority)) ?? { roots: said.roots, keyset: 0 };
  const held = Math.max(known.keyset - 1, 0);
  const keyset = verifyKeySet(said.keyset, { roots: known.roots, authority: said.authority, held });
  if (keyset instanceof Refused) return keyset;
  if (keyset.number !== known.keyset) await phone.pin(said.authority, { roots: known.roots, keyset: keyset.number });
  return keyset;
}
