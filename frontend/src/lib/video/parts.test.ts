import { describe, expect, it } from "vitest";
import { numbers } from "../protocol/v1/world.fixture";
import { Fault, LIMITS, type Part, PartReader } from "./parts";
import { joined, part } from "./parts.fixture";

const LIVE = { state: "live", since: 0 };
const START = Uint8Array.from({ length: 700 }, (_, at) => at % 251);
const FRAGMENT = Uint8Array.from({ length: 9000 }, (_, at) => (at * 7) % 253);
const STREAM = joined(
  part("frame", { f: "result", result: "token" }),
  part("notice", { state: "waiting", since: 12 }),
  part("start", START),
  part("notice", LIVE),
  part("fragment", FRAGMENT),
  part("fragment", FRAGMENT.subarray(0, 1)),
  part("notice", { cause: "expired", since: 3, state: "ended" }),
);

/** Everything that a reader makes of a stream cut at these places. */
function read(stream: Uint8Array, cuts: readonly number[]): (Part | Fault)[] {
  const reader = new PartReader();
  const found: (Part | Fault)[] = [];
  for (const [at, from] of [0, ...cuts].entries()) {
    const made = reader.push(stream.subarray(from, cuts[at] ?? stream.length));
    if (made instanceof Fault) return [...found, made];
    found.push(...made);
  }
  return found;
}

function faultOf(...pieces: readonly Uint8Array[]): string | undefined {
  const last = read(joined(...pieces), []).at(-1);
  return last instanceof Fault ? last.code : undefined;
}

describe("parts of a stream", () => {
  it("are read in their order, with what they hold", () => {
    const parts = read(STREAM, []) as Part[];
    expect(parts.map(({ kind }) => kind)).toEqual([
      "frame",
      "notice",
      "start",
      "notice",
      "fragment",
      "fragment",
      "notice",
    ]);
    expect(parts[2]).toEqual({ kind: "start", bytes: START });
    expect(parts[4]).toEqual({ kind: "fragment", bytes: FRAGMENT });
    expect(parts[6]).toEqual({ kind: "notice", notice: { state: "ended", cause: "expired", since: 3 } });
  });

  it("are the same wherever the network cut them", () => {
    const whole = read(STREAM, []);
    for (let seed = 0; seed < 200; seed += 1) {
      const random = numbers(seed);
      const cuts = Array.from({ length: Math.floor(random() * 40) }, () => Math.floor(random() * STREAM.length));
      expect(
        read(
          STREAM,
          cuts.sort((one, other) => one - other),
        ),
      ).toEqual(whole);
    }
    expect(
      read(
        STREAM,
        Array.from({ length: STREAM.length }, (_, at) => at),
      ),
    ).toEqual(whole);
  });

  it("stop in the middle when the relay cuts there", () => {
    const reader = new PartReader();
    expect(reader.push(STREAM.subarray(0, STREAM.length - 3))).toHaveLength(6);
    expect(reader.torn).toBe(true);
    expect(reader.push(STREAM.subarray(STREAM.length - 3))).toHaveLength(1);
    expect(reader.torn).toBe(false);
  });

  const frame = part("frame", {});
  it.each<[string, string, Uint8Array[]]>([
    ["part-order", "a picture before the frame", [part("start", START)]],
    ["part-order", "a second frame", [frame, frame]],
    ["part-order", "a fragment that nothing explains", [frame, part("fragment", FRAGMENT)]],
    ["part-kind", "a kind that isn't", [frame, part(5, "")]],
    ["part-kind", "kind nought", [part(0, "")]],
    ["part-size", "a part without a kind", [Uint8Array.of(0, 0, 0, 0, 1)]],
    ["part-size", "a frame that is too long", [part("frame", new Uint8Array(LIMITS.frame + 1))]],
    ["part-size", "four gigabytes to come", [frame, part("start", START), Uint8Array.of(255, 255, 255, 255, 3)]],
    ["part-notice", "no JSON", [frame, part("notice", "{")]],
    ["part-notice", "no object", [frame, part("notice", "null")]],
    ["part-notice", "a state that isn't", [frame, part("notice", { ...LIVE, state: "paused" })]],
    ["part-notice", "no since", [frame, part("notice", { state: "live" })]],
    ["part-notice", "a since that is no number", [frame, part("notice", { ...LIVE, since: "3" })]],
    ["part-notice", "a cause that is no identifier", [frame, part("notice", { ...LIVE, cause: "<b>" })]],
    ["part-notice", "what is no text", [frame, part("notice", Uint8Array.of(0xff, 0xfe))]],
  ])("%s: %s", (code, _, pieces) => {
    expect(faultOf(...pieces)).toBe(code);
  });

  it("are read no further after a fault", () => {
    const reader = new PartReader();
    expect(reader.push(part("start", START))).toBeInstanceOf(Fault);
    expect(reader.push(STREAM)).toBeInstanceOf(Fault);
  });

  it("whatever the bytes are, give parts within their bounds or a fault, and hold no more than one part", () => {
    for (let seed = 0; seed < 400; seed += 1) {
      const random = numbers(seed);
      const mutated = STREAM.slice();
      for (let times = 1 + Math.floor(random() * 8); times > 0; times -= 1) {
        mutated[Math.floor(random() * mutated.length)] = Math.floor(random() * 256);
      }
      const noise = Uint8Array.from({ length: 64 }, () => Math.floor(random() * 256));
      for (const stream of [mutated, noise]) {
        for (const made of read(stream, [Math.floor(random() * stream.length)])) {
          if (made instanceof Fault || made.kind === "notice") continue;
          expect(made.bytes.length).toBeLessThanOrEqual(LIMITS[made.kind]);
        }
      }
    }
  });
});
