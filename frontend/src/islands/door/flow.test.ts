import { IDBFactory } from "fake-indexeddb";
import { describe, expect, it } from "vitest";
import { Problem } from "../../lib/api";
import { openPhone, type Phone } from "../../lib/phone";
import { octetJwk } from "../../lib/protocol/v1/jwk";
import * as world from "../../lib/protocol/v1/world.fixture";
import { againBy, type Ports, receiptOf, type Step, tryDoor } from "./flow";
import { codesOf, DOOR, enrolled, type Handler, portsOf, Street } from "./street.fixture";

async function tried(street: Street, phone: Phone): Promise<readonly string[]> {
  return codesOf(await tryDoor(portsOf(street, phone), DOOR, () => undefined));
}

const { GATE, HOUR, NOW } = world;

describe("in front of a cabinet", () => {
  it("the phone opens it, and shows its certified name before it signs", async () => {
    const { phone, key } = await enrolled();
    const street = new Street();
    street.chains.push(await world.grant(key.key));
    const steps: [Step, string][] = [];
    const outcome = await tryDoor(portsOf(street, phone), DOOR, (step, name) => steps.push([step, name]));
    const name = "Armoire PM-77284-0142, avenue Roosevelt";
    expect(outcome).toEqual({ name, nonce: world.NONCE, marks: [] });
    expect(steps).toEqual([
      ["rights", ""],
      ["lock", name],
      ["answer", name],
    ]);
    expect(street.asked).toEqual([
      `/api/v1/holder/grants?gate=${GATE}`,
      `/api/v1/gates/${GATE}/challenge`,
      `/api/v1/gates/${GATE}/response`,
    ]);
  });

  it("among several rights it shows one of this phone, for this lock, in force now", async () => {
    const { phone, key } = await enrolled();
    const street = new Street();
    const other = await world.holder();
    street.chains.push(
      await world.grant(other.key),
      await world.grant(key.key, { res: ["gate-8"] }),
      await world.grant(key.key, { nbf: NOW - 5 * HOUR, exp: NOW - HOUR, jti: "old" }),
      await world.grant(key.key, { jti: "good" }),
    );
    expect(await tried(street, phone)).toEqual(["open"]);
  });

  it("without a key, a right, or with somebody else's, nothing is asked of the lock", async () => {
    const street = new Street();
    const bare = await openPhone(new IDBFactory());
    expect(await tried(street, bare)).toEqual(["no-phone"]);
    const { phone, key } = await enrolled();
    expect(await tried(street, phone)).toEqual(["no-order"]);
    street.chains.push(await world.grant((await world.holder()).key));
    expect(await tried(street, phone)).toEqual(["phone-other"]);
    street.chains.push(await world.grant(key.key, { res: ["gate-8"] }));
    expect(await tried(street, phone)).toEqual(["resource-not-granted"]);
    expect(street.asked.filter((path) => path.endsWith("/challenge"))).toEqual([]);
  });

  it("a right that has ended is judged by the lock's clock, not by the phone's", async () => {
    const { phone, key } = await enrolled();
    const street = new Street();
    street.chains.push(await world.grant(key.key, { nbf: NOW - 5 * HOUR, exp: NOW - HOUR }));
    expect(await tried(street, phone)).toEqual(["expired"]);
    expect(street.asked).toHaveLength(3);
  });

  it.each([
    ["not-touched", async () => ({ frame: { f: "refused", reason: "not-touched" } }), ["not-touched"]],
    ["not-touched", async () => new Problem("not-touched", 409, "Touch the handle."), ["not-touched"]],
    ["gate-silent", async () => new Problem("gate-silent", 504), ["gate-silent"]],
    ["no network", async () => new Problem("network", 0), ["network"]],
    ["a frame that isn't one", async () => ({ frame: { f: "result", result: "x" } }), ["frame-type", "not-trusted"]],
    ["nothing", async () => ({}), ["frame-type", "not-trusted"]],
  ] as [string, Handler, string[]][])("before the answer: %s", async (_, challenge, codes) => {
    const { phone, key } = await enrolled();
    const street = new Street();
    street.chains.push(await world.grant(key.key));
    street.challenge = challenge;
    expect(await tried(street, phone)).toEqual(codes);
    street.challenge = new Street().challenge;
    expect(await tried(street, phone)).toEqual(["open"]);
  });

  it("a swapped sticker, another device and another transport are refused by the phone, which signs nothing", async () => {
    const { phone, key } = await enrolled();
    const street = new Street();
    street.chains.push(await world.grant(key.key));
    const hostile: [Promise<string>, string][] = [
      [world.challenge({ gate: "gate-8" }), "gate-other"],
      [world.challenge({}, world.octet(66)), "token-signature"],
      [world.challenge({ transport: "local" }), "challenge-transport"],
    ];
    for (const [challenge, code] of hostile) {
      street.challenge = async () => ({ frame: { f: "challenge", challenge: await challenge } });
      expect(await tried(street, phone)).toEqual([code, "not-trusted"]);
    }
    expect(street.asked.filter((path) => path.endsWith("/response"))).toEqual([]);
  });

  it.each([
    [
      "the lock refuses",
      async () => ({ frame: { f: "result", result: await world.result({ out: "holder-revoked" }) } }),
      ["holder-revoked"],
    ],
    ["the server refuses", async () => new Problem("not-allowed", 403), ["not-allowed"]],
    ["no network: it may have opened", async () => new Problem("network", 0), ["outcome-unknown"]],
    ["the lock fell silent", async () => new Problem("gate-silent", 504), ["outcome-unknown"]],
    [
      "a result that the relay made up",
      async () => ({ frame: { f: "result", result: await world.result({}, world.octet(66)) } }),
      ["token-signature", "not-trusted"],
    ],
    [
      "the result of another try",
      async () => ({ frame: { f: "result", result: await world.result({ nonce: `${"A".repeat(21)}Q` }) } }),
      ["result-other", "not-trusted"],
    ],
  ] as [string, Handler, string[]][])("after the answer: %s", async (_, response, codes) => {
    const { phone, key } = await enrolled();
    const street = new Street();
    street.chains.push(await world.grant(key.key));
    street.response = response;
    expect(await tried(street, phone)).toEqual(codes);
  });

  it("the roots are pinned when an authority is first met: another pair is refused, and so is an older set", async () => {
    const { phone, key } = await enrolled();
    const street = new Street();
    street.chains.push(await world.grant(key.key));
    expect(await tried(street, phone)).toEqual(["open"]);
    const thief = world.octet(99);
    street.roots = [octetJwk(thief.key)];
    street.keyset = world.keyset({ num: 9 }, thief);
    expect(await tried(street, phone)).toEqual(["keyset-root", "not-trusted"]);
    street.keyset = world.keyset({ num: 2 });
    expect(await tried(street, phone)).toEqual(["keyset-not-newer", "not-trusted"]);
    street.keyset = world.keyset({ num: 4 });
    expect(await tried(street, phone)).toEqual(["open"]);
    street.keyset = world.keyset({ num: 3 });
    expect(await tried(street, phone)).toEqual(["keyset-not-newer", "not-trusted"]);
  });
});

describe("the one button after a try that failed", () => {
  it.each([
    ["radio", "again", "out-of-reach", "radio"],
    ["radio", "again", "bluetooth-off", "radio"],
    ["radio", "again", "no-rights-kept", "relay"],
    ["radio", "refused", "holder-revoked", "relay"],
    ["relay", "again", "network", "relay"],
    ["relay", "refused", "transport-not-admitted", "relay"],
  ] as const)("by %s, %s for %s, goes by %s", (way, state, code, next) => {
    expect(againBy(way, state, [code])).toBe(next);
  });
});

describe("the receipt", () => {
  it("is asked for until the register has numbered the entry", async () => {
    const { phone } = await enrolled();
    const street = new Street();
    const waits: number[] = [];
    street.receipts = [
      { status: 202, body: { ready: false, page: "" } },
      new Problem("network", 0),
      { status: 200, body: { ready: true, page: "/uses/7/" } },
    ];
    const ports: Ports = { ...portsOf(street, phone), pass: async (seconds) => void waits.push(seconds) };
    expect(await receiptOf(ports, DOOR, world.NONCE)).toBe("/uses/7/");
    expect(waits).toHaveLength(3);
  });

  it("is given up after a minute, and leads nowhere else", async () => {
    const { phone } = await enrolled();
    const street = new Street();
    street.receipts = [{ status: 200, body: { page: "https://elsewhere.example/" } }];
    let waited = 0;
    const ports: Ports = {
      ...portsOf(street, phone),
      pass: async (seconds) => {
        waited += seconds;
      },
    };
    expect(await receiptOf(ports, DOOR, world.NONCE)).toBeNull();
    expect(waited).toBeLessThan(90);
  });
});
