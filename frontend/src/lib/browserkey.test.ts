import { IDBFactory, IDBKeyRange } from "fake-indexeddb";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { type Api, Problem } from "./api";
import { browserKey } from "./browserkey";
import { openPhone, type Phone, type PhoneKey } from "./phone";
import { thumbprint } from "./protocol/v1/jwk";
import { verifyPossession } from "./protocol/v1/possession";
import { expectTaken } from "./protocol/v1/refusal";

vi.stubGlobal("IDBKeyRange", IDBKeyRange);
const NONCE = "3q2-7wAAAAAAAAAAAAAAAA";
const AUDIENCE = "http://localhost:8000";
const HOUR = 3_600_000;

let phone: Phone;
let now: number;
let live: string[];
let refuses: Problem | null;

beforeEach(async () => {
  phone = await openPhone(new IDBFactory());
  [now, live, refuses] = [Date.UTC(2026, 10, 23), [], null];
});

const api: Api = {
  get: async () => new Problem("network", 0),
  post: async (path, body) => {
    if (path === "/api/v1/holder/challenge") return { status: 200, body: { nonce: NONCE, audience: AUDIENCE } };
    expect(path).toBe("/api/v1/holder/keys/browser");
    if (refuses) return refuses;
    const { proof } = body as { proof: string };
    const said = expectTaken(verifyPossession(proof, { audience: AUDIENCE, nonce: NONCE }));
    live.push(thumbprint(said.key));
    const until = new Date(now + 12 * HOUR).toISOString();
    return { status: 200, body: { thumbprint: thumbprint(said.key), asks_until: until } };
  },
};

async function key(): Promise<PhoneKey | Problem> {
  return browserKey({ api, phone, now: () => now }, "alice", live);
}

describe("a browser's key", () => {
  it("is enrolled when it is first needed, and used until shortly before its end", async () => {
    const first = (await key()) as PhoneKey;
    expect(live).toEqual([first.thumbprint]);
    expect(first.until).toBe(now + 12 * HOUR);
    now += 10 * HOUR;
    expect(await key()).toMatchObject({ thumbprint: first.thumbprint });
    now += HOUR;
    const second = (await key()) as PhoneKey;
    expect(live).toEqual([first.thumbprint, second.thumbprint]);
    expect(await phone.keyBy("alice", first.thumbprint)).not.toBeNull();
  });

  it("is made anew when the server no longer knows it", async () => {
    const first = (await key()) as PhoneKey;
    live = [];
    expect(((await key()) as PhoneKey).thumbprint).not.toBe(first.thumbprint);
  });

  it("is not there when the server refuses it, and the former one stays", async () => {
    const first = (await key()) as PhoneKey;
    now += 12 * HOUR;
    refuses = new Problem("needs-second-factor", 409, "Log in with a second factor.");
    expect(await key()).toEqual(refuses);
    expect(await phone.keyBy("alice", first.thumbprint)).not.toBeNull();
  });
});
