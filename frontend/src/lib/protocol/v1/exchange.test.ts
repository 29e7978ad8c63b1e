import { describe, expect, it } from "vitest";
import { decode } from "../../base64url";
import { type Certificate, verifyCertificate } from "./certificate";
import { type Challenge, proofMessage, respond, verifyChallenge, verifyResult } from "./exchange";
import { readFrame } from "./frames";
import { thumbprint, verifiesEs256 } from "./jwk";
import { type KeySet, verifyKeySet } from "./keyset";
import { expectTaken, Refused } from "./refusal";
import * as world from "./world.fixture";

const { NOW, GATE, AUTHORITY, ROOTS } = world;
const roots = ROOTS.map((root) => root.key);

function reasonOf(value: unknown): string {
  return value instanceof Refused ? value.reason : "taken";
}

async function trusted(): Promise<{ keyset: KeySet; certificate: Certificate; challenge: Challenge }> {
  const keyset = expectTaken(verifyKeySet(await world.keyset(), { roots, authority: AUTHORITY }));
  const certificate = expectTaken(verifyCertificate(await world.certificate(), { keyset, now: NOW }));
  const challenge = expectTaken(verifyChallenge(await world.challenge(), { certificate, gate: GATE }));
  return { keyset, certificate, challenge };
}

describe("from the root to the result", () => {
  it("a phone believes its gate, shows the certified name, and answers", async () => {
    const { certificate, challenge } = await trusted();
    expect(certificate.name).toBe("Armoire PM-77284-0142, avenue Roosevelt");
    const technician = await world.holder();
    const chain = await world.grant(technician.key);
    const response = await respond(challenge, { chain, action: "open", sign: technician.sign });
    const proof = decode(response.proof);
    expect(proof).toHaveLength(64);
    expect(verifiesEs256(technician.key, proof ?? new Uint8Array(), proofMessage(challenge, "open", chain))).toBe(true);
    const result = expectTaken(verifyResult(await world.result(), { certificate, challenge }));
    expect(result).toMatchObject({ outcome: "admitted", boot: 2, sequence: 41, marks: [] });
  });

  it("either root will do, and only those", async () => {
    for (const root of ROOTS) {
      expect(reasonOf(verifyKeySet(await world.keyset({}, root), { roots, authority: AUTHORITY }))).toBe("taken");
    }
    const thief = world.octet(99);
    expect(reasonOf(verifyKeySet(await world.keyset({}, thief), { roots, authority: AUTHORITY }))).toBe("keyset-root");
  });

  it.each([
    ["authority-other", { iss: "lagny" }],
    ["version", { ver: 2 }],
    ["keyset-not-newer", { num: 2 }],
    ["member-unknown", { more: 1 }],
    ["member-value", { num: 0 }],
    ["member-value", { keys: [] }],
  ])("a key set is refused with %s", async (reason, changes) => {
    const token = await world.keyset(changes);
    expect(reasonOf(verifyKeySet(token, { roots, authority: AUTHORITY, held: 2 }))).toBe(reason);
  });

  it.each([
    ["authority-other", { iss: "lagny" }, NOW],
    ["certificate-early", { nbf: NOW + 1 }, NOW],
    ["certificate-expired", { exp: NOW }, NOW],
    ["member-value", { name: "" }, NOW],
    ["member-value", { name: "a\u0007" }, NOW],
    ["member-value", { nbf: NOW + world.HOUR, exp: NOW + world.HOUR }, NOW],
    ["key-form", { cnf: { jwk: { crv: "X25519", kty: "OKP", x: world.DEVICE.key.x } } }, NOW],
    ["key-not-current", {}, NOW + 1000 * world.HOUR],
  ])("a certificate is refused with %s", async (reason, changes, now) => {
    const { keyset } = await trusted();
    expect(reasonOf(verifyCertificate(await world.certificate(changes), { keyset, now }))).toBe(reason);
  });

  it("a capability key certifies no device", async () => {
    const { keyset } = await trusted();
    const token = await world.certificate({}, "cap-1");
    expect(reasonOf(verifyCertificate(token, { keyset, now: NOW }))).toBe("token-kid");
  });

  it("a swapped sticker is seen before anything is signed", async () => {
    const { certificate } = await trusted();
    const other = await world.challenge({ gate: "gate-8" });
    expect(reasonOf(verifyChallenge(other, { certificate, gate: GATE }))).toBe("gate-other");
    expect(reasonOf(verifyChallenge(await world.challenge(), { certificate, gate: "gate-8" }))).toBe("gate-other");
    expect(
      reasonOf(verifyChallenge(await world.challenge({}, world.DEVICE, "gate-8"), { certificate, gate: GATE })),
    ).toBe("device-other");
  });

  it("a challenge or a result signed by another device is refused", async () => {
    const { certificate, challenge } = await trusted();
    const thief = world.octet(77);
    expect(reasonOf(verifyChallenge(await world.challenge({}, thief), { certificate, gate: GATE }))).toBe(
      "token-signature",
    );
    expect(reasonOf(verifyResult(await world.result({}, thief), { certificate, challenge }))).toBe("token-signature");
  });

  it("the result of another exchange is refused, and a recorded admission with it", async () => {
    const { certificate, challenge } = await trusted();
    const other = `${"A".repeat(21)}Q`;
    expect(reasonOf(verifyResult(await world.result({ nonce: other }), { certificate, challenge }))).toBe(
      "result-other",
    );
    const refused = await world.result({ out: "expired" });
    const turned = world.forged(refused, (body) => {
      body.out = "admitted";
    });
    expect(reasonOf(verifyResult(turned, { certificate, challenge }))).toBe("token-signature");
  });

  it.each(["challenge", "result"] as const)("a %s is not read in the other's place", async (kind) => {
    const { certificate, challenge } = await trusted();
    const token = kind === "challenge" ? await world.challenge() : await world.result();
    const read =
      kind === "challenge"
        ? verifyResult(token, { certificate, challenge })
        : verifyChallenge(token, { certificate, gate: GATE });
    expect(reasonOf(read)).toBe("token-typ");
  });

  it("frames are read by name, without surplus", () => {
    expect(readFrame({ f: "refused", reason: "not-touched" })).toEqual({ f: "refused", reason: "not-touched" });
    expect(reasonOf(readFrame({ f: "refused", reason: "because" }))).toBe("member-value");
    expect(reasonOf(readFrame({ f: "open" }))).toBe("frame-type");
    expect(reasonOf(readFrame({ f: "challenge", challenge: "x", more: 1 }))).toBe("member-unknown");
    expect(reasonOf(readFrame(null))).toBe("frame-type");
  });
});

describe("random mutations", () => {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~ =";

  function mutate(token: string, random: () => number): string {
    const at = Math.floor(random() * token.length);
    const letter = letters.charAt(Math.floor(random() * letters.length));
    switch (Math.floor(random() * 4)) {
      case 0:
        return token.slice(0, at) + letter + token.slice(at + 1);
      case 1:
        return token.slice(0, at) + token.slice(at + 1);
      case 2:
        return token.slice(0, at) + letter + token.slice(at);
      default:
        return token.slice(0, at);
    }
  }

  it("no changed byte of a key set, certificate, challenge or result is taken", async () => {
    const { keyset, certificate, challenge } = await trusted();
    const readers: [string, (token: string) => unknown][] = [
      [keyset.token, (token) => verifyKeySet(token, { roots, authority: AUTHORITY })],
      [certificate.token, (token) => verifyCertificate(token, { keyset, now: NOW })],
      [challenge.token, (token) => verifyChallenge(token, { certificate, gate: GATE })],
      [await world.result(), (token) => verifyResult(token, { certificate, challenge })],
    ];
    const random = world.numbers(20261122);
    for (const [token, read] of readers) {
      for (let n = 0; n < 250; n++) {
        const changed = mutate(token, random);
        if (changed !== token) expect([changed, reasonOf(read(changed))]).not.toEqual([changed, "taken"]);
      }
    }
  });

  it("keys have one thumbprint, that of RFC 7638", () => {
    // RFC 8037, appendix A.3
    const key = { curve: "Ed25519", x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" } as const;
    expect(thumbprint(key)).toBe("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
  });
});
