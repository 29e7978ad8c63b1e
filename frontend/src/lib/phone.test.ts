import { IDBFactory, IDBKeyRange } from "fake-indexeddb";
import { describe, expect, it, vi } from "vitest";
import { browserOf, openPhone } from "./phone";
import { verifiesEs256 } from "./protocol/v1/jwk";
import { octet } from "./protocol/v1/world.fixture";

vi.stubGlobal("IDBKeyRange", IDBKeyRange);

const MESSAGE = new TextEncoder().encode("[open]");

describe("what the phone keeps", () => {
  it("a key for each person, which signs after the page was closed and can't be read out", async () => {
    const factory = new IDBFactory();
    const first = await openPhone(factory);
    expect(await first.keyOf("alice")).toBeNull();
    const made = await first.makeKey("alice");
    expect(await first.keyOf("alice")).toBeNull();
    expect(await first.adopt("alice", made.thumbprint)).toBe(true);

    const later = await openPhone(factory);
    const key = await later.keyOf("alice");
    expect(key?.thumbprint).toBe(made.thumbprint);
    expect(await later.keyOf("bob")).toBeNull();
    const signature = await key?.sign(MESSAGE);
    expect(signature).toHaveLength(64);
    expect(verifiesEs256(made.key, signature ?? new Uint8Array(), MESSAGE)).toBe(true);
  });

  it("the former key, until the server took the new one", async () => {
    const phone = await openPhone(new IDBFactory());
    const old = await phone.makeKey("alice");
    await phone.adopt("alice", old.thumbprint);
    const fresh = await phone.makeKey("alice");
    expect(await phone.adopt("alice", old.thumbprint)).toBe(false);
    expect((await phone.keyOf("alice"))?.thumbprint).toBe(old.thumbprint);
    expect(await phone.adopt("alice", fresh.thumbprint)).toBe(true);
    expect((await phone.keyOf("alice"))?.thumbprint).toBe(fresh.thumbprint);
    expect(await phone.adopt("alice", fresh.thumbprint)).toBe(false);
  });

  it("what it pinned of an authority", async () => {
    const factory = new IDBFactory();
    const phone = await openPhone(factory);
    expect(await phone.pinned("meaux")).toBeNull();
    const roots = [octet(1).key, octet(2).key];
    await phone.pin("meaux", { roots, keyset: 3 });
    expect(await (await openPhone(factory)).pinned("meaux")).toEqual({ roots, keyset: 3 });
    expect(await phone.pinned("lagny")).toBeNull();
  });

  it("a browser's key for a time, beside the phone's, and its former ones for the rights that name them", async () => {
    const HOUR = 3_600_000;
    const factory = new IDBFactory();
    const phone = await openPhone(factory);
    const own = await phone.makeKey("alice");
    await phone.adopt("alice", own.thumbprint);
    const made: string[] = [];
    for (const now of [0, 12 * HOUR, 24 * HOUR]) {
      const { thumbprint } = await phone.makeKey(browserOf("alice"));
      expect(await phone.adoptBrowser("alice", "another", { now, until: now + 12 * HOUR })).toBe(false);
      expect(await phone.adoptBrowser("alice", thumbprint, { now, until: now + 12 * HOUR })).toBe(true);
      made.push(thumbprint);
    }
    const later = await openPhone(factory);
    const current = await later.keyOf(browserOf("alice"));
    expect(current).toMatchObject({ thumbprint: made[2], until: 36 * HOUR });
    expect((await later.keyOf("alice"))?.until).toBeNull();
    for (const each of [own.thumbprint, ...made]) expect((await later.keyBy("alice", each))?.thumbprint).toBe(each);
    expect(await later.keyBy("bob", own.thumbprint)).toBeNull();
    expect(await later.keyBy("alice", "another")).toBeNull();

    const { thumbprint } = await phone.makeKey(browserOf("alice"));
    await phone.adoptBrowser("alice", thumbprint, { now: 37 * HOUR, until: 49 * HOUR });
    expect(await later.keyBy("alice", made[0] ?? "")).toBeNull();
    expect(await later.keyBy("alice", made[1] ?? "")).not.toBeNull();
  });
});
