import { IDBFactory } from "fake-indexeddb";
import { describe, expect, it } from "vitest";
import { type Api, Problem } from "../../lib/api";
import { openPhone } from "../../lib/phone";
import { thumbprint } from "../../lib/protocol/v1/jwk";
import { verifyPossession } from "../../lib/protocol/v1/possession";
import { expectTaken } from "../../lib/protocol/v1/refusal";
import { enrol } from "./flow";

const NONCE = "3q2-7wAAAAAAAAAAAAAAAA";
const AUDIENCE = "http://localhost:8000";

function server(keys: (proof: string) => Record<string, unknown> | Problem): Api {
  return {
    get: async () => new Problem("network", 0),
    post: async (path, body) => {
      if (path.endsWith("/challenge")) return { status: 200, body: { nonce: NONCE, audience: AUDIENCE } };
      const answer = keys((body as { proof: string }).proof);
      return answer instanceof Problem ? answer : { status: 200, body: answer };
    },
  };
}

function taken(proof: string): Record<string, unknown> {
  const mark = thumbprint(expectTaken(verifyPossession(proof, { audience: AUDIENCE, nonce: NONCE })).key);
  return { thumbprint: mark, label: mark.slice(0, 8), roots: [] };
}

describe("enrolling a phone", () => {
  it("proves possession of a key made here, and keeps it", async () => {
    const phone = await openPhone(new IDBFactory());
    let said: object | null = null;
    const api = server((proof) => {
      said = expectTaken(verifyPossession(proof, { audience: AUDIENCE, nonce: NONCE }));
      return taken(proof);
    });
    const done = await enrol({ api, phone }, { person: "alice", code: " k7m2-9qtx " });
    expect(said).toMatchObject({ audience: AUDIENCE, nonce: NONCE, code: "K7M2-9QTX" });
    expect((await phone.keyOf("alice"))?.thumbprint).toBe((done as { thumbprint: string }).thumbprint);
  });

  it("says nothing of a code when there is none: a passkey was just used", async () => {
    const phone = await openPhone(new IDBFactory());
    let said: object = {};
    const api = server((proof) => {
      said = expectTaken(verifyPossession(proof, { audience: AUDIENCE, nonce: NONCE }));
      return taken(proof);
    });
    await enrol({ api, phone }, { person: "alice", code: "  " });
    expect(said).not.toHaveProperty("code");
  });

  it("leaves the former key in use when the server refuses", async () => {
    const phone = await openPhone(new IDBFactory());
    await enrol({ api: server(taken), phone }, { person: "alice", code: "A" });
    const former = (await phone.keyOf("alice"))?.thumbprint;
    const api = server(() => new Problem("wrong-code", 409, "Not this code."));
    const refused = await enrol({ api, phone }, { person: "alice", code: "B" });
    expect(refused).toEqual(new Problem("wrong-code", 409, "Not this code."));
    expect((await phone.keyOf("alice"))?.thumbprint).toBe(former);
  });

  it("completes an enrolment whose answer was lost", async () => {
    const phone = await openPhone(new IDBFactory());
    let enrolled = "";
    const api = server((proof) => {
      enrolled = String(taken(proof).thumbprint);
      return new Problem("network", 0);
    });
    expect(await enrol({ api, phone }, { person: "alice", code: "A" })).toEqual(new Problem("network", 0));
    expect(await phone.keyOf("alice")).toBeNull();
    expect(await phone.adopt("alice", enrolled)).toBe(true);
    expect((await phone.keyOf("alice"))?.thumbprint).toBe(enrolled);
  });
});
