/** An authority, its gate and its holders, for tests: everything that the phone normally receives from outside. */
import { ed25519 } from "@noble/curves/ed25519.js";
import { decode, encode } from "../../base64url";
import { CERTIFICATE_PLACE } from "./certificate";
import { CHALLENGE_PLACE, RESULT_PLACE } from "./exchange";
import { GRANT_PLACE } from "./grant";
import { type HolderKey, holderJwk, holderKeyOf, type OctetKey, octetJwk, thumbprint } from "./jwk";
import type { Signer } from "./jws";
import { KEYSET_PLACE } from "./keyset";
import { REVOCATION_PLACE } from "./revocation";

export const NOW = 1_900_000_000;
export const HOUR = 3600;
export const AUTHORITY = "meaux";
export const GATE = "gate-7";

/** Numbers that look random and are the same in every run (mulberry32). */
export function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

export interface Octet {
  readonly secret: Uint8Array;
  readonly key: OctetKey;
  readonly sign: Signer;
}

export function octet(seed: number): Octet {
  const random = numbers(seed);
  const secret = Uint8Array.from({ length: 32 }, () => Math.floor(random() * 256));
  const key: OctetKey = { curve: "Ed25519", x: encode(ed25519.getPublicKey(secret)) };
  return { secret, key, sign: async (message) => ed25519.sign(message, secret) };
}

export interface Holder {
  readonly key: HolderKey;
  readonly sign: Signer;
  readonly pair: CryptoKeyPair;
}

export async function holder(): Promise<Holder> {
  const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
  return {
    key: await holderKeyOf(pair.publicKey),
    sign: async (message) =>
      new Uint8Array(await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, pair.privateKey, message)),
    pair,
  };
}

export const ROOTS = [octet(1), octet(2)] as const;
export const CAPABILITY = octet(3);
export const CERTIFIER = octet(4);
export const DEVICE = octet(5);
export const REVOKER = octet(6);

export const POLICY = { age: 259200, old: "refuse", trn: ["local", "relay"], unk: "refuse" };

export function keysetPayload(changes: object = {}): object {
  const entry = (kid: string, use: string, { key }: Octet) => ({
    exp: NOW + 1000 * HOUR,
    jwk: octetJwk(key),
    kid,
    nbf: NOW - HOUR,
    use,
  });
  const keys = [
    entry("cap-1", "capability", CAPABILITY),
    entry("cap-2", "capability", octet(13)),
    entry("dev-1", "device-certificate", CERTIFIER),
    entry("dev-2", "device-certificate", octet(14)),
    entry("rev-1", "revocation", REVOKER),
  ];
  return { iat: NOW - HOUR, iss: AUTHORITY, keys, num: 3, ver: 1, ...changes };
}

export function keyset(changes: object = {}, root: Octet = ROOTS[0]): Promise<string> {
  return KEYSET_PLACE.make(keysetPayload(changes), root.sign, thumbprint(root.key));
}

export function certificate(changes: object = {}, kid = "dev-1"): Promise<string> {
  const payload = {
    cnf: { jwk: octetJwk(DEVICE.key) },
    exp: NOW + 100 * HOUR,
    iss: AUTHORITY,
    kind: "lock",
    name: "Armoire PM-77284-0142, avenue Roosevelt",
    nbf: NOW - HOUR,
    sub: GATE,
    ...changes,
  };
  return CERTIFICATE_PLACE.make(payload, CERTIFIER.sign, kid);
}

export function grant(to: HolderKey, changes: object = {}): Promise<string> {
  const payload = {
    act: ["open"],
    cnf: { jwk: holderJwk(to) },
    con: "convention-1",
    dep: 3,
    exp: NOW + 4 * HOUR,
    iss: AUTHORITY,
    jti: "grant-1",
    nbf: NOW - HOUR,
    pol: POLICY,
    pur: "maintenance",
    res: [GATE, "gate-8"],
    ...changes,
  };
  return GRANT_PLACE.make(payload, CAPABILITY.sign, "cap-1");
}

export function revocation(changes: object = {}): Promise<string> {
  const payload = { grants: [], iat: NOW, iss: AUTHORITY, keys: [], num: 5, nxt: NOW + HOUR, set: 3, ...changes };
  return REVOCATION_PLACE.make(payload, REVOKER.sign, "rev-1");
}

export const NONCE = encode(Uint8Array.from({ length: 16 }, (_, n) => n));

export function challenge(changes: object = {}, by: Octet = DEVICE, kid = GATE): Promise<string> {
  const payload = {
    gate: GATE,
    nonce: NONCE,
    rev: { age: 60, num: 4, set: 3 },
    set: 3,
    time: NOW,
    transport: "relay",
    ver: 1,
    ...changes,
  };
  return CHALLENGE_PLACE.make(payload, by.sign, kid);
}

export function result(changes: object = {}, by: Octet = DEVICE, kid = GATE): Promise<string> {
  const payload = { boot: 2, gate: GATE, marks: [], nonce: NONCE, out: "admitted", seq: 41, time: NOW, ...changes };
  return RESULT_PLACE.make(payload, by.sign, kid);
}

/** A token whose payload says something else, under its old signature. */
export function forged(token: string, change: (payload: Record<string, unknown>) => void): string {
  const [header, payload, signature] = token.split(".");
  const body = JSON.parse(new TextDecoder().decode(decode(payload ?? "") ?? new Uint8Array())) as Record<
    string,
    unknown
  >;
  change(body);
  return [header, encode(new TextEncoder().encode(JSON.stringify(body))), signature].join(".");
}
