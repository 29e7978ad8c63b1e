/** Public keys: P-256 for holders, Ed25519 for authorities and devices. Their RFC 7638 thumbprint is their identity everywhere. */
import { ed25519 } from "@noble/curves/ed25519.js";
import { p256 } from "@noble/curves/nist.js";
import { decode, encode } from "../../base64url";
import { hashOf } from "./hash";
import * as members from "./members";
import { RefusalError, type Refused, refusing } from "./refusal";
import { type Body, canonicalText, isBody } from "./strictjson";

export interface HolderKey {
  readonly x: string;
  readonly y: string;
}

export type Curve = "Ed25519" | "X25519";

export interface OctetKey {
  readonly curve: Curve;
  readonly x: string;
}

export function holderJwk(key: HolderKey): { crv: "P-256"; kty: "EC"; x: string; y: string } {
  return { crv: "P-256", kty: "EC", x: key.x, y: key.y };
}

export function octetJwk(key: OctetKey): { crv: Curve; kty: "OKP"; x: string } {
  return { crv: key.curve, kty: "OKP", x: key.x };
}

export function thumbprint(key: HolderKey | OctetKey): string {
  return hashOf(canonicalText("curve" in key ? octetJwk(key) : holderJwk(key)));
}

function hasExactly(body: unknown, names: readonly string[]): body is Body {
  return isBody(body) && Object.keys(body).sort().join() === names.join();
}

function coordinate(jwk: Body, name: string): string {
  const value = jwk[name];
  if (!members.isHash(value)) throw new RefusalError("key-form", name);
  return value;
}

function point(key: HolderKey): Uint8Array {
  const bytes = new Uint8Array(65);
  bytes[0] = 4;
  bytes.set(decode(key.x) ?? [], 1);
  bytes.set(decode(key.y) ?? [], 33);
  return bytes;
}

export function loadHolderKey(jwk: unknown): HolderKey {
  if (!hasExactly(jwk, ["crv", "kty", "x", "y"]) || jwk.crv !== "P-256" || jwk.kty !== "EC") {
    throw new RefusalError("key-form");
  }
  const key = { x: coordinate(jwk, "x"), y: coordinate(jwk, "y") };
  try {
    p256.Point.fromBytes(point(key)).assertValidity();
  } catch {
    throw new RefusalError("key-form", "not on the curve");
  }
  return key;
}

export function loadOctetKey(jwk: unknown, curve: Curve): OctetKey {
  if (!hasExactly(jwk, ["crv", "kty", "x"]) || jwk.crv !== curve || jwk.kty !== "OKP") {
    throw new RefusalError("key-form");
  }
  return { curve, x: coordinate(jwk, "x") };
}

export function readHolderKey(jwk: unknown): HolderKey | Refused {
  return refusing(() => loadHolderKey(jwk));
}

export function readOctetKey(jwk: unknown, curve: Curve = "Ed25519"): OctetKey | Refused {
  return refusing(() => loadOctetKey(jwk, curve));
}

/** The JWK inside a `cnf` member (RFC 7800). */
export function confirmed(body: Body): unknown {
  const cnf = members.inner(body, "cnf");
  members.exact(cnf, ["jwk"]);
  return cnf.jwk;
}

/** Whether an Ed25519 signature verifies as RFC 8032 has it: no second encoding of a point or of a scalar is let in. */
export function verifiesEd25519(key: OctetKey, signature: Uint8Array, message: Uint8Array): boolean {
  const raw = decode(key.x);
  if (raw === null || key.curve !== "Ed25519") return false;
  try {
    return ed25519.verify(signature, message, raw, { zip215: false });
  } catch {
    return false;
  }
}

/** Whether a raw r‖s ECDSA signature over P-256 with SHA-256 verifies; (r, n−s) is as valid as (r, s). */
export function verifiesEs256(key: HolderKey, signature: Uint8Array, message: Uint8Array): boolean {
  try {
    return p256.verify(signature, message, point(key), { lowS: false, prehash: true, format: "compact" });
  } catch {
    return false;
  }
}

/** The public half of a WebCrypto P-256 key. */
export async function holderKeyOf(key: CryptoKey): Promise<HolderKey> {
  const raw = new Uint8Array(await crypto.subtle.exportKey("raw", key));
  return { x: encode(raw.subarray(1, 33)), y: encode(raw.subarray(33, 65)) };
}
