import { describe, expect, it } from "vitest";
import { fresh, NOBODY } from "./outbox";
import { afterwards, found, isDue, nextDue, type Outcome, patience, STALE } from "./sending";

const ready = { ...fresh("s1", "ana", "/reports/meaux/new/", 1_000), state: "ready" as const };
const later: Outcome = { kind: "later", wait: 0 };

describe("a report that waits", () => {
  it("leaves for its own person, at its time, and not after a month", () => {
    expect(isDue(ready, "ana", 1_000)).toBe(true);
    expect(isDue(ready, "bob", 1_000)).toBe(false);
    expect(isDue(ready, null, 1_000)).toBe(true);
    expect(isDue({ ...ready, state: "writing" }, "ana", 1_000)).toBe(false);
    expect(isDue({ ...ready, after: 2_000 }, "ana", 1_999)).toBe(false);
    expect(isDue({ ...ready, after: 2_000 }, "ana", 1_999, true)).toBe(true);
    expect(isDue({ ...ready, until: 2_000 }, "ana", 1_999, true)).toBe(false);
    expect(isDue(ready, "ana", 1_000 + STALE)).toBe(true);
    expect(isDue(ready, "ana", 1_001 + STALE)).toBe(false);
  });

  it("is tried less and less often, a quarter of an hour apart at most", () => {
    let draft = ready;
    const waits = Array.from({ length: 30 }, () => {
      draft = { ...draft, ...afterwards(draft, later, 0, 1), state: "ready" };
      return draft.after;
    });
    expect(waits.slice(0, 3)).toEqual([5_000, 10_000, 20_000]);
    expect(Math.max(...waits)).toBe(15 * 60 * 1000);
    expect(patience(3, 0)).toBe(20_000);
  });

  it("isn't kept for ever by a clock that was set back", () => {
    const before = { ...ready, after: 10 ** 12 };
    expect(nextDue([before], "ana", 5_000)).toBe(5_000 + 15 * 60 * 1000);
    expect(isDue(before, "ana", 5_000)).toBe(true);
    expect(isDue({ ...ready, until: 10 ** 12 }, "ana", 5_000)).toBe(true);
    expect(nextDue([before], "bob", 5_000)).toBeNull();
    expect(nextDue([], "ana", 0)).toBeNull();
  });

  it("keeps what the server said of it, and nothing of itself once it is there", () => {
    const answer = { reference: "R-12", url: "/reports/1/" };
    const typed = { ...ready, values: [["text", "un trou"]] as const };
    expect(afterwards(typed, { kind: "sent", answer }, 9, 0)).toMatchObject({ state: "sent", values: [], answer });
    const errors = { text: ["Too long."] };
    const refused = afterwards(typed, { kind: "refused", code: "invalid", errors }, 9, 0);
    expect(refused).toMatchObject({ state: "refused", errors, values: typed.values });
    expect(afterwards(typed, { kind: "log-in" }, 9, 0)).toMatchObject({ state: "log-in", values: typed.values });
  });

  it("leaves after a log-in: its own person's, or the one who logged in to send it", () => {
    const waiting = { ...ready, state: "log-in" as const, tries: 4, after: 99 };
    expect(found(waiting, "ana", NOBODY)).toMatchObject({ state: "ready", tries: 0, after: 0 });
    expect(found(waiting, NOBODY, NOBODY).state).toBe("log-in");
    expect(found({ ...waiting, owner: NOBODY }, "ana", NOBODY)).toMatchObject({ state: "ready", owner: "ana" });
    expect(found({ ...ready, owner: NOBODY }, "ana", NOBODY).owner).toBe(NOBODY);
  });
});
