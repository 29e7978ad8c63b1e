/** npm's jose reads what we sign, and we read what jose signs: two implementations, one format. */
import { base64url, CompactSign, calculateJwkThumbprint, compactVerify, importJWK, type JWK } from "jose";
import { describe, expect, it } from "vitest";
import { encode } from "../../base64url";
import { verifyCertificate } from "./certificate";
import { extendChain, verifyChain } from "./chain";
import { verifyChallenge, verifyResult } from "./exchange";
import { holderJwk, octetJwk, thumbprint } from "./jwk";
import { verifyKeySet } from "./keyset";
import { provePossession, verifyPossession } from "./possession";
import { expectTaken } from "./refusal";
import { canonical, canonicalText } from "./strictjson";
import * as world from "./world.fixture";

const { NOW, AUTHORITY, GATE, ROOTS } = world;
const roots = ROOTS.map((root) => root.key);

async function publicKey(jwk: JWK, alg: string) {
  return importJWK({ ...jwk, alg }, alg);
}

async function signedByJose(signer: world.Octet, typ: string, kid: string, payload: object): Promise<string> {
  const key = await importJWK({ ...octetJwk(signer.key), d: encode(signer.secret) }, "Ed25519");
  return new CompactSign(canonical(payload)).setProtectedHeader({ alg: "Ed25519", kid, typ }).sign(key);
}

function payloadOf(token: string): object {
  return JSON.parse(new TextDecoder().decode(base64url.decode(token.split(".")[1] ?? ""))) as object;
}

describe("jose reads ours", () => {
  it.each(["key set", "certificate", "grant", "challenge", "result"] as const)("a %s", async (kind) => {
    const someone = await world.holder();
    const made = {
      "key set": async () => [await world.keyset(), ROOTS[0]] as const,
      certificate: async () => [await world.certificate(), world.CERTIFIER] as const,
      grant: async () => [await world.grant(someone.key), world.CAPABILITY] as const,
      challenge: async () => [await world.challenge(), world.DEVICE] as const,
      result: async () => [await world.result(), world.DEVICE] as const,
    };
    const [token, signer] = await made[kind]();
    const key = await publicKey(octetJwk(signer.key), "Ed25519");
    const { payload, protectedHeader } = await compactVerify(token, key, { algorithms: ["Ed25519"] });
    expect(protectedHeader.alg).toBe("Ed25519");
    expect(canonicalText(JSON.parse(new TextDecoder().decode(payload)))).toBe(new TextDecoder().decode(payload));
  });

  it("a link and a proof of possession, which the phone makes itself", async () => {
    const [owner, heir] = [await world.holder(), await world.holder()];
    const keyset = expectTaken(verifyKeySet(await world.keyset(), { roots, authority: AUTHORITY }));
    const chain = expectTaken(verifyChain(await world.grant(owner.key), { keyset, now: NOW }));
    const text = expectTaken(await extendChain(chain, { sign: owner.sign, heir: heir.key, depth: 0 }));
    const key = await publicKey(holderJwk(owner.key), "ES256");
    await compactVerify(text.split("~")[1] ?? "", key, { algorithms: ["ES256"] });

    const proof = await provePossession(
      { key: owner.key, audience: "https://beffroi.example", nonce: world.NONCE, code: "K7M2-9QTX" },
      owner.sign,
    );
    const { protectedHeader } = await compactVerify(proof, key, { algorithms: ["ES256"] });
    expect(protectedHeader).toEqual({ alg: "ES256", jwk: holderJwk(owner.key), typ: "beffroi-pop+jwt" });
    expect(
      expectTaken(verifyPossession(proof, { audience: "https://beffroi.example", nonce: world.NONCE })),
    ).toMatchObject({ code: "K7M2-9QTX", key: owner.key });
  });

  it("thumbprints", async () => {
    const someone = await world.holder();
    expect(await calculateJwkThumbprint(holderJwk(someone.key))).toBe(thumbprint(someone.key));
    expect(await calculateJwkThumbprint(octetJwk(world.DEVICE.key))).toBe(thumbprint(world.DEVICE.key));
  });
});

describe("we read jose's", () => {
  it("key set, certificate, challenge and result", async () => {
    const root = ROOTS[1];
    const set = await signedByJose(root, "beffroi-keyset+jwt", thumbprint(root.key), world.keysetPayload());
    const keyset = expectTaken(verifyKeySet(set, { roots, authority: AUTHORITY }));
    const certified = payloadOf(await world.certificate());
    const certificate = expectTaken(
      verifyCertificate(await signedByJose(world.CERTIFIER, "beffroi-certificate+jwt", "dev-1", certified), {
        keyset,
        now: NOW,
      }),
    );
    const asked = payloadOf(await world.challenge());
    const challenge = expectTaken(
      verifyChallenge(await signedByJose(world.DEVICE, "beffroi-challenge+jwt", GATE, asked), {
        certificate,
        gate: GATE,
      }),
    );
    const ended = payloadOf(await world.result());
    const result = await signedByJose(world.DEVICE, "beffroi-result+jwt", GATE, ended);
    expect(expectTaken(verifyResult(result, { certificate, challenge })).outcome).toBe("admitted");
  });

  it("a grant and a link", async () => {
    const [owner, heir] = [await world.holder(), await world.holder()];
    const keyset = expectTaken(verifyKeySet(await world.keyset(), { roots, authority: AUTHORITY }));
    const granted = payloadOf(await world.grant(owner.key));
    const grant = await signedByJose(world.CAPABILITY, "beffroi-grant+jwt", "cap-1", granted);
    const chain = expectTaken(verifyChain(grant, { keyset, now: NOW }));
    const ours = expectTaken(await extendChain(chain, { sign: owner.sign, heir: heir.key, depth: 1 }));
    const link = await new CompactSign(canonical(payloadOf(ours.split("~")[1] ?? "")))
      .setProtectedHeader({ alg: "ES256", typ: "beffroi-link+jwt" })
      .sign(owner.pair.privateKey);
    const both = expectTaken(verifyChain(`${grant}~${link}`, { keyset, now: NOW }));
    expect(both.links).toHaveLength(1);
  });
});
