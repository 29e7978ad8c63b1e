import { ed25519 } from "@noble/curves/ed25519.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { describe, expect, it } from "vitest";
import { encode } from "../base64url";
import { canonical, canonicalText } from "../protocol/v1/strictjson";
import { numbers } from "../protocol/v1/world.fixture";
import { isIncluded, leafHash, nodeHash } from "./merkle";
import { isSignedBy, parseNote, parseVerifierKey, type VerifierKey } from "./note";
import { CHECKS, parseReceipt, verifyReceipt } from "./receipt";

const LOG = "7b0a2c5e-1d3f-4a6b-8c9d-0e1f2a3b4c5d";
const ORIGIN = `meaux.example/register/${LOG}`;
const SECRET = sha256(new TextEncoder().encode("a key for tests"));
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");

function vkey(name = ORIGIN, secret = SECRET): string {
  const data = Uint8Array.of(1, ...ed25519.getPublicKey(secret));
  const id = sha256(Uint8Array.of(...new TextEncoder().encode(`${name}\n`), ...data)).subarray(0, 4);
  return `${name}+${Buffer.from(id).toString("hex")}+${base64(data)}`;
}

function keys(...texts: string[]): VerifierKey[] {
  return texts.map(parseVerifierKey).filter((key): key is VerifierKey => key !== null);
}

/** RFC 9162, section 2.1.1 and 2.1.3.1, word for word. */
function root(leaves: Uint8Array[]): Uint8Array {
  if (leaves.length === 1) return leaves[0] as Uint8Array;
  const cut = 2 ** Math.floor(Math.log2(leaves.length - 1));
  return nodeHash(root(leaves.slice(0, cut)), root(leaves.slice(cut)));
}

function path(index: number, leaves: Uint8Array[]): Uint8Array[] {
  if (leaves.length === 1) return [];
  const cut = 2 ** Math.floor(Math.log2(leaves.length - 1));
  return index < cut
    ? [...path(index, leaves.slice(0, cut)), root(leaves.slice(cut))]
    : [...path(index - cut, leaves.slice(cut)), root(leaves.slice(0, cut))];
}

function note(text: string, name = ORIGIN, secret = SECRET): string {
  const id = parseVerifierKey(vkey(name, secret))?.id ?? new Uint8Array();
  const signature = ed25519.sign(new TextEncoder().encode(text), secret);
  return `${text}\n— ${name} ${base64(Uint8Array.of(...id, ...signature))}\n`;
}

const VALUES = { gate: "gate-7", reason: "admitted", boot: 3, marks: [], clock: true };
const SALTS = Object.fromEntries(
  Object.keys(VALUES).map((name) => [name, sha256(new TextEncoder().encode(`salt ${name}`))]),
);

function commitmentOf(name: string, value: unknown): string {
  return encode(hmac(sha256, SALTS[name] ?? new Uint8Array(), canonical(value)));
}

interface Made {
  readonly [name: string]: unknown;
  readonly entry: string;
  readonly checkpoint: string;
  readonly proof: string[];
  readonly open: Record<string, { value: unknown; salt: string }>;
}

/** A receipt of leaf `index` in a log of `size` leaves, laid out for people. */
function receipt(index = 5, size = 11, changes: object = {}): Made {
  const fields = Object.fromEntries(Object.entries(VALUES).map(([name, value]) => [name, commitmentOf(name, value)]));
  const entry = canonicalText({ at: "2026-11-22T05:41Z", fields, kind: "cabinet.use", log: LOG, v: 1 });
  const leaves = Array.from({ length: size }, (_, n) =>
    leafHash(new TextEncoder().encode(n === index ? entry : `leaf ${n}`)),
  );
  return {
    type: "beffroi-receipt",
    v: 1,
    origin: ORIGIN,
    index,
    entry,
    proof: path(index, leaves).map(base64),
    checkpoint: note(`${ORIGIN}\n${size}\n${base64(root(leaves))}\n`),
    open: Object.fromEntries(
      Object.entries(VALUES).map(([name, value]) => [name, { value, salt: encode(SALTS[name] ?? new Uint8Array()) }]),
    ),
    ...changes,
  };
}

function bytes(item: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(item, null, 1));
}

function failed(item: unknown, given: readonly VerifierKey[] = keys(vkey())): string[] | null {
  const read = parseReceipt(bytes(item));
  if (!read) return null;
  const { checks } = verifyReceipt(read, given);
  return CHECKS.filter((check) => !checks[check]);
}

describe("the tree", () => {
  it("every leaf of every tree up to 40 leaves is where its proof says, and nowhere else", () => {
    for (let size = 1; size <= 40; size++) {
      const leaves = Array.from({ length: size }, (_, n) => leafHash(Uint8Array.of(n)));
      const top = root(leaves);
      for (let index = 0; index < size; index++) {
        const inclusion = { index, size, leaf: leaves[index] as Uint8Array, proof: path(index, leaves), root: top };
        expect(isIncluded(inclusion)).toBe(true);
        expect(isIncluded({ ...inclusion, index: index === 0 ? 1 : index - 1 })).toBe(false);
        expect(isIncluded({ ...inclusion, leaf: leafHash(Uint8Array.of(99)) })).toBe(false);
        expect(isIncluded({ ...inclusion, proof: [...inclusion.proof, top] })).toBe(false);
        if (index > 0) expect(isIncluded({ ...inclusion, proof: inclusion.proof.slice(0, -1) })).toBe(false);
      }
    }
  });
});

describe("verifier keys", () => {
  it("are read in their one form", () => {
    expect(parseVerifierKey(`${vkey()}\n`)?.name).toBe(ORIGIN);
    // The example of the C2SP specification
    const example = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    expect(parseVerifierKey(example)?.name).toBe("PeterNeumann");
    expect(parseVerifierKey(example.replace("c74f20a3", "c74f20a4"))).toBeNull();
    expect(parseVerifierKey("")).toBeNull();
    expect(parseVerifierKey("name+00000000+AA==")).toBeNull();
  });

  it("verify the specification's own note", () => {
    const text =
      "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n" +
      "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
    const given = keys("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW");
    const read = parseNote(text);
    expect(read && isSignedBy(read, "PeterNeumann", given)).toBe(true);
    const changed = parseNote(text.replace("answer", "problem"));
    expect(changed && isSignedBy(changed, "PeterNeumann", given)).toBe(false);
  });
});

describe("a receipt", () => {
  it("holds, for each leaf of logs of several sizes", () => {
    for (const [index, size] of [
      [0, 1],
      [0, 2],
      [5, 11],
      [10, 11],
      [255, 300],
    ] as const) {
      expect(failed(receipt(index, size))).toEqual([]);
    }
  });

  it("may leave fields closed", () => {
    expect(failed(receipt(5, 11, { open: {} }))).toEqual([]);
  });

  it("is signed by a key from outside it, under the log's own name", () => {
    const other = sha256(new TextEncoder().encode("another key"));
    expect(failed(receipt(), [])).toEqual(["signature"]);
    expect(failed(receipt(), keys(vkey(ORIGIN, other)))).toEqual(["signature"]);
    expect(failed(receipt(), keys(vkey(ORIGIN, other), vkey()))).toEqual([]);
    expect(failed(receipt(), keys(vkey("elsewhere.example/register/installation")))).toEqual(["signature"]);
  });

  it.each<[string, string[] | null, (made: Made) => object]>([
    ["another index", ["inclusion"], () => ({ index: 6 })],
    ["a shorter proof", ["inclusion"], (made) => ({ proof: made.proof.slice(1) })],
    [
      "a checkpoint of another size",
      ["signature"],
      (made) => ({ checkpoint: made.checkpoint.replace("\n11\n", "\n10\n") }),
    ],
    ["another log's origin", ["entry"], () => ({ origin: "meaux.example/register/installation" })],
    ["another value", ["openings"], (made) => ({ open: { ...made.open, boot: { ...made.open.boot, value: 4 } } })],
    [
      "a value of another type",
      ["openings"],
      (made) => ({ open: { ...made.open, boot: { ...made.open.boot, value: "3" } } }),
    ],
    ["a field that the entry has not", ["openings"], (made) => ({ open: { more: made.open.boot } })],
    ["another entry", ["inclusion", "openings"], (made) => ({ entry: made.entry.replace(/"boot":"./, '"boot":"_') })],
    ["an entry laid out otherwise", ["entry", "inclusion", "openings"], (made) => ({ entry: ` ${made.entry}` })],
    ["no signature", ["signature", "entry", "inclusion"], (made) => ({ checkpoint: made.checkpoint.split("\n— ")[0] })],
    ["another version", null, () => ({ v: 2 })],
    ["a surplus member", null, () => ({ more: 1 })],
    ["a proof that isn't hashes", null, () => ({ proof: ["???"] })],
    ["a short salt", null, () => ({ open: { boot: { value: 3, salt: "AAAA" } } })],
    [
      "a value that isn't ASCII",
      null,
      () => ({ open: { boot: { value: "é", salt: encode(SALTS.boot ?? new Uint8Array()) } } }),
    ],
  ])("says what is wrong: %s", (_, wrong, change) => {
    const made = receipt();
    expect(failed({ ...made, ...change(made) })).toEqual(wrong);
  });

  it("with a member twice is no receipt", () => {
    const text = new TextDecoder().decode(bytes(receipt())).replace('"index": 5', '"index": 4,\n "index": 5');
    expect(parseReceipt(new TextEncoder().encode(text))).toBeNull();
  });

  it("does not hold with any letter of its entry or checkpoint changed", () => {
    const random = numbers(7);
    const made = receipt();
    for (let n = 0; n < 200; n++) {
      const member = n % 2 === 0 ? "entry" : "checkpoint";
      const text = String(made[member]);
      const at = Math.floor(random() * text.length);
      const letter = String.fromCharCode(33 + Math.floor(random() * 90));
      const changed = text.slice(0, at) + letter + text.slice(at + 1);
      if (changed !== text) expect([changed, failed({ ...made, [member]: changed })]).not.toEqual([changed, []]);
    }
  });
});
