/** The revocation list that a phone carries down to a lock: docs/spec/gate.md, section 5. */
import { Place } from "./jws";
import { findKey, type KeySet } from "./keyset";
import * as members from "./members";
import { RefusalError, type Refused, refusing } from "./refusal";

const MAX_REVOKED = 500;
export const REVOCATION_PLACE = new Place("beffroi-revocation+jwt", "Ed25519", "kid", 61440);

/** A verified list: what orders it, and what was signed. Whom it names is the gate's business. */
export interface RevocationList {
  readonly keyset: number;
  readonly number: number;
  readonly issued: number;
  readonly token: string;
}

/** Whether (set, number) comes after the other. */
export function isAfter([set, number]: readonly [number, number], other: readonly [number, number]): boolean {
  return set === other[0] ? number > other[1] : set > other[0];
}

function read(token: string, keyset: KeySet, now: number): RevocationList {
  const parts = REVOCATION_PLACE.takeApart(token);
  parts.checkEd25519(findKey(keyset, parts.kid(), "revocation", now));
  const body = parts.body(["iss", "set", "num", "iat", "nxt", "grants", "keys"]);
  const list = {
    keyset: members.ordinal(body, "set"),
    number: members.ordinal(body, "num"),
    issued: members.time(body, "iat"),
    token,
  };
  members.time(body, "nxt");
  members.sorted(body, "grants", members.isSlug, 0, MAX_REVOKED);
  members.sorted(body, "keys", members.isHash, 0, MAX_REVOKED);
  const authority = members.slug(body, "iss");
  if (authority !== keyset.authority) throw new RefusalError("authority-other", authority);
  if (list.keyset > keyset.number) throw new RefusalError("set-ahead", String(list.keyset));
  return list;
}

/** The list, when a key of the set signed it and it is newer than the one held, at `now` (seconds). */
export function verifyRevocationList(
  token: string,
  { keyset, now, held = null }: { keyset: KeySet; now: number; held?: RevocationList | null },
): RevocationList | Refused {
  return refusing(() => {
    const list = read(token, keyset, now);
    if (!held) return list;
    // Across sets a stolen key's date from the far future binds nobody
    const newer = isAfter([list.keyset, list.number], [held.keyset, held.number]);
    if (!newer || (list.keyset === held.keyset && list.issued < held.issued)) {
      throw new RefusalError("revocations-not-newer", `${list.keyset}.${list.number}`);
    }
    return list;
  });
}
