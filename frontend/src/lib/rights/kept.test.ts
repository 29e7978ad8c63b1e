import { IDBFactory } from "fake-indexeddb";
import { describe, expect, it } from "vitest";
import { type Kept, type KeptRights, type Lists, NAME, openKept } from "./kept";

const LISTS: Lists = { authority: "meaux", keyset: "set 3", revocation: "list 4" };
const RIGHTS: KeptRights = {
  gate: "gate-7",
  person: "alice",
  authority: "meaux",
  certificate: "certificate",
  chains: ["chain"],
  until: 100,
};

async function keep(kept: Kept, lists = LISTS, rights = RIGHTS): Promise<void> {
  await kept.keepLists(lists);
  await kept.keep(rights);
}

describe("rights that are kept", () => {
  it("are one person's at one lock, until the last of them ends", async () => {
    const factory = new IDBFactory();
    await keep(await openKept(factory));
    const kept = await openKept(factory);
    expect(await kept.at("alice", "gate-7", 99)).toEqual({ ...LISTS, ...RIGHTS });
    expect(await kept.at("alice", "gate-8", 99)).toBeNull();
    expect(await kept.at("bob", "gate-7", 99)).toBeNull();
    expect(await kept.at("alice", "gate-7", 100)).toBeNull();
    expect(await kept.at("alice", "gate-7", 99), "the clock was ahead").not.toBeNull();
    expect(await kept.at("bob", "gate-7", 100 + 8 * 86_400)).toBeNull();
    expect(await kept.at("alice", "gate-7", 99), "it was dropped, not hidden").toBeNull();
  });

  it("go with the newest lists of their authority, whichever lock was asked about last", async () => {
    const kept = await openKept(new IDBFactory());
    await keep(kept);
    await keep(kept, { ...LISTS, keyset: "set 4", revocation: "list 5" }, { ...RIGHTS, gate: "gate-8" });
    expect(await kept.at("alice", "gate-7", 50)).toMatchObject({ keyset: "set 4", revocation: "list 5" });
    await kept.drop("alice", "gate-8");
    expect(await kept.at("alice", "gate-8", 50)).toBeNull();
  });

  it("are erased at a log-out, even while a page has them open", async () => {
    const factory = new IDBFactory();
    await keep(await openKept(factory));
    await new Promise((done) => {
      factory.deleteDatabase(NAME).onsuccess = done;
    });
    expect(await (await openKept(factory)).at("alice", "gate-7", 50)).toBeNull();
  });
});
