import { describe, expect, it } from "vitest";
import { within, worthShrinking } from "./shrinking";

const MB = 1024 * 1024;

describe("a photo", () => {
  it("stays as it was taken, unless it would never arrive", () => {
    expect(worthShrinking(5 * MB, { effectiveType: "4g" })).toBe(false);
    expect(worthShrinking(5 * MB, undefined)).toBe(false);
    expect(worthShrinking(7 * MB, undefined)).toBe(true);
    expect(worthShrinking(MB, { effectiveType: "3g" })).toBe(true);
    expect(worthShrinking(MB, { saveData: true })).toBe(true);
    expect(worthShrinking(MB / 4, { effectiveType: "2g" })).toBe(false);
  });

  it("keeps its shape, and is never made larger", () => {
    expect(within(4000, 3000, 2048)).toEqual({ width: 2048, height: 1536 });
    expect(within(3000, 4000, 2048)).toEqual({ width: 1536, height: 2048 });
    expect(within(800, 600, 2048)).toEqual({ width: 800, height: 600 });
    expect(within(60_000, 1, 2048)).toEqual({ width: 2048, height: 1 });
  });
});
