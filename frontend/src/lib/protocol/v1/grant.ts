/** The grant: what an authority lets one holder do. Its scope is the part that hand-overs narrow. */
import { confirmed, type HolderKey, loadHolderKey } from "./jwk";
import { Place, type Token } from "./jws";
import { findKey, type KeySet } from "./keyset";
import * as members from "./members";
import { RefusalError } from "./refusal";
import type { Body } from "./strictjson";

/** Next to the gate, straight to it over a network, through the server. */
export const TRANSPORTS = ["local", "network", "relay"] as const;
export type Transport = (typeof TRANSPORTS)[number];
export const MAX_LINKS = 5;
export const CHAIN_LIMIT = 4096;
export const GRANT_PLACE = new Place("beffroi-grant+jwt", "Ed25519", "kid", CHAIN_LIMIT);

export interface Policy {
  readonly transports: readonly Transport[];
  /** Greatest age of the gate's revocation list, in seconds. */
  readonly greatestAge: number;
  readonly whenOld: "refuse" | "flag";
  readonly whenTimeUnknown: "refuse" | "admit-marked";
}

/** Where, what, when (seconds, `end` not included), under which policy, and how many links may still follow. */
export interface Scope {
  readonly resources: readonly string[];
  readonly actions: readonly string[];
  readonly start: number;
  readonly end: number;
  readonly depth: number;
  readonly policy: Policy;
}

export interface Grant {
  readonly authority: string;
  readonly id: string;
  readonly purpose: string;
  readonly convention: string;
  readonly scope: Scope;
  readonly holder: HolderKey;
  readonly token: string;
}

function isTransport(value: unknown): value is Transport {
  return (TRANSPORTS as readonly unknown[]).includes(value);
}

export function readPolicy(body: Body, name: string): Policy {
  const policy = members.inner(body, name);
  members.exact(policy, ["age", "old", "trn", "unk"]);
  return {
    transports: members.sorted(policy, "trn", isTransport),
    greatestAge: members.count(policy, "age"),
    whenOld: members.choice(policy, "old", ["refuse", "flag"] as const),
    whenTimeUnknown: members.choice(policy, "unk", ["refuse", "admit-marked"] as const),
  };
}

export function policyBody(policy: Policy): Body {
  return { age: policy.greatestAge, old: policy.whenOld, trn: [...policy.transports], unk: policy.whenTimeUnknown };
}

/** Whether a policy is as tight as its parent's, member by member. */
export function isWithin(policy: Policy, parent: Policy): boolean {
  return (
    policy.greatestAge <= parent.greatestAge &&
    (policy.whenOld === "refuse" || parent.whenOld === "flag") &&
    (policy.whenTimeUnknown === "refuse" || parent.whenTimeUnknown === "admit-marked") &&
    policy.transports.every((one) => parent.transports.includes(one))
  );
}

/** The payload of a grant whose signature is another's business. */
export function readGrant(parts: Token, token: string): Grant {
  const body = parts.body(["iss", "jti", "res", "act", "pur", "con", "nbf", "exp", "dep", "pol", "cnf"]);
  const start = members.time(body, "nbf");
  const end = members.time(body, "exp");
  if (start >= end) throw members.wrong("exp");
  return {
    authority: members.slug(body, "iss"),
    id: members.slug(body, "jti"),
    purpose: members.slug(body, "pur"),
    convention: members.slug(body, "con"),
    scope: {
      resources: members.slugs(body, "res"),
      actions: members.slugs(body, "act"),
      start,
      end,
      depth: members.integer(body, "dep", 0, MAX_LINKS),
      policy: readPolicy(body, "pol"),
    },
    holder: loadHolderKey(confirmed(body)),
    token,
  };
}

/** The grant, when a capability key of the set signed it. */
export function openGrant(token: string, keyset: KeySet, now: number): Grant {
  const parts = GRANT_PLACE.takeApart(token);
  parts.checkEd25519(findKey(keyset, parts.kid(), "capability", now, "grant-key"), "grant-signature");
  const grant = readGrant(parts, token);
  if (grant.authority !== keyset.authority) throw new RefusalError("authority-other", grant.authority);
  return grant;
}
