import { describe, expect, it } from "vitest";
import { type Api, Problem } from "../../lib/api";
import { isTold, obstacle, type Ports, subscribe } from "./flow";

interface World {
  asked: string[];
  posted: unknown[];
  kept: unknown[];
}

function subscription(endpoint: string, given: World): PushSubscription {
  return {
    endpoint,
    toJSON: () => ({ endpoint, keys: { p256dh: "point", auth: "secret" } }),
    unsubscribe: async () => given.asked.push("unsubscribe") > 0,
  } as unknown as PushSubscription;
}

function ports(world: World, changes: Partial<Ports> = {}, permission = "default", answer = "granted"): Ports {
  const api: Api = {
    get: async () => new Problem("network", 0),
    post: async (_path, body) => {
      world.posted.push(body);
      return { status: 201, body: { id: "1" } };
    },
  };
  const manager = {
    getSubscription: async () => null,
    subscribe: async () => subscription("https://push.example/1", world),
  } as unknown as PushManager;
  return {
    api,
    secure: true,
    needsInstalling: false,
    notifications: {
      permission: () => permission,
      ask: async () => {
        world.asked.push("permission");
        return answer;
      },
    },
    manager: async () => manager,
    keep: async (former) => void world.kept.push(former),
    ...changes,
  };
}

const fresh = (): World => ({ asked: [], posted: [], kept: [] });

describe("having this device told", () => {
  it("asks for permission, subscribes, tells the server and keeps what the worker needs", async () => {
    const world = fresh();
    expect(await subscribe(ports(world), "key")).toBe("done");
    expect(world.posted).toEqual([{ endpoint: "https://push.example/1", p256dh: "point", auth: "secret" }]);
    expect(world.kept).toEqual([{ endpoint: "https://push.example/1", auth: "secret", key: "key" }]);
  });

  it("asks for nothing where it can't be done, and says why", async () => {
    const cases: [string, Ports][] = [
      ["insecure", ports(fresh(), { secure: false })],
      ["install", ports(fresh(), { needsInstalling: true })],
      ["unsupported", ports(fresh(), { manager: null })],
      ["unsupported", ports(fresh(), { notifications: null })],
      ["denied", ports(fresh(), {}, "denied")],
    ];
    for (const [code, given] of cases) {
      expect(obstacle(given)).toBe(code);
      expect(await subscribe(given, "key")).toEqual(new Problem(code, 0));
    }
  });

  it("tells a refusal from an answer that never came, and subscribes after neither", async () => {
    for (const [answer, code] of [
      ["denied", "denied"],
      ["default", "dismissed"],
    ] as const) {
      const world = fresh();
      expect(await subscribe(ports(world, {}, "default", answer), "key")).toEqual(new Problem(code, 0));
      expect(world.posted).toEqual([]);
    }
  });

  it("gives up a subscription made under another key, and says so when the service can't be reached", async () => {
    const world = fresh();
    let failures = 1;
    const manager = {
      getSubscription: async () => subscription("https://push.example/old", world),
      subscribe: async () => {
        if (failures-- > 0) throw new DOMException("key", "InvalidStateError");
        return subscription("https://push.example/new", world);
      },
    } as unknown as PushManager;
    expect(await subscribe(ports(world, { manager: async () => manager }), "key")).toBe("done");
    expect(world.asked).toContain("unsubscribe");
    failures = 9;
    expect(await subscribe(ports(world, { manager: async () => manager }), "key")).toEqual(new Problem("service", 0));
  });

  it("keeps nothing when the server refuses", async () => {
    const world = fresh();
    const api: Api = { ...ports(world).api, post: async () => new Problem("not-an-endpoint", 422, "No.") };
    expect(await subscribe(ports(world, { api }), "key")).toEqual(new Problem("not-an-endpoint", 422, "No."));
    expect(world.kept).toEqual([]);
  });

  it("is told only when the server knows the browser's subscription", async () => {
    const world = fresh();
    const manager = { getSubscription: async () => subscription("https://push.example/1", world) };
    const given = ports(world, { manager: async () => manager as unknown as PushManager }, "granted");
    expect(await isTold(given, ["https://push.example/1"])).toBe(true);
    expect(await isTold(given, ["https://push.example/2"])).toBe(false);
    expect(await isTold(ports(world), ["https://push.example/1"])).toBe(false);
  });
});
