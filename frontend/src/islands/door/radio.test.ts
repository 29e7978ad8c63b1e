import { IDBFactory } from "fake-indexeddb";
import { describe, expect, it } from "vitest";
import { Problem } from "../../lib/api";
import { openKept } from "../../lib/rights/kept";
import * as world from "../../lib/protocol/v1/world.fixture";
import { type Ports, type Step, tryDoor, tryRadio, wayOf } from "./flow";

const { GATE, HOUR, NOW } = world;
import { Alone, codesOf, DOOR, enrolled, portsOf } from "./street.fixture";

async function taken(street: Alone): Promise<Ports> {
  const { phone, key } = await enrolled();
  street.chains.push(await world.grant(key.key));
  const kept = await openKept(new IDBFactory());
  const pass = (seconds: number) => (seconds < 1 ? Promise.resolve() : new Promise<void>(() => undefined));
  const ports = { ...portsOf(street, phone), kept, bluetooth: street.antenna.bluetooth, pass };
  // With the server, once: it says what is kept
  expect(codesOf(await tryDoor(ports, DOOR, () => undefined))).toEqual(["open"]);
  const gone = async () => new Problem("network", 0);
  return { ...ports, api: { get: gone, post: gone } };
}

async function byRadio(ports: Ports, door = DOOR): Promise<readonly string[]> {
  return codesOf(await tryRadio(ports, door, () => undefined));
}

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
    expect(await wayOf(ports, DOOR), "what has ended is dropped").toBe("no-rights");
    expect(street.antenna.heard).toEqual([]);
  });

  it("what is kept is verified again from the pinned roots: who changes the phone's store gains nothing", async () => {
    const street = new Alone();
    const ports = await taken(street);
    const thief = world.octet(99);
    const there = await ports.kept?.at("alice", GATE, NOW);
    if (!there) throw new Error("nothing is kept");
    const keyset = await world.keyset({ num: 9 }, thief);
    await ports.kept?.keep({ ...there, keyset }, there);
    expect(await byRadio(ports)).toEqual(["keyset-root", "not-trusted"]);
    expect(street.antenna.heard).toEqual([]);
  });
});
