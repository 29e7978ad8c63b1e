import { describe, expect, it } from "vitest";
import { readTaken } from "./exif";
import { photo, type Written } from "./exif.fixture";

const MEAUX: Written = {
  at: "2026:11:22 09:30:05",
  offset: "+01:00",
  latitude: [[48, 57, 36.5], "N"],
  longitude: [[2, 52, 42.25], "E"],
};

/** The same numbers each time: a fault that was found is found again. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

describe("what a photo says of itself", () => {
  it.each([true, false])("is read in both byte orders (little: %s)", (little) => {
    const taken = readTaken(photo({ ...MEAUX, little }));
    expect(taken?.at).toBe("2026-11-22T09:30:05+01:00");
    expect(taken?.latitude).toBeCloseTo(48.9601389, 6);
    expect(taken?.longitude).toBeCloseTo(2.8784028, 6);
  });

  it("is south and west of the lines where it says so", () => {
    const taken = readTaken(photo({ latitude: [[20, 52, 44], "S"], longitude: [[61, 30, 0], "W"] }));
    expect(taken).toEqual({ at: null, latitude: -20.8788889, longitude: -61.5 });
  });

  it("is a time without an offset where the camera says none", () => {
    expect(readTaken(photo({ at: "2026:02:03 04:05:06" }))?.at).toBe("2026-02-03T04:05:06");
  });

  it.each<[string, Written]>([
    ["no place on Earth", { latitude: [[91, 0, 0], "N"], longitude: [[2, 0, 0], "E"] }],
    ["half a place", { latitude: [[48, 0, 0], "N"] }],
    ["the place that means none", { latitude: [[0, 0, 0], "N"], longitude: [[0, 0, 0], "E"] }],
    ["a camera that was never set", { at: "0000:00:00 00:00:00" }],
    ["a month that isn't one", { at: "2026:13:01 00:00:00" }],
    ["nothing", {}],
  ])("is nothing for %s", (_what, written) => {
    expect(readTaken(photo(written))).toBeNull();
  });

  it("is found in a container that isn't a JPEG", () => {
    const inside = photo(MEAUX);
    const heic = new Uint8Array(5_000 + inside.length);
    heic.set(inside.slice(6), 5_000);
    expect(readTaken(heic)?.latitude).toBeCloseTo(48.96, 2);
  });

  it("never fails, whatever the bytes are", () => {
    const random = numbers(20_261_122);
    const real = photo(MEAUX);
    for (let turn = 0; turn < 5_000; turn++) {
      const bytes = real.slice(0, 1 + Math.floor(random() * real.length));
      for (let hit = 0; hit < 1 + (turn % 12); hit++) {
        bytes[Math.floor(random() * bytes.length)] = [0, 255, 128, Math.floor(random() * 256)][hit % 4] ?? 0;
      }
      const taken = readTaken(bytes);
      if (taken?.latitude !== null && taken?.latitude !== undefined)
        expect(Math.abs(taken.latitude)).toBeLessThanOrEqual(90);
      if (taken?.longitude !== null && taken?.longitude !== undefined)
        expect(Math.abs(taken.longitude)).toBeLessThanOrEqual(180);
    }
    expect(readTaken(new Uint8Array(0))).toBeNull();
  });
});
