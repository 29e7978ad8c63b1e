import { describe, expect, it } from "vitest";
import { alertOf } from "./alerts";
import { Feed, happeningOf, momentsOf } from "./feed";
import { Lapse } from "./lapse";

const line = (id: string, at: string) => happeningOf({ id, at, words: `words of ${id}`, severity: 0, href: "" });

function there<T>(value: T | null): T {
  if (value === null) throw new Error("nothing");
  return value;
}

describe("what happened", () => {
  it("has the newest first, each once, and no more than anybody reads", () => {
    const feed = new Feed();
    const at = (minute: number) => `2026-11-22T08:${String(minute).padStart(2, "0")}:00+00:00`;
    feed.replace([there(line("a", at(1))), there(line("b", at(3)))]);
    expect(feed.add([there(line("a", at(1)))])).toBe(false);
    expect(feed.add([there(line("c", at(2)))])).toBe(true);
    expect(feed.lines().map((one) => one.key)).toEqual(["b", "c", "a"]);
    for (let hour = 0; hour < 80; hour += 1) feed.add([there(line(`h${hour}`, `2026-12-01T${hour % 24}:00:00Z`))]);
    expect(feed.lines()).toHaveLength(60);
  });

  it("tells an alert's moments, each once", () => {
    const alert = there(
      alertOf("x", {
        title: "Forced",
        urgency: "immediate",
        raised_at: "2026-11-22T08:00:00Z",
        taken_at: "2026-11-22T08:02:00Z",
      }),
    );
    const found = momentsOf(alert);
    expect(found.map((one) => [one.step, one.severity])).toEqual([
      ["raised", 3],
      ["taken", 0],
    ]);
    const feed = new Feed();
    expect(feed.add(found)).toBe(true);
    expect(feed.add(momentsOf(alert))).toBe(false);
  });

  it("takes nothing that the server doesn't tell in full", () => {
    expect(happeningOf(null)).toBeNull();
    expect(happeningOf({ id: "a", at: 3, words: "" })).toBeNull();
  });
});

describe("how long something has lasted", () => {
  const now = Date.parse("2026-11-22T12:00:00Z");

  it.each([
    ["2026-11-22T11:59:15Z", "45 s"],
    ["2026-11-22T11:28:00Z", "32 min"],
    ["2026-11-22T09:00:00Z", "3 h"],
    ["2026-11-22T08:55:00Z", "3 h 5 min"],
    ["2026-11-19T12:00:00Z", "3 j"],
    ["2026-11-22T12:00:09Z", "0 s"],
    ["", ""],
  ])("%s is %s", (moment, words) => {
    expect(new Lapse("fr").since(moment, now).replace(/\s/g, " ")).toBe(words);
  });
});
