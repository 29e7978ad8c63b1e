import { IDBFactory } from "fake-indexeddb";
import { describe, expect, it } from "vitest";
import { openPhone } from "./phone";
import { verifiesEs256 } from "./protocol/v1/jwk";
import { octet } from "./protocol/v1/world.fixture";

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
});
