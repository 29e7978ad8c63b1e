import { describe, expect, it } from "vitest";
import { left, passed, ServerClock } from "./clock";

describe("the server's clock", () => {
  it("goes on by what never jumps, and follows what the server says", () => {
    let ticks = 500;
    const clock = new ServerClock(1_000_000, () => ticks);
    ticks = 2500;
    expect(clock.now()).toBe(1_002_000);
    clock.heard(1_005_000, 2500);
    expect(clock.now()).toBe(1_005_000);
  });

  it("believes what came soonest more than what was long under way", () => {
    let ticks = 0;
    const clock = new ServerClock(0, () => ticks);
    ticks = 100;
    clock.heard(50, 0);
    expect(clock.now()).toBe(100);
    ticks = 9100;
    clock.heard(100, 100);
    expect(clock.now()).toBe(9100);
  });
});

describe("what is left", () => {
  it.each([
    [7_509_000, "2:05:09"],
    [3_600_000, "1:00:00"],
    [249_000, "4:09"],
    [59_001, "1:00"],
    [1, "0:01"],
    [0, "0:00"],
    [-5000, "0:00"],
    [Number.POSITIVE_INFINITY, ""],
  ])("%i ms read %s", (milliseconds, text) => expect(left(milliseconds)).toBe(text));

  it("is said at a few moments, once", () => {
    const marks = [120, 60, 10];
    expect(passed(marks, 120_400, 119_900)).toBe(120);
    expect(passed(marks, 119_900, 119_400)).toBeNull();
    expect(passed(marks, 60_000, 59_000)).toBeNull();
    expect(passed(marks, 10_400, 9_900)).toBe(10);
  });
});
