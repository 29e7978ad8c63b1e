import { describe, expect, it } from "vitest";
import { keepLooking, type Look, passing, pauseAfter } from "./again";
import { Stop } from "./stop";

const LOST: Look = { stop: Stop.network("network"), seen: false };
const SEEN: Look = { stop: Stop.relay("stopped"), seen: true };
const OVER: Look = { stop: Stop.relay("expired"), seen: true };

/** What became of looks that went like these, and how long was waited between them. */
async function looked(looks: readonly Look[]): Promise<{ ended: string; waits: number[]; losses: string[] }> {
  const [waits, losses, rest]: [number[], string[], Look[]] = [[], [], [...looks]];
  const pass = async (milliseconds: number) => void waits.push(milliseconds);
  const look = async () => rest.shift() ?? OVER;
  const ended = await keepLooking(look, ({ code }) => void losses.push(code), pass, new AbortController().signal);
  return { ended: ended.code, waits, losses };
}

describe("looking again", () => {
  it("comes back from a loss, and stops at what isn't one", async () => {
    const { ended, losses } = await looked([SEEN, LOST, OVER, LOST]);
    expect({ ended, losses }).toEqual({ ended: "expired", losses: ["stopped", "network"] });
  });

  it("is never more than two seconds away, and soon after a picture", async () => {
    const { waits } = await looked([LOST, LOST, LOST, LOST, LOST, SEEN, LOST]);
    expect(waits).toEqual([250, 500, 1000, 2000, 2000, 250, 500]);
    expect(Math.max(...Array.from({ length: 100 }, (_, tries) => pauseAfter(tries)))).toBe(2000);
  });

  it.each(["expired", "revoked", "closed", "replaced", "left"])("is not tried after %s", (cause) => {
    expect(Stop.relay(cause).passing).toBe(false);
  });

  it("ends with whoever leaves, also while waiting", async () => {
    const left = new AbortController();
    const pass = passing(left.signal);
    const looking = keepLooking(
      async () => LOST,
      () => left.abort(),
      (_) => pass(3_600_000),
      left.signal,
    );
    expect((await looking).code).toBe("network");
    const waiting = passing(new AbortController().signal)(1);
    await waiting;
  });
});
