import { describe, expect, it } from "vitest";
import { memoryOutbox, spilling } from "./memory";
import { fresh, type Outbox, type Photo } from "./outbox";

const photo = (name: string): Photo => ({ blob: new Blob([name]), name, taken: null });
const draft = fresh("s1", "ana", "/reports/meaux/new/", 1);

/** A phone with room for so many writings. */
function small(room: number): Outbox {
  const store = memoryOutbox();
  const take = () => {
    if (room-- <= 0) throw new DOMException("no room left", "QuotaExceededError");
  };
  return {
    ...store,
    put: async (given) => (take(), store.put(given)),
    putPhotos: async (submission, photos) => (take(), store.putPhotos(submission, photos)),
  };
}

describe("a phone that is full", () => {
  it("holds in its page what it has no room for, the photos that did fit among it", async () => {
    const fits: boolean[] = [];
    const outbox = spilling(small(2), (fit) => fits.push(fit));
    await outbox.put(draft);
    await outbox.putPhotos("s1", [photo("a.jpg")]);
    await outbox.put({ ...draft, values: [["text", "x"]] });
    expect(fits).toEqual([true, true, false]);
    expect((await outbox.photos("s1")).map(({ name }) => name)).toEqual(["a.jpg"]);
    expect((await outbox.all()).map(({ values }) => values)).toEqual([[["text", "x"]]]);
    await outbox.putPhotos("s1", [photo("a.jpg"), photo("b.jpg")]);
    expect((await outbox.photos("s1")).length).toBe(2);
    await outbox.drop("s1");
    expect(await outbox.all()).toEqual([]);
  });

  it("keeps the others where they are", async () => {
    const outbox = spilling(small(1), () => undefined);
    await outbox.put(draft);
    await outbox.put({ ...draft, submission: "s2", at: 2 });
    expect((await outbox.all()).map(({ submission }) => submission)).toEqual(["s1", "s2"]);
    expect((await outbox.read("s2"))?.at).toBe(2);
  });
});
