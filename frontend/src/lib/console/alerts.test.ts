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

describe("a queue that is longer than what the server sends of it", () => {
  const read = "2026-11-22T09:00:00.500000+00:00";
  const old = { raised_at: "2026-11-22T08:00:00+00:00" };
  const since = { raised_at: "2026-11-22T09:00:01+00:00" };
  const many = (count: number) => Array.from({ length: count }, (_, at) => alert(`sent ${at}`, old));

  it("counts those that were not sent once, however often they are told", () => {
    const queue = new Queue();
    queue.replace(many(300), 1_000, read);
    expect(queue.waiting).toBe(1_000);
    for (let at = 0; at < 700; at += 1) expect(queue.apply(`beyond ${at}`, alert(`beyond ${at}`, old))).toBe(false);
    expect(queue.waiting).toBe(1_000);
    expect(queue.alerts()).toHaveLength(300);
    expect(queue.unsure).toBe(true);
    queue.replace(many(300), 990, read);
    expect(queue.waiting).toBe(990);
    expect(queue.unsure).toBe(false);
  });

  it("takes one that was raised since, at once", () => {
    const queue = new Queue();
    queue.replace(many(300), 1_000, read);
    expect(queue.apply("new", alert("new", since))).toBe(true);
    expect(queue.waiting).toBe(1_001);
    expect(queue.unsure).toBe(false);
  });

  it("has more read when few are left of those that were sent", () => {
    const queue = new Queue();
    queue.replace(many(4), 1_000, read);
    for (const id of ["sent 0", "sent 1"]) queue.apply(id, alert(id, { ...old, state: "ended" }));
    expect(queue.unsure).toBe(false);
    queue.apply("sent 2", null);
    expect(queue.waiting).toBe(997);
    expect(queue.unsure).toBe(true);
  });

  it("is read afresh when it has grown to more than anybody reads", () => {
    const queue = new Queue();
    queue.replace([], 0, read);
    for (let at = 0; at < 601; at += 1) queue.apply(`new ${at}`, alert(`new ${at}`, since));
    expect(queue.waiting).toBe(601);
    expect(queue.unsure).toBe(true);
  });

  it("says of a reading which alerts ask for somebody for the first time", () => {
    const queue = new Queue();
    queue.replace(many(2), 2, read);
    expect(queue.replace([...many(3), alert("taken", { state: "taken" })], 900, read)).toEqual([alert("sent 2", old)]);
    expect(queue.replace([...many(5), alert("new", since)], 900, read)).toEqual([alert("new", since)]);
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
