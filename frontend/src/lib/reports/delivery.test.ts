import { IDBFactory } from "fake-indexeddb";
import { describe, expect, it } from "vitest";
import { deliver, formOf, type Ports, read, retryAfter } from "./delivery";
import { type Draft, fresh, NOBODY, openOutbox, type Photo } from "./outbox";
import { SENT_SHOWN } from "./sending";

const ADDRESS = "/reports/meaux/new/";
const TAKEN = { at: "2026-11-22T09:30:00", latitude: 48.96, longitude: 2.88 };
const photo = (name: string): Photo => ({ blob: new Blob([name], { type: "image/jpeg" }), name, taken: TAKEN });

function draft(submission: string, owner = "ana", at = 1_000): Draft {
  return { ...fresh(submission, owner, ADDRESS, at), state: "ready", values: [["text", submission]] };
}

/** A phone whose server answers as told; `asked` is what it was sent. */
async function phone(answers: (() => Response | Promise<Response>)[], factory = new IDBFactory()) {
  let now = 1_000;
  const asked: { address: string; options: RequestInit }[] = [];
  const outbox = await openOutbox(factory, "ana", () => now);
  const ports: Ports = {
    outbox,
    fetch: async (address, options) => {
      asked.push({ address, options });
      const next = answers.shift();
      if (!next) throw new TypeError("no network");
      return next();
    },
    token: async () => `token-${asked.length}`,
    now: () => now,
    random: () => 0,
    alone: (work) => work(),
  };
  return { outbox, ports, asked, pass: (milliseconds: number) => (now += milliseconds) };
}

const taken = (reference: string) => () => Response.json({ reference, url: `/reports/${reference}/` }, { status: 201 });

/** A network that is back. */
function back(answer: () => Response) {
  const sent: RequestInit[] = [];
  const fetch = async (_address: string, options: RequestInit) => {
    sent.push(options);
    return answer();
  };
  return { fetch, sent };
}

describe("a report on its way", () => {
  it("is the form that the page would send, with each photo and where it was taken", () => {
    const form = formOf(draft("s1"), [photo("a.jpg"), { ...photo("b.jpg"), taken: null }]);
    expect(form.get("submission")).toBe("s1");
    expect(form.get("owner")).toBe("ana");
    expect(form.getAll("photos").map((file) => (file as File).name)).toEqual(["a.jpg", "b.jpg"]);
    expect(JSON.parse(String(form.get("taken")))).toEqual([TAKEN, null]);
  });

  it("waits without a network, and leaves once with its photos when there is one", async () => {
    const { outbox, ports, asked } = await phone([]);
    await outbox.put(draft("s1"));
    await outbox.putPhotos("s1", [photo("a.jpg"), photo("b.jpg"), photo("c.jpg")]);
    expect(await deliver(ports, "ana", false)).toBe(1);
    expect(await deliver(ports, "ana", false)).toBe(1);
    expect(asked.length).toBe(1);
    const online = back(taken("R-1"));
    expect(await deliver({ ...ports, fetch: online.fetch }, "ana", true)).toBe(0);
    expect((online.sent[0]?.body as FormData).getAll("photos").length).toBe(3);
    expect(await outbox.read("s1")).toMatchObject({
      state: "sent",
      answer: { reference: "R-1", url: "/reports/R-1/" },
    });
    expect(await outbox.photos("s1")).toEqual([]);
    await deliver({ ...ports, fetch: online.fetch }, "ana", false);
    expect(online.sent.length).toBe(1);
  });

  it("waits as long as the server says, whatever the network does", async () => {
    const busy = () => new Response("", { status: 429, headers: { "Retry-After": "60" } });
    const { outbox, ports, asked, pass } = await phone([busy, taken("R-3")]);
    await outbox.put(draft("s10"));
    expect(await deliver(ports, "ana", true)).toBe(1);
    pass(59_000);
    expect(await deliver(ports, "ana", true)).toBe(1);
    expect(asked.length).toBe(1);
    pass(1_000);
    expect(await deliver(ports, "ana", false)).toBe(0);
    expect(asked.length).toBe(2);
  });

  it("asks for a new token when the one of its page is void", async () => {
    const { outbox, ports, asked } = await phone([
      () => new Response("", { status: 403 }),
      () => new Response("<!doctype html>"),
      taken("R-2"),
    ]);
    await outbox.put(draft("s2"));
    await deliver(ports, "ana", false);
    expect(asked.map(({ options }) => options.method ?? "GET")).toEqual(["POST", "GET", "POST"]);
    expect((await outbox.read("s2"))?.state).toBe("sent");
  });

  it("keeps the others back when one can't leave, and lets them leave when one is refused", async () => {
    const errors = { latitude: ["Outside."] };
    const { outbox, ports, asked } = await phone([() => Response.json({ errors }, { status: 422 }), taken("R-4")]);
    await outbox.put(draft("s3", "ana", 1));
    await outbox.put(draft("s4", "ana", 2));
    await outbox.put(draft("s5", "ana", 3));
    await outbox.put(draft("s6", "ana", 4));
    expect(await deliver(ports, "ana", false)).toBe(2);
    expect(asked.length).toBe(3);
    expect(await outbox.read("s3")).toMatchObject({ state: "refused", code: "invalid", errors });
    expect((await outbox.all()).map(({ state }) => state)).toEqual(["refused", "ready", "ready", "sent"]);
  });

  it("is not sent for another, and is erased by whoever else looks", async () => {
    const factory = new IDBFactory();
    const { outbox, ports, asked } = await phone([], factory);
    await outbox.put(draft("s7"));
    await outbox.put(draft("s8", NOBODY));
    await deliver(ports, "bob", false);
    expect(asked).toEqual([]);
    expect((await (await openOutbox(factory, NOBODY, () => 1)).all()).length).toBe(2);
    expect((await (await openOutbox(factory, "bob", () => 1)).all()).map(({ owner }) => owner)).toEqual([NOBODY]);
  });

  it("is forgotten a week after it was sent", async () => {
    const factory = new IDBFactory();
    const { outbox } = await phone([], factory);
    await outbox.put({ ...draft("s9"), state: "sent" });
    expect((await (await openOutbox(factory, "ana", () => SENT_SHOWN)).all()).length).toBe(1);
    expect(await (await openOutbox(factory, "ana", () => SENT_SHOWN + 1_001)).all()).toEqual([]);
  });
});

describe("an answer", () => {
  it.each<[number, unknown, string]>([
    [201, { reference: "R-1", url: "/reports/1/" }, "sent"],
    [200, { reference: "R-1", url: "/reports/1/" }, "sent"],
    [200, null, "later"],
    [401, null, "log-in"],
    [413, null, "refused"],
    [422, { errors: { text: ["x", 3] } }, "refused"],
    [422, "<html>", "refused"],
    [404, null, "refused"],
    [429, null, "later"],
    [503, null, "later"],
  ])("of %s with %j means: %s", (status, body, kind) => {
    expect(read(status, 0, body).kind).toBe(kind);
  });

  it("says when to come back, in seconds or as a date", () => {
    expect(retryAfter("120", 0)).toBe(120_000);
    expect(retryAfter("Thu, 01 Jan 1970 00:01:00 GMT", 10_000)).toBe(50_000);
    expect(retryAfter(null, 0)).toBe(0);
    expect(retryAfter("soon", 0)).toBe(0);
    expect(retryAfter("-5", 0)).toBe(0);
  });
});
