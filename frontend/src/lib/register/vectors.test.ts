/** The vectors of docs/spec/vectors/register: what the Python verifier says of them, this one says. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { decodePadded } from "../base64url";
import { compare } from "./comparison";
import { parseVerifierKey, type VerifierKey } from "./note";
import { CHECKS, parseReceipt, verifyReceipt } from "./receipt";

interface Pair {
  readonly name: string;
  readonly held: string;
  readonly brought: string;
  readonly proof: readonly string[];
  readonly says: string;
}

interface Handed {
  readonly name: string;
  readonly receipt: string;
  readonly fails: readonly string[] | null;
}

function load<Vector>(name: string): { key: VerifierKey[]; vectors: Vector[] } {
  const address = new URL(`../../../../docs/spec/vectors/register/${name}.json`, import.meta.url);
  const file = JSON.parse(readFileSync(address, "utf8")) as { key: string; vectors: Vector[] };
  return { key: [parseVerifierKey(file.key)].filter((key) => key !== null), vectors: file.vectors };
}

describe("two checkpoints", () => {
  const { key, vectors } = load<Pair>("consistency");
  it.each(vectors.map((vector) => [vector.name, vector] as const))("%s", async (_, vector) => {
    const steps = vector.proof.map((step) => decodePadded(step) ?? new Uint8Array());
    expect(await compare(vector.held, vector.brought, key, () => Promise.resolve(steps))).toBe(vector.says);
  });

  it("in the other order, when a mirror is ahead of what this page shows", async () => {
    for (const { held, brought, proof, says } of vectors.filter(({ says }) => says === "extends")) {
      const steps = proof.map((step) => decodePadded(step) ?? new Uint8Array());
      expect(await compare(brought, held, key, () => Promise.resolve(steps))).toBe(says);
    }
  });

  it("without a proof at hand prove nothing", async () => {
    const pair = vectors.find(({ says }) => says === "extends");
    expect(await compare(pair?.held ?? "", pair?.brought ?? "", key, () => Promise.resolve(null))).toBe("unproven");
  });

  it("signed by nobody known, or of another log, are not compared", async () => {
    const pair = vectors[0];
    const none = () => Promise.reject(new Error("nothing is asked for"));
    expect(await compare(pair?.held ?? "", pair?.brought ?? "", [], none)).toBe("unsigned");
    const other = pair?.brought.replace("meaux.example", "provins.example") ?? "";
    expect(await compare(pair?.held ?? "", other, key, none)).toBe("other-log");
    expect(await compare(pair?.held ?? "", "a letter to the mayor", key, none)).toBe("unreadable");
  });
});

describe("receipts", () => {
  const { key, vectors } = load<Handed>("receipts");
  it.each(vectors.map((vector) => [vector.name, vector] as const))("%s", (_, vector) => {
    const receipt = parseReceipt(new TextEncoder().encode(vector.receipt));
    const failed = receipt && CHECKS.filter((check) => !verifyReceipt(receipt, key).checks[check]);
    expect(failed).toEqual(vector.fails);
  });
});
