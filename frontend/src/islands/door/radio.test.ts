import { IDBFactory } from "fake-indexeddb";
import { describe, expect, it } from "vitest";
import { Problem } from "../../lib/api";
import { openKept } from "../../lib/rights/kept";
import * as world from "../../lib/protocol/v1/world.fixture";
import { type Ports, type Step, tryDoor, tryRadio, wayOf } from "./flow";

const { GATE, HOUR, NOW } = world;
import { Alone, codesOf, DOOR, enrolled, portsOf } from "./street.fixture";

/** Short waits pass at once, the bounds never do. */
const pass = (seconds: number) => (seconds < 1 ? Promise.resolve() : new Promise<void>(() => undefined));

async function taken(street: Alone): Promise<Ports> {
  const { phone, key } = await enrolled();
  street.chains.push(await world.grant(key.key));
  const kept = await openKept(new IDBFactory());
  const ports = { ...portsOf(street, phone), kept, bluetooth: street.antenna.bluetooth, pass };
  // With the server, once: it says what is kept
  expect(codesOf(await tryDoor(ports, DOOR, () => undefined))).toEqual(["open"]);
  const gone = async () => new Problem("network", 0);
  return { ...ports, api: { get: gone, post: gone } };
}

async function byRadio(ports: Ports, door = DOOR): Promise<readonly string[]> {
  return codesOf(await tryRadio(ports, door, () => undefined));
}

describe("a right that admits one way only", () => {
  async function before(...ways: string[][]): Promise<[Alone, Ports]> {
    const { phone, key } = await enrolled();
    const street = new Alone();
    for (const trn of ways) street.chains.push(await world.grant(key.key, { pol: { ...world.POLICY, trn } }));
    const kept = await openKept(new IDBFactory());
    return [street, { ...portsOf(street, phone), kept, bluetooth: street.antenna.bluetooth, pass }];
  }

  it("by Bluetooth isn't shown to the server, and opens by Bluetooth", async () => {
    const [street, ports] = await before(["local"]);
    expect(codesOf(await tryDoor(ports, DOOR, () => undefined))).toEqual(["transport-not-admitted"]);
    expect(street.asked).toHaveLength(1);
    expect(await wayOf(ports, DOOR)).toBe("radio");
    expect(await byRadio(ports)).toEqual(["open"]);
  });

  it("through the server isn't shown to the lock by Bluetooth", async () => {
    const [street, ports] = await before(["relay"]);
    expect(codesOf(await tryDoor(ports, DOOR, () => undefined))).toEqual(["open"]);
    expect(await wayOf(ports, DOOR)).toBe("no-rights");
    expect(await byRadio(ports)).toEqual(["transport-not-admitted"]);
    expect(street.antenna.heard).toEqual([]);
  });

  it("is taken for that way when there is one for each", async () => {
    const [street, ports] = await before(["local"], ["relay"]);
    const shown: unknown[] = [];
    const [response, verdict] = [street.response, street.verdict];
    street.response = async (body) => {
      shown.push((body.frame as { chain: string }).chain);
      return response(body);
    };
    street.verdict = async (frame) => {
      shown.push(frame.chain);
      return verdict(frame);
    };
    expect(codesOf(await tryDoor(ports, DOOR, () => undefined))).toEqual(["open"]);
    expect(await byRadio(ports)).toEqual(["open"]);
    expect(shown).toEqual([street.chains[1], street.chains[0]]);
  });
});

describe("with the server down", () => {
  it("the phone opens by Bluetooth with what it kept, shows the certified name and leaves no link", async () => {
    const street = new Alone();
    const ports = await taken(street);
    expect(codesOf(await tryDoor(ports, DOOR, () => undefined))).toEqual(["network"]);
    expect(await wayOf(ports, DOOR)).toBe("radio");
    const steps: [Step, string][] = [];
    const outcome = await tryRadio(ports, DOOR, (step, name) => steps.push([step, name]));
    const name = "Armoire PM-77284-0142, avenue Roosevelt";
    expect(outcome).toEqual({ name, nonce: world.NONCE, marks: [] });
    expect(steps.map(([step]) => step)).toEqual(["choose", "lock", "lock", "answer"]);
    expect(street.antenna.heard).toEqual(["hello", "challenge-request", "response"]);
    expect(street.antenna.linked).toBe(false);
  });

  it.each([
    ["a proxy before a dead one", new Problem("unreadable", 502)],
    ["one whose database is away", new Problem("database-away", 503)],
  ])("%s is no server either", async (_, problem) => {
    const street = new Alone();
    const ports = await taken(street);
    const gone = async () => problem;
    const behind = { ...ports, api: { get: gone, post: gone } };
    expect(codesOf(await tryDoor(behind, DOOR, () => undefined))).toEqual(["network"]);
    expect(await byRadio(behind)).toEqual(["open"]);
  });

  it("it carries down what the lock holds an older one of, before it asks", async () => {
    const street = new Alone();
    street.revocation = world.revocation();
    const ports = await taken(street);
    street.held = { keyset: 2, revocations: [3, 4] };
    street.certificate = world.certificate({ nbf: NOW - 2 * HOUR });
    expect(await byRadio(ports)).toEqual(["open"]);
    expect(street.antenna.heard).toEqual(["hello", "carry-down", "challenge-request", "response"]);
    const tokens = { keyset: await street.keyset, revocation: await street.revocation };
    expect(street.lists).toEqual([{ f: "carry-down", certificate: await world.certificate(), ...tokens }]);
    street.held = { keyset: 3, revocations: [3, 5] };
    street.certificate = world.certificate();
    await byRadio(ports);
    expect(street.lists).toHaveLength(1);
  });

  it("news that don't get through keep nobody out: it links again and goes without them", async () => {
    const street = new Alone();
    const ports = await taken(street);
    street.held = { keyset: 2, revocations: [3, 4] };
    street.antenna.breaksAt = "carry-down";
    expect(await byRadio(ports)).toEqual(["open"]);
    expect(street.antenna.heard).toEqual(["hello", "carry-down", "hello", "challenge-request", "response"]);
    expect(street.antenna.linked).toBe(false);
  });

  it("what isn't this cabinet's lock is not answered", async () => {
    const street = new Alone();
    const ports = await taken(street);
    street.certificate = world.certificate({ sub: "gate-8" });
    expect(await byRadio(ports)).toEqual(["gate-other", "not-trusted"]);
    street.certificate = world.certificate();
    const hostile: [Promise<string>, string][] = [
      [world.challenge({ gate: "gate-8", transport: "local" }), "gate-other"],
      [world.challenge({ transport: "local" }, world.octet(66)), "token-signature"],
      [world.challenge(), "challenge-transport"],
    ];
    for (const [challenge, code] of hostile) {
      street.local = async () => ({ f: "challenge", challenge: await challenge });
      expect(await byRadio(ports)).toEqual([code, "not-trusted"]);
    }
    street.antenna.raw = Uint8Array.from([1, 0, 0, 0]);
    expect(await byRadio(ports)).toEqual(["frame-size", "not-trusted"]);
    expect(street.antenna.heard).not.toContain("response");
    expect(street.antenna.linked).toBe(false);
  });

  it("what the lock refuses, and what the radio does, is told", async () => {
    const street = new Alone();
    const ports = await taken(street);
    street.local = async () => ({ f: "refused", reason: "not-commissioned" });
    expect(await byRadio(ports)).toEqual(["not-commissioned"]);
    street.local = new Alone().local;
    street.verdict = async () => ({ out: "transport-not-admitted" });
    expect(await byRadio(ports)).toEqual(["transport-not-admitted"]);
    for (const [frame, code] of [
      ["hello", "hung-up"],
      ["challenge-request", "hung-up"],
      ["response", "outcome-unknown"],
    ] as const) {
      street.antenna.breaksAt = frame;
      expect(await byRadio(ports)).toEqual([code]);
    }
    street.antenna.near = false;
    expect(await byRadio(ports)).toEqual(["out-of-reach"]);
    street.antenna.on = false;
    expect(await byRadio(ports)).toEqual(["bluetooth-off"]);
  });

  it("a phone that took nothing along, whose right has ended, or whose browser has no Bluetooth is told so", async () => {
    const street = new Alone();
    const ports = await taken(street);
    expect(await wayOf({ ...ports, bluetooth: null }, DOOR)).toBe("no-bluetooth");
    expect(await wayOf(ports, { ...DOOR, gate: "gate-8" })).toBe("no-rights");
    expect(await wayOf(ports, { ...DOOR, person: "bob" })).toBe("no-rights");
    const later = { ...ports, now: () => NOW + 5 * HOUR };
    expect(await byRadio(later)).toEqual(["no-rights-kept"]);
    expect(await wayOf(later, DOOR)).toBe("no-rights");
    expect(await wayOf(ports, DOOR), "the clock was ahead").toBe("radio");
    expect(street.antenna.heard).toEqual([]);
  });

  it("a phone whose date is wrong is told so, and not that it has no right", async () => {
    const street = new Alone();
    const ports = { ...(await taken(street)), now: () => NOW - 1000 * 24 * HOUR };
    expect(await wayOf(ports, DOOR)).toBe("radio");
    expect((await byRadio(ports)).at(-1)).toBe("dates");
  });

  it("a newer key set that came with no right at another door doesn't make this door's older", async () => {
    const street = new Alone();
    const ports = await taken(street);
    street.keyset = world.keyset({ num: 4 });
    const refused = await tryDoor({ ...ports, api: street.api }, { ...DOOR, gate: "gate-9" }, () => undefined);
    expect(codesOf(refused)).toEqual(["resource-not-granted"]);
    expect(await byRadio(ports)).toEqual(["open"]);
  });

  it("what is kept is verified again from the pinned roots: who changes the phone's store gains nothing", async () => {
    const street = new Alone();
    const ports = await taken(street);
    const thief = world.octet(99);
    const there = await ports.kept?.at("alice", GATE, NOW);
    if (!there) throw new Error("nothing is kept");
    const keyset = await world.keyset({ num: 9 }, thief);
    await ports.kept?.keepLists({ ...there, keyset });
    expect(await byRadio(ports)).toEqual(["keyset-root", "not-trusted"]);
    expect(street.antenna.heard).toEqual([]);
  });
});
