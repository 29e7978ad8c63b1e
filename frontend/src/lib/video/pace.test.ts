import { describe, expect, it } from "vitest";
import { CALM, HURRY, JUMP, KEPT, pace } from "./pace";

const live = (lag: number, rate = 1) => pace({ at: 100 - lag, rate, held: [{ start: 95, end: 100 }] });

describe("a live picture", () => {
  it("goes on as it is while it is close", () => {
    expect(live(HURRY - 0.01)).toEqual({ seek: null, rate: 1, forget: null });
    expect(pace({ at: 0, rate: 1, held: [] })).toEqual({ seek: null, rate: 1, forget: null });
  });

  it("hurries past 250 ms until it has caught up", () => {
    expect(live(0.26).rate).toBeGreaterThan(1);
    expect(live(0.26).seek).toBeNull();
    expect(live(0.2, 1.15).rate).toBeGreaterThan(1);
    expect(live(CALM - 0.01, 1.15).rate).toBe(1);
  });

  it("jumps past a second, close to what came last", () => {
    const { seek, rate } = live(JUMP + 0.01);
    expect(seek).toBeCloseTo(99.9);
    expect(rate).toBe(1);
  });

  it("begins inside what it holds, wherever that is", () => {
    expect(pace({ at: 0, rate: 1, held: [{ start: 3600, end: 3600.04 }] }).seek).toBe(3600);
  });

  it("crosses a hole, and follows a clock that went back", () => {
    const held = [
      { start: 90, end: 95 },
      { start: 95.5, end: 96 },
    ];
    expect(pace({ at: 95, rate: 1, held }).seek).toBeCloseTo(95.9);
    expect(pace({ at: 100, rate: 1, held: [{ start: 0, end: 1 }] }).seek).toBeCloseTo(0.9);
    expect(pace({ at: 96.2, rate: 1, held }).seek).toBeNull();
  });

  it("keeps ten seconds, and forgets a few at a time", () => {
    expect(pace({ at: 100, rate: 1, held: [{ start: 88.5, end: 100.1 }] }).forget).toBeNull();
    expect(pace({ at: 100, rate: 1, held: [{ start: 87.9, end: 100.1 }] }).forget).toBe(100 - KEPT);
  });

  it("whatever it holds, never plays what it hasn't and never forgets what it plays", () => {
    for (let at = -5; at < 30; at += 0.37) {
      for (let start = 0; start < 20; start += 1.3) {
        for (const rate of [1, 1.15]) {
          const held = [{ start, end: start + 4 }];
          const told = pace({ at, rate, held });
          const reached = told.seek ?? at;
          if (told.seek !== null) expect(told.seek).toBeLessThanOrEqual(start + 4);
          if (told.seek !== null) expect(told.seek).toBeGreaterThanOrEqual(start);
          if (told.forget !== null) expect(told.forget).toBeLessThan(reached);
          expect(start + 4 - reached).toBeLessThanOrEqual(JUMP);
        }
      }
    }
  });
});
