import { IDBFactory } from "fake-indexeddb";
import { beforeEach, describe, expect, it } from "vitest";
import { type Api, Problem } from "../../lib/api";
import { openPhone } from "../../lib/phone";
import { octetJwk } from "../../lib/protocol/v1/jwk";
import * as world from "../../lib/protocol/v1/world.fixture";
import { openKept } from "../../lib/rights/kept";
import { type Ports, prepare, type Stop } from "./flow";

const { AUTHORITY, HOUR, NOW, ROOTS } = world;
const STOPS: Stop[] = ["gate-7", "gate-8", "gate-9"].map((gate) => ({ gate, path: `/c/${gate}/` }));

let ports: Ports;
let there: boolean;
let asked: string[];
let shelf: Set<string>;
let now: number;
let chain: string;

beforeEach(async () => {
  [there, asked, shelf, now] = [true, [], new Set(["/c/gate-7/", "/c/gate-8/", "/c/gate-9/"]), NOW];
  const phone = await openPhone(new IDBFactory());
  const { key, thumbprint } = await phone.makeKey("alice");
  await phone.adopt("alice", thumbprint);
  // An order for two of the three
  chain = await world.grant(key);
  const [keyset, revocation] = [await world.keyset(), await world.revocation()];
  const api: Api = {
    post: async () => new Problem("network", 0),
    get: async (path) => {
      asked.push(path);
      if (!there) return new Problem("network", 0);
      const gate = path.split("gate=")[1] ?? "";
      const roots = ROOTS.map((root) => octetJwk(root.key));
      const certificate = await world.certificate({ sub: gate });
      const chains = gate === "gate-9" ? [] : [chain];
      return { status: 200, body: { authority: AUTHORITY, roots, keyset, certificate, chains, revocation } };
    },
  };
  const hold = async (paths: readonly string[]) => paths.filter((path) => shelf.has(path));
  ports = { api, phone, kept: await openKept(new IDBFactory()), hold, now: () => now };
});

const ready = async (person = "alice") => Array.from(await prepare(ports, person, STOPS));

describe("before a technician goes", () => {
  it("their phone takes along each lock's rights and the page of its door, and says which are there", async () => {
    expect(await ready()).toEqual(["gate-7", "gate-8"]);
    expect(asked).toHaveLength(3);
    expect(await ports.kept.at("alice", "gate-7", NOW)).toMatchObject({ authority: AUTHORITY });
  });

  it("what it took along counts where there is no network, of which it makes sure once", async () => {
    await ready();
    [there, asked] = [false, []];
    expect(await ready()).toEqual(["gate-7", "gate-8"]);
    expect(asked).toHaveLength(1);
    now = NOW + 4 * HOUR;
    expect(await ready(), "the order has ended").toEqual([]);
  });

  it("nothing is ready without the page, without a key, or for somebody else", async () => {
    shelf.delete("/c/gate-7/");
    expect(await ready()).toEqual(["gate-8"]);
    asked = [];
    expect(await ready("bob")).toEqual([]);
    expect(asked).toEqual([]);
  });

  it("a right that opens through the server only isn't ready without it", async () => {
    const { key } = (await ports.phone.keyOf("alice")) ?? {};
    if (!key) throw new Error("no key");
    chain = await world.grant(key, { pol: { ...world.POLICY, trn: ["relay"] } });
    expect(await ready()).toEqual([]);
  });

  it("a right that the server no longer has is dropped", async () => {
    await ready();
    ports = { ...ports, api: { ...ports.api, get: async () => new Problem("gate-unknown", 404) } };
    expect(await ready()).toEqual([]);
  });
});
