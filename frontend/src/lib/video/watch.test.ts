import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import * as world from "../protocol/v1/world.fixture";
import { part } from "./parts.fixture";
import { CAMERA, RelayOf, said } from "./relay.fixture";
import { Stop } from "./stop";
import { SILENT_AFTER, type Sink, watch } from "./watch";

const START = part("start", "start");
const FRAGMENT = part("fragment", "fragment");
const notice = (state: string, cause?: string) => part("notice", { since: 0, state, ...(cause && { cause }) });

class Taken implements Sink {
  readonly told: string[] = [];
  refuses: Stop | null = null;

  admitted(nonce: string): void {
    this.told.push(`admitted ${nonce}`);
  }

  notice({ state }: { state: string }): void {
    this.told.push(state);
  }

  start(bytes: Uint8Array): Stop | null {
    this.told.push(new TextDecoder().decode(bytes));
    return this.refuses;
  }

  fragment(bytes: Uint8Array): Stop | null {
    this.told.push(new TextDecoder().decode(bytes));
    return null;
  }
}

let relay: RelayOf;
let taken: Taken;
let left: AbortController;

beforeEach(() => {
  relay = new RelayOf();
  taken = new Taken();
  left = new AbortController();
});

afterEach(() => void vi.useRealTimers());

async function looked(): Promise<readonly string[]> {
  return (await watch(await relay.hands(), relay.camera(), taken, left.signal)).codes;
}

describe("a look through a relay", () => {
  it("is an exchange, then the picture, until the relay says why it ends", async () => {
    relay.parts = [notice("waiting"), START, notice("live"), FRAGMENT, FRAGMENT, notice("ended", "expired")];
    expect(await looked()).toEqual(["expired"]);
    const picture = ["waiting", "start", "live", "fragment", "fragment", "ended"];
    expect(taken.told).toEqual([`admitted ${world.NONCE}`, ...picture]);
    expect(relay.frames.map(({ f }) => f)).toEqual(["hello", "challenge-request", "response"]);
    expect(relay.frames[2]).toMatchObject({ action: "view", gate: CAMERA, chain: "chain", ver: 1 });
  });

  it("says nothing in an address, and nothing of this browser's", async () => {
    await looked();
    const paths = relay.asked.map(({ url }) => url);
    const frame = `https://relay.test/v1/${CAMERA}/frame`;
    expect(paths).toEqual([frame, frame, `https://relay.test/v1/${CAMERA}/watch`]);
    for (const request of relay.asked) {
      expect(request).toMatchObject({ method: "POST", credentials: "omit", redirect: "error", cache: "no-store" });
      expect(request.referrerPolicy).toBe("no-referrer");
    }
  });

  const thief = world.octet(99);
  it.each<[string, string, () => void]>([
    ["another relay", "gate-other", () => void (relay.certificate = said.certificate({ sub: "relay-2" }))],
    [
      "a lock that says it is a relay",
      "gate-other",
      () => void (relay.certificate = said.certificate({ kind: "lock" })),
    ],
    ["a relay of another town", "authority-other", () => void (relay.certificate = said.certificate({ iss: "lagny" }))],
    ["another's signature", "token-signature", () => void (relay.challenge = said.challenge({}, thief))],
    ["another camera", "gate-other", () => void (relay.challenge = said.challenge({ gate: "camera-9" }))],
    ["another way", "challenge-transport", () => void (relay.challenge = said.challenge({ transport: "relay" }))],
    [
      "a result before its challenge",
      "frame-type",
      () => void (relay.challenge = Promise.resolve({ f: "result", result: "x" })),
    ],
    [
      "a result of another look",
      "result-other",
      () => void (relay.result = said.result({ nonce: "EBESExQVFhcYGRobHB0eHw" })),
    ],
    ["a result that somebody else signed", "token-signature", () => void (relay.result = said.result({}, thief))],
  ])("doesn't believe %s", async (_, code, wrong) => {
    wrong();
    relay.parts = [START, FRAGMENT];
    expect(await looked()).toEqual(["not-trusted", code]);
    expect(taken.told).toEqual([]);
  });

  it.each<[string, () => void]>([
    ["asked", () => void (relay.challenge = Promise.resolve({ f: "refused", reason: "gate-other" }))],
    ["admitting", () => void (relay.result = Promise.resolve({ f: "refused", reason: "gate-other" }))],
    ["signed", () => void (relay.result = said.result({ out: "gate-other" }))],
  ])("is refused with the gate's own reason when %s", async (_, refusing) => {
    refusing();
    relay.parts = [START, FRAGMENT];
    expect(await looked()).toEqual(["gate-other"]);
    expect(taken.told).toEqual([]);
  });

  it("names what the network did", async () => {
    relay.away = true;
    expect(await looked()).toEqual(["network", "network"]);
    relay.away = false;
    relay.status = 403;
    expect(await looked()).toEqual(["relay-403", "network"]);
    relay.status = 200;
    relay.parts = [START, FRAGMENT.subarray(0, 3)];
    expect(await looked()).toEqual(["cut", "network"]);
    relay.parts = [FRAGMENT];
    expect(await looked()).toEqual(["part-order", "content"]);
  });

  it("ends when the picture can't be shown", async () => {
    taken.refuses = Stop.content("h265");
    relay.parts = [START, FRAGMENT];
    relay.open = true;
    expect(await looked()).toEqual(["h265", "content"]);
    expect(taken.told).not.toContain("fragment");
  });

  it("ends at once when one leaves, and the relay's connection with it", async () => {
    relay.parts = [START, FRAGMENT];
    relay.open = true;
    const looking = looked();
    await vi.waitFor(() => expect(taken.told).toContain("fragment"));
    left.abort();
    expect(await looking).toEqual(["left"]);
    expect(relay.asked.at(-1)?.signal.aborted).toBe(true);
  });

  it("gives up a relay that has fallen silent, whether there was a picture or not", async () => {
    vi.useFakeTimers();
    relay.open = true;
    for (const parts of [[START, FRAGMENT], [notice("waiting")]]) {
      relay.parts = parts;
      taken = new Taken();
      const looking = looked();
      await vi.waitFor(() => expect(taken.told).toHaveLength(1 + parts.length));
      await vi.advanceTimersByTimeAsync(SILENT_AFTER - 1000);
      expect(relay.asked.at(-1)?.signal.aborted).toBe(false);
      await vi.advanceTimersByTimeAsync(1001);
      expect(await looking).toEqual(["silent", "network"]);
    }
  });
});
