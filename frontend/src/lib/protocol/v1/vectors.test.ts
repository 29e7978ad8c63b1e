/** The vectors of docs/spec/vectors/gate that concern a phone, and the table of reason codes in docs/spec/gate.md. */
import { readFileSync } from "node:fs";
import { base64url, importJWK, type JWK } from "jose";
import { describe, expect, it } from "vitest";
import { verifyCertificate } from "./certificate";
import { extendChain, holdersOf, scopeOf, verifyChain } from "./chain";
import { type Challenge, proofMessage, respond, verifyChallenge, verifyResult } from "./exchange";
import { decodeFrame } from "./frames";
import { policyBody } from "./grant";
import { hashOf } from "./hash";
import { type HolderKey, readHolderKey, readOctetKey, thumbprint, verifiesEs256 } from "./jwk";
import type { Signer } from "./jws";
import { verifyKeySet } from "./keyset";
import { verifyPossession } from "./possession";
import { expectTaken, REASONS, Refused } from "./refusal";
import { verifyRevocationList } from "./revocation";
import { canonicalText, parse } from "./strictjson";

const DOCS = new URL("../../../../../docs/spec/", import.meta.url);

interface Vector {
  readonly name: string;
  readonly input: any;
  readonly reason: string | null;
  readonly value?: Record<string, unknown>;
}

function load(name: string): never {
  return JSON.parse(readFileSync(new URL(`vectors/gate/${name}.json`, DOCS), "utf8")) as never;
}

function vectors(subject: string): [string, Vector][] {
  const all = (load(subject) as { vectors: Vector[] }).vectors;
  expect(all.length).toBeGreaterThan(0);
  return all.map((vector) => [vector.name, vector]);
}

const context = load("context") as {
  authority: string;
  certificate: string;
  gate: string;
  holders: Record<string, JWK>;
  keyset: string;
  now: number;
  relay: { certificate: string; device: string };
  roots: object[];
};
const roots = context.roots.map((jwk) => expectTaken(readOctetKey(jwk)));
const keysetOf = (token: string) => expectTaken(verifyKeySet(token, { roots, authority: context.authority }));
const keyset = keysetOf(context.keyset);
const certificate = expectTaken(verifyCertificate(context.certificate, { keyset, now: context.now }));
const relay = expectTaken(verifyCertificate(context.relay.certificate, { keyset, now: context.now }));

function check(vector: Vector, read: unknown): void {
  expect(read instanceof Refused ? read.reason : null).toBe(vector.reason);
}

function challengeOf(token: string): Challenge {
  return expectTaken(verifyChallenge(token, { certificate, gate: context.gate }));
}

function keyOf(name: string): HolderKey {
  const { d: _, ...jwk } = context.holders[name] ?? {};
  return expectTaken(readHolderKey(jwk));
}

function signerOf(name: string): Signer {
  return async (message) => {
    const key = (await importJWK(context.holders[name] ?? {}, "ES256")) as CryptoKey;
    return new Uint8Array(await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, key, message));
  };
}

describe("strict JSON", () => {
  it.each(vectors("json"))("%s", (_, vector) => {
    const { hex, limit } = vector.input;
    const read = parse(Uint8Array.from(Buffer.from(hex, "hex")), limit);
    check(vector, read);
    if (vector.value) expect(canonicalText(read)).toBe(canonicalText(vector.value.value));
  });
});

describe("keys", () => {
  it.each(vectors("jwk"))("%s", (_, vector) => {
    const read = readHolderKey(vector.input.jwk);
    check(vector, read);
    if (vector.value) expect(thumbprint(expectTaken(read))).toBe(vector.value.thumbprint);
  });
});

describe("frames", () => {
  const read = ["gate", "challenge", "result", "refused"];
  it.each(vectors("frame"))("%s", (_, vector) => {
    const text = vector.input.text as string;
    const frame = decodeFrame(new TextEncoder().encode(text));
    const kind = /"f":"([a-z-]+)"/.exec(text)?.[1] ?? "";
    const bare = frame instanceof Refused ? frame.reason : null;
    // A frame that goes another way than to a phone is not looked into
    if (bare === "frame-type" && kind !== "" && !read.includes(kind)) return;
    expect(bare).toBe(vector.reason);
  });
});

describe("key sets", () => {
  it.each(vectors("keyset"))("%s", (_, vector) => {
    const { token, held } = vector.input;
    const read = verifyKeySet(token, { roots, authority: context.authority, held });
    check(vector, read);
    if (vector.value)
      expect({ keys: expectTaken(read).keys.length, number: expectTaken(read).number }).toEqual(vector.value);
  });
});

describe("revocation lists", () => {
  it.each(vectors("revocation"))("%s", (_, vector) => {
    const { token, held, now } = vector.input;
    const before = held === undefined ? null : expectTaken(verifyRevocationList(held, { keyset, now }));
    const read = verifyRevocationList(token, { keyset, now, held: before });
    check(vector, read);
    const { set, number } = vector.value ?? {};
    if (vector.value) expect(read).toMatchObject({ keyset: set, number });
  });
});

describe("certificates", () => {
  it.each(vectors("certificate"))("%s", (_, vector) => {
    const { token, now } = vector.input;
    const read = verifyCertificate(token, { keyset, now });
    check(vector, read);
    if (vector.value) expect(read).toMatchObject(vector.value);
  });
});

describe("challenges", () => {
  it.each(vectors("challenge"))("%s", (_, vector) => {
    const { token, gate } = vector.input;
    const read = verifyChallenge(token, { certificate, gate });
    check(vector, read);
    if (!vector.value) return;
    const { hash, time, ...said } = vector.value;
    expect(read).toMatchObject(said);
    expect((read as Challenge).time).toBe(time === "unknown" ? null : time);
    expect(hashOf(token)).toBe(hash);
  });
});

describe("results", () => {
  it.each(vectors("result"))("%s", (_, vector) => {
    const { token, challenge } = vector.input;
    const read = verifyResult(token, { certificate, challenge: challengeOf(challenge) });
    check(vector, read);
    if (vector.value) expect(read).toMatchObject(vector.value);
  });
});

describe("challenges from a relay", () => {
  it.each(vectors("relayed-challenge"))("%s", (_, vector) => {
    const { token, gate, relay: wanted, certificate: shown } = vector.input;
    const other = shown && expectTaken(verifyCertificate(shown, { keyset, now: context.now }));
    const read = verifyChallenge(token, { certificate: other ?? relay, gate, ...(wanted && { relay: wanted }) });
    check(vector, read);
    if (!vector.value) return;
    const { hash, ...said } = vector.value;
    expect(read).toMatchObject(said);
    expect(hashOf(token)).toBe(hash);
  });
});

describe("results from a relay", () => {
  it.each(vectors("relayed-result"))("%s", (_, vector) => {
    const { token, gate, challenge: asked } = vector.input;
    const challenge = expectTaken(verifyChallenge(asked, { certificate: relay, gate, relay: context.relay.device }));
    const read = verifyResult(token, { certificate: relay, challenge });
    check(vector, read);
    if (vector.value) expect(read).toMatchObject(vector.value);
  });
});

describe("proofs", () => {
  it.each(vectors("proof"))("%s", async (_, vector) => {
    const { action, chain, challenge, holder } = vector.input;
    const asked = challengeOf(challenge ?? "");
    const message = proofMessage(asked, action ?? "", chain ?? "");
    expect(new TextDecoder().decode(message)).toBe(vector.value?.message);
    const example = base64url.decode(String(vector.value?.example));
    expect(verifiesEs256(keyOf(holder ?? ""), example, message)).toBe(true);
    const made = await respond(asked, { chain: chain ?? "", action: action ?? "", sign: signerOf(holder ?? "") });
    expect(verifiesEs256(keyOf(holder ?? ""), base64url.decode(made.proof), message)).toBe(true);
  });
});

describe("hand-overs", () => {
  it.each(vectors("link-making"))("%s", async (_, vector) => {
    const input = vector.input;
    const chain = expectTaken(verifyChain(input.chain, { keyset, now: context.now }));
    const { age, old, trn, unk } = input.pol ?? {};
    const text = await extendChain(chain, {
      sign: signerOf(input.holder),
      heir: expectTaken(readHolderKey(input.heir)),
      depth: input.depth,
      narrowing: {
        ...(input.res && { resources: input.res }),
        ...(input.act && { actions: input.act }),
        ...(input.nbf !== undefined && { start: input.nbf }),
        ...(input.exp !== undefined && { end: input.exp }),
        ...(input.pol && {
          policy: { greatestAge: age, whenOld: old, transports: trn, whenTimeUnknown: unk },
        }),
      },
    });
    const [header, payload] = (expectTaken(text).split("~").at(-1) ?? "").split(".");
    expect(new TextDecoder().decode(base64url.decode(header ?? ""))).toBe(vector.value?.header);
    expect(new TextDecoder().decode(base64url.decode(payload ?? ""))).toBe(vector.value?.payload);
  });
});

describe("proofs of possession", () => {
  it.each(vectors("possession"))("%s", (_, vector) => {
    const { token, audience, nonce } = vector.input;
    const read = verifyPossession(token, { audience, nonce });
    check(vector, read);
    if (!vector.value) return;
    const said = expectTaken(read);
    expect({ code: said.code ?? null, thumbprint: thumbprint(said.key) }).toEqual(vector.value);
  });
});

describe("chains", () => {
  it.each(vectors("chain"))("%s", (_, vector) => {
    const { chain, now, keyset: other } = vector.input;
    const read = verifyChain(chain, { keyset: other ? keysetOf(other) : keyset, now });
    check(vector, read);
    if (!vector.value) return;
    const taken = expectTaken(read);
    const { policy, ...scope } = scopeOf(taken);
    const said = { ...scope, policy: policyBody(policy), grant: taken.grant.id, holders: holdersOf(taken) };
    expect({ ...said, hash: hashOf(taken.text) }).toEqual(vector.value);
  });
});

describe("reason codes", () => {
  it("are those of the specification, no more and no fewer", () => {
    const text = readFileSync(new URL("gate.md", DOCS), "utf8");
    const table = text.slice(text.indexOf("## 11. Reason codes"));
    const listed = Array.from(table.matchAll(/^\| `([a-z0-9-]+)` \|/gm), ([, code]) => code);
    expect([...REASONS].sort()).toEqual(listed.sort());
  });
});
