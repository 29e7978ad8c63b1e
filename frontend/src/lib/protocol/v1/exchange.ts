/** The holder's side of the exchange at a gate: verify the challenge, answer it, verify the result. */
import { encode } from "../../base64url";
import type { Certificate } from "./certificate";
import { TRANSPORTS, type Transport } from "./grant";
import { hashOf } from "./hash";
import { Place, type Signer, type Token } from "./jws";
import { VERSION } from "./keyset";
import * as members from "./members";
import { isReason, type Reason, RefusalError, type Refused, refusing } from "./refusal";
import { canonical } from "./strictjson";

const LABEL = "beffroi/1/response";
export const CHALLENGE_PLACE = new Place("beffroi-challenge+jwt", "Ed25519", "kid", 2048);
export const RESULT_PLACE = new Place("beffroi-result+jwt", "Ed25519", "kid", 2048);
/** The kind of a device that signs for gates other than itself. */
const RELAY_KIND = "relay";
const MARKS = ["revocations-old", "time-unknown"] as const;
export type Mark = (typeof MARKS)[number];

/** What a gate says when it is asked. Ages in seconds, null when unknown. */
export interface Challenge {
  readonly gate: string;
  readonly nonce: string;
  readonly time: members.Moment;
  readonly keyset: number;
  readonly revocations: { readonly set: number; readonly num: number; readonly age: number | null };
  readonly transport: Transport;
  readonly token: string;
}

/** How an exchange ended; (boot, sequence) is the event that records it, 0 when the gate could not store one. */
export interface Result {
  readonly gate: string;
  readonly nonce: string;
  readonly outcome: "admitted" | Reason;
  readonly marks: readonly Mark[];
  readonly time: members.Moment;
  readonly boot: number;
  readonly sequence: number;
}

/** The frame `response`. */
export interface Response {
  readonly f: "response";
  readonly ver: number;
  readonly gate: string;
  readonly challenge: string;
  readonly action: string;
  readonly chain: string;
  readonly proof: string;
}

function checkDevice(parts: Token, certificate: Certificate): void {
  if (parts.kid() !== certificate.device) throw new RefusalError("device-other", parts.kid());
  parts.checkEd25519(certificate.key);
}

function readChallenge(parts: Token, token: string): Challenge {
  const body = parts.body(["ver", "gate", "nonce", "time", "set", "rev", "transport"]);
  const revocations = members.inner(body, "rev");
  members.exact(revocations, ["age", "num", "set"]);
  const age = revocations.age === "unknown" ? null : members.count(revocations, "age");
  const version = members.count(body, "ver");
  if (version !== VERSION) throw new RefusalError("version", String(version));
  return {
    gate: members.slug(body, "gate"),
    nonce: members.nonce(body, "nonce"),
    time: members.moment(body, "time"),
    keyset: members.count(body, "set"),
    revocations: { set: members.count(revocations, "set"), num: members.count(revocations, "num"), age },
    transport: members.choice(body, "transport", TRANSPORTS),
    token,
  };
}

/** The challenge, when the certified device signed it and it is the gate that the holder was asked to open (`gate`, from the sticker
 *  and the order): any other is `gate-other`. So is one signed by another relay than the one that the holder was told serves it
 *  (`relay`), or by a device that is no relay. */
export function verifyChallenge(
  token: string,
  { certificate, gate, relay }: { certificate: Certificate; gate: string; relay?: string },
): Challenge | Refused {
  return refusing(() => {
    if (certificate.device !== (relay ?? gate)) throw new RefusalError("gate-other", certificate.device);
    if (relay !== undefined && certificate.kind !== RELAY_KIND) throw new RefusalError("gate-other", certificate.kind);
    const parts = CHALLENGE_PLACE.takeApart(token);
    checkDevice(parts, certificate);
    const challenge = readChallenge(parts, token);
    if (challenge.gate !== gate) throw new RefusalError("gate-other", challenge.gate);
    return challenge;
  });
}

/** The bytes that a holder signs; they begin with `[`, which no JWS signing input can. */
export function proofMessage(challenge: Challenge, action: string, chain: string): Uint8Array<ArrayBuffer> {
  return canonical([LABEL, hashOf(challenge.token), challenge.gate, action, hashOf(chain), challenge.transport]);
}

/** A holder's answer to a verified challenge: its chain, and the proof that it holds the last key. */
export async function respond(
  challenge: Challenge,
  { chain, action, sign }: { chain: string; action: string; sign: Signer },
): Promise<Response> {
  const proof = await sign(proofMessage(challenge, action, chain));
  return {
    f: "response",
    ver: VERSION,
    gate: challenge.gate,
    challenge: hashOf(challenge.token),
    action,
    chain,
    proof: encode(proof),
  };
}

function isMark(value: unknown): value is Mark {
  return (MARKS as readonly unknown[]).includes(value);
}

function readResult(parts: Token): Result {
  const body = parts.body(["gate", "nonce", "out", "marks", "time", "boot", "seq"]);
  const outcome = body.out;
  if (outcome !== "admitted" && !isReason(outcome)) throw members.wrong("out");
  return {
    gate: members.slug(body, "gate"),
    nonce: members.nonce(body, "nonce"),
    outcome,
    marks: members.sorted(body, "marks", isMark, 0, MARKS.length),
    time: members.moment(body, "time"),
    boot: members.ordinal(body, "boot"),
    sequence: members.count(body, "seq"),
  };
}

/** The result, when the same gate signed it for the exchange that this challenge began. */
export function verifyResult(
  token: string,
  { certificate, challenge }: { certificate: Certificate; challenge: Challenge },
): Result | Refused {
  return refusing(() => {
    const parts = RESULT_PLACE.takeApart(token);
    checkDevice(parts, certificate);
    const result = readResult(parts);
    if (result.gate !== challenge.gate || result.nonce !== challenge.nonce) throw new RefusalError("result-other");
    return result;
  });
}
