import { describe, expect, it } from "vitest";
import { type Chain, extendChain, holderOf, holdersOf, type Narrowing, scopeOf, verifyChain } from "./chain";
import { type HolderKey, thumbprint } from "./jwk";
import { type KeySet, verifyKeySet } from "./keyset";
import { expectTaken, Refused } from "./refusal";
import * as world from "./world.fixture";

const { NOW, HOUR, GATE, AUTHORITY, ROOTS } = world;

async function trusted(): Promise<KeySet> {
  const roots = ROOTS.map((root) => root.key);
  return expectTaken(verifyKeySet(await world.keyset(), { roots, authority: AUTHORITY }));
}

function reasonOf(value: unknown): string {
  return value instanceof Refused ? value.reason : "taken";
}

async function granted(to: HolderKey, changes: object = {}): Promise<Chain> {
  return expectTaken(verifyChain(await world.grant(to, changes), { keyset: await trusted(), now: NOW }));
}

describe("capability chains", () => {
  it("go from the infrastructure's owner to the technician, each hand-over inside the one before", async () => {
    const [owner, operator, firm, technician] = [
      await world.holder(),
      await world.holder(),
      await world.holder(),
      await world.holder(),
    ] as const;
    const keyset = await trusted();
    let chain = await granted(owner.key);
    const steps: [world.Holder, world.Holder, Narrowing][] = [
      [owner, operator, { resources: [GATE] }],
      [operator, firm, { end: NOW + 2 * HOUR, policy: { ...scopeOf(chain).policy, greatestAge: 3600 } }],
      [firm, technician, { start: NOW, actions: ["open"] }],
    ];
    for (const [index, [from, to, narrowing]] of steps.entries()) {
      const text = expectTaken(
        await extendChain(chain, { sign: from.sign, heir: to.key, depth: 2 - index, narrowing }),
      );
      chain = expectTaken(verifyChain(text, { keyset, now: NOW }));
    }
    expect(holdersOf(chain)).toEqual([owner, operator, firm, technician].map((one) => thumbprint(one.key)));
    expect(holderOf(chain)).toEqual(technician.key);
    expect(scopeOf(chain)).toMatchObject({ resources: [GATE], start: NOW, end: NOW + 2 * HOUR, depth: 0 });
    expect(scopeOf(chain).policy.greatestAge).toBe(3600);
    expect(chain.text.length).toBeLessThanOrEqual(4096);
  });

  const POLICY = {
    transports: ["local", "relay"],
    greatestAge: 259200,
    whenOld: "refuse",
    whenTimeUnknown: "refuse",
  } as const;

  it.each<[string, number, Narrowing]>([
    ["chain-depth", 3, {}],
    ["chain-resources", 0, { resources: ["gate-9"] }],
    ["chain-actions", 0, { actions: ["unbolt"] }],
    ["chain-window", 0, { end: NOW + 5 * HOUR }],
    ["chain-window", 0, { start: NOW - 2 * HOUR }],
    ["chain-window", 0, { start: NOW + HOUR, end: NOW + HOUR }],
    ["chain-policy", 0, { policy: { ...POLICY, greatestAge: 259201 } }],
    ["chain-policy", 0, { policy: { ...POLICY, whenOld: "flag" } }],
    ["chain-policy", 0, { policy: { ...POLICY, whenTimeUnknown: "admit-marked" } }],
    ["member-value", 5, {}],
    ["member-value", 0, { resources: ["gate-8", GATE] }],
  ])("a wider hand-over is refused with %s", async (reason, depth, narrowing) => {
    const [owner, heir] = [await world.holder(), await world.holder()];
    const chain = await granted(owner.key);
    expect(reasonOf(await extendChain(chain, { sign: owner.sign, heir: heir.key, depth, narrowing }))).toBe(reason);
  });

  it("only its last holder extends it", async () => {
    const [owner, thief] = [await world.holder(), await world.holder()];
    const chain = await granted(owner.key);
    expect(reasonOf(await extendChain(chain, { sign: thief.sign, heir: thief.key, depth: 0 }))).toBe("link-signature");
  });

  it("a link behind another grant, and an altered grant, are refused", async () => {
    const keyset = await trusted();
    const [owner, heir] = [await world.holder(), await world.holder()];
    const chain = await granted(owner.key);
    const text = expectTaken(await extendChain(chain, { sign: owner.sign, heir: heir.key, depth: 0 }));
    const other = await world.grant(owner.key, { jti: "grant-2" });
    expect(reasonOf(verifyChain(`${other}~${text.split("~")[1]}`, { keyset, now: NOW }))).toBe("chain-parent");
    const altered = world.forged(chain.text, (body) => {
      body.exp = NOW + 400 * HOUR;
    });
    expect(reasonOf(verifyChain(altered, { keyset, now: NOW }))).toBe("grant-signature");
    expect(reasonOf(verifyChain(text, { keyset, now: NOW + 2000 * HOUR }))).toBe("key-not-current");
    expect(reasonOf(verifyChain(`${text}~${text}~${text}~a`, { keyset, now: NOW }))).toBe("chain-length");
    expect(reasonOf(verifyChain("a".repeat(4097), { keyset, now: NOW }))).toBe("chain-size");
  });
});
