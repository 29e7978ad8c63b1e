import { describe, expect, it } from "vitest";
import { type Alert, alertOf, Queue } from "./alerts";

function alert(id: string, more: Record<string, unknown> = {}): Alert {
  const found = alertOf(id, {
    title: id,
    urgency: "prompt",
    state: "live",
    since: "2026-11-22T08:00:00+00:00",
    ...more,
  });
  if (!found) throw new Error("no alert");
  return found;
}

const ids = (queue: Queue) => queue.alerts().map((one) => one.id);

describe("the queue", () => {
  it("puts what nobody has taken first, then what is urgent, then what has lasted", () => {
    const queue = new Queue();
    queue.replace([
      alert("taken", { state: "taken", urgency: "immediate" }),
      alert("late", { since: "2026-11-22T08:05:00+00:00" }),
      alert("early"),
      alert("forced", { urgency: "immediate", since: "2026-11-22T08:09:00+00:00" }),
      alert("routine", { urgency: "routine", since: "2026-11-22T01:00:00+00:00" }),
    ]);
    expect(ids(queue)).toEqual(["forced", "early", "late", "routine", "taken"]);
    expect(queue.waiting).toBe(4);
  });

  it("says that an alert asks for somebody once, when it is new", () => {
    const queue = new Queue();
    queue.replace([]);
    expect(queue.apply("a", alert("a"))).toBe(true);
    expect(queue.apply("a", alert("a"))).toBe(false);
    expect(queue.apply("a", alert("a", { state: "taken" }))).toBe(false);
    expect(queue.apply("b", alert("b", { state: "taken" }))).toBe(false);
  });

  it("keeps an alert that is over for whoever looks at it, and lets it go after", () => {
    const queue = new Queue();
    queue.replace([alert("a"), alert("b")]);
    queue.choose("a");
    queue.apply("a", alert("a", { state: "ended" }));
    queue.apply("b", alert("b", { state: "ended" }));
    expect(ids(queue)).toEqual(["a"]);
    queue.choose(null);
    expect(ids(queue)).toEqual([]);
  });

  it("walks by arrows, from the edge when nothing is chosen, and stops at its ends", () => {
    const queue = new Queue();
    queue.step(1);
    expect(queue.chosen).toBeNull();
    queue.replace([alert("a"), alert("b")]);
    queue.step(-1);
    expect(queue.chosen?.id).toBe("b");
    queue.step(-1);
    queue.step(-1);
    expect(queue.chosen?.id).toBe("a");
    queue.step(1);
    queue.step(1);
    expect(queue.chosen?.id).toBe("b");
  });

  it("keeps what was chosen when everything is read afresh, unless it is gone", () => {
    const queue = new Queue();
    queue.replace([alert("a"), alert("b")]);
    queue.choose("b");
    queue.replace([alert("b", { state: "taken" })]);
    expect(queue.chosen?.state).toBe("taken");
    queue.replace([alert("a")]);
    expect(queue.chosen).toBeNull();
  });
});

describe("an alert as the server tells it", () => {
  it("is not one when it is null, and is calm about what it doesn't know", () => {
    expect(alertOf("a", null)).toBeNull();
    expect(alertOf("a", [])).toBeNull();
    expect(alertOf("a", { urgency: "shrill", at: ["x", 1], mine: "yes" })).toMatchObject({
      urgency: "routine",
      state: "live",
      at: null,
      mine: false,
      title: "",
    });
  });
});
