/** The key set that an authority's offline root signs: every other key hangs from it. */
import { type Curve, loadOctetKey, type OctetKey, thumbprint } from "./jwk";
import { Place } from "./jws";
import * as members from "./members";
import { type Reason, RefusalError, type Refused, refusing } from "./refusal";
import { isBody, type Json } from "./strictjson";

export const VERSION = 1;
const MAX_KEYS = 64;
export const KEYSET_PLACE = new Place("beffroi-keyset+jwt", "Ed25519", "kid", 32768);

export const USES = [
  "capability",
  "stamp",
  "revocation",
  "checkpoint",
  "evidence",
  "device-certificate",
  "server-message",
  "event-encryption",
] as const;
export type Use = (typeof USES)[number];

function curveOf(use: Use): Curve {
  return use === "event-encryption" ? "X25519" : "Ed25519";
}

/** One key of a set: usable from `start` up to, not including, `end` (seconds). */
export interface SetKey {
  readonly kid: string;
  readonly use: Use;
  readonly key: OctetKey;
  readonly start: number;
  readonly end: number;
}

export interface KeySet {
  readonly authority: string;
  readonly number: number;
  readonly issued: number;
  readonly keys: readonly SetKey[];
  /** What was signed. */
  readonly token: string;
}

/** The key of that name and use; thrown as a refusal when it isn't there, or not current at `now` (seconds). */
export function findKey(keyset: KeySet, kid: string, use: Use, now: number, otherwise: Reason = "token-kid"): OctetKey {
  const key = keyset.keys.find((one) => one.kid === kid && one.use === use);
  if (!key) throw new RefusalError(otherwise, kid);
  if (now < key.start || now >= key.end) throw new RefusalError("key-not-current", kid);
  return key.key;
}

function readKey(item: Json): SetKey {
  if (!isBody(item)) throw members.wrong("keys");
  members.exact(item, ["kid", "use", "jwk", "nbf", "exp"]);
  const use = members.choice(item, "use", USES);
  const key = loadOctetKey(item.jwk, curveOf(use));
  const start = members.time(item, "nbf");
  const end = members.time(item, "exp");
  if (start >= end) throw members.wrong("exp");
  return { kid: members.kid(item, "kid"), use, key, start, end };
}

function read(token: string, roots: readonly OctetKey[]): KeySet {
  const parts = KEYSET_PLACE.takeApart(token);
  const root = roots.find((one) => thumbprint(one) === parts.kid());
  if (!root) throw new RefusalError("keyset-root");
  parts.checkEd25519(root);
  const body = parts.body(["iss", "num", "ver", "iat", "keys"]);
  const version = members.count(body, "ver");
  if (version !== VERSION) throw new RefusalError("version", String(version));
  const keys = members.array(body, "keys", 1, MAX_KEYS).map(readKey);
  if (new Set(keys.map((key) => key.kid)).size !== keys.length) throw new RefusalError("keyset-keys");
  return {
    authority: members.slug(body, "iss"),
    number: members.ordinal(body, "num"),
    issued: members.time(body, "iat"),
    keys,
    token,
  };
}

/** The set, when one of the roots signed it for this authority and its number is greater than `held`. */
export function verifyKeySet(
  token: string,
  { roots, authority, held = 0 }: { roots: readonly OctetKey[]; authority: string; held?: number },
): KeySet | Refused {
  return refusing(() => {
    const keyset = read(token, roots);
    if (keyset.authority !== authority) throw new RefusalError("authority-other", keyset.authority);
    if (keyset.number <= held) throw new RefusalError("keyset-not-newer", String(keyset.number));
    return keyset;
  });
}
