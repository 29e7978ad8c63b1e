import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { pagesOf } from "./pages";

const HERE = "https://beffroi.example";
const OWN = { "X-Beffroi-Keep": "1", "X-Beffroi-Reader": "r1" };
const LONG = { ...OWN, "X-Beffroi-Keep": "7", Date: "Thu, 01 Jan 1970 00:00:00 GMT" };
const FOREVER = { "Cache-Control": "public, immutable" };

/** The browser's caches; once `full`, the device has no room left. */
class Shelf {
  full = false;
  private readonly all = new Map<string, Map<string, Response>>();

  async open(name: string) {
    const kept = this.all.get(name) ?? new Map<string, Response>();
    this.all.set(name, kept);
    return {
      match: async (url: string) => kept.get(url)?.clone(),
      keys: async () => Array.from(kept.keys(), (url) => ({ url })),
      put: async (url: string, answer: Response) => {
        if (this.full) throw new DOMException("no room left", "QuotaExceededError");
        kept.set(url, answer);
      },
      delete: async ({ url }: { url: string }) => kept.delete(url),
    };
  }

  async keys(): Promise<string[]> {
    return Array.from(this.all.keys());
  }

  async delete(name: string): Promise<boolean> {
    return this.all.delete(name);
  }
}

let shelf: Shelf;
const none = Promise.resolve(undefined);
let waits: (() => void)[] = [];
const pages = pagesOf(
  "b1",
  () => 0,
  () => new Promise((passed) => waits.push(() => passed())),
);
const asked = (path: string) => new Request(HERE + path);
const answers = (headers: Record<string, string>) =>
  vi.stubGlobal("fetch", async () => new Response("from the network", { headers }));

beforeEach(() => {
  [shelf, waits] = [new Shelf(), []];
  vi.stubGlobal("caches", shelf);
  vi.stubGlobal("indexedDB", { deleteDatabase: () => undefined });
});
afterEach(() => vi.unstubAllGlobals());

describe("what the network gives", () => {
  const ways: [string, Record<string, string>, () => Promise<Response>][] = [
    ["page", OWN, () => pages.page(asked("/orders/"), "page", none)],
    ["asset", FOREVER, () => pages.asset(asked("/static/built/assets/shell-1.js"))],
    ["file", FOREVER, () => pages.file(asked("/theme/meaux.css"))],
  ];

  it.each(ways)("is kept where there is room: a %s", async (_kind, headers, get) => {
    answers(headers);
    await get();
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("no network")));
    expect(await (await get()).text()).toBe("from the network");
  });

  it.each(ways)("is shown where there is none: a %s", async (_kind, headers, get) => {
    answers(headers);
    shelf.full = true;
    expect(await (await get()).text()).toBe("from the network");
  });
});

describe("a log-out", () => {
  it("erases what was somebody's, what opens to them included", async () => {
    answers(OWN);
    await pages.page(asked("/orders/"), "page", none);
    const erased: string[] = [];
    vi.stubGlobal("indexedDB", { deleteDatabase: (name: string) => void erased.push(name) });
    await pages.page(new Request(`${HERE}/logout/`, { method: "POST" }), "log-out", none);
    expect(erased.sort()).toEqual(["beffroi-drafts", "beffroi-reports", "beffroi-rights", "beffroi-things"]);
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("no network")));
    expect((await pages.page(asked("/orders/"), "page", none)).type).toBe("error");
  });
});

describe("a new worker", () => {
  it("drops the pages of the former one but remembers whose they were: what else is theirs goes with the next reader", async () => {
    answers(OWN);
    await pages.page(asked("/orders/"), "page", none);
    await shelf.open("beffroi-files-b0");
    await pages.tidy();
    expect(await shelf.keys()).not.toContain("beffroi-files-b0");
    const erased: string[] = [];
    vi.stubGlobal("indexedDB", { deleteDatabase: (name: string) => void erased.push(name) });
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("no network")));
    expect((await pages.page(asked("/orders/"), "page", none)).type).toBe("error");
    answers({ ...OWN, "X-Beffroi-Reader": "r2" });
    await pages.page(asked("/orders/"), "page", none);
    expect(erased).toContain("beffroi-rights");
  });
});

describe("a server that is down", () => {
  async function kept(): Promise<void> {
    answers(OWN);
    await pages.page(asked("/orders/"), "page", none);
  }

  it("may still have somebody who takes its calls and never answers: the page is shown as it was, after a while", async () => {
    await kept();
    let called = () => {};
    const calling = new Promise<void>((resolve) => (called = resolve));
    vi.stubGlobal("fetch", () => {
      called();
      return new Promise(() => undefined);
    });
    const shown = pages.page(asked("/orders/"), "page", none);
    await calling;
    await vi.waitFor(() => expect(waits).toHaveLength(1));
    waits[0]?.();
    expect(await (await shown).text()).toBe("from the network");
  });

  it("may have a proxy before it that says so: what is kept is worth more", async () => {
    await kept();
    const says = (status: number, headers = {}) =>
      vi.stubGlobal("fetch", async () => new Response("bad gateway", { status, headers }));
    says(502);
    expect(await (await pages.page(asked("/orders/"), "page", none)).text()).toBe("from the network");
    expect(await (await pages.page(asked("/elsewhere/"), "page", none)).text()).toBe("bad gateway");
    says(500);
    expect(await (await pages.page(asked("/orders/"), "page", none)).text()).toBe("bad gateway");
    says(503, { "X-Beffroi-Reader": "r1" });
    expect(await (await pages.page(asked("/orders/"), "page", none)).text(), "our own word").toBe("bad gateway");
  });
});

describe("a page that was there before the worker", () => {
  it("is there without a network, with what it is drawn with", async () => {
    const page = '<html lang="fr"><script src="/static/built/assets/report-1.js"></script>';
    vi.stubGlobal("fetch", async (asked: Request | string) =>
      typeof asked === "string" ? new Response("drawn", { headers: FOREVER }) : new Response(page, { headers: LONG }),
    );
    await pages.hold(`${HERE}/reports/meaux/new/`);
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("no network")));
    const answer = await pages.page(asked("/reports/meaux/new/"), "page", none);
    expect(await answer.text()).toBe(page);
    const drawn = await shelf.open("beffroi-files-b1");
    expect(await drawn.match("/static/built/assets/report-1.js")).toBeDefined();
  });

  it("isn't there without what it is drawn with: the network went away meanwhile", async () => {
    vi.stubGlobal("fetch", async (asked: Request | string) => {
      if (typeof asked === "string") throw new TypeError("no network");
      return new Response('<script src="/static/built/assets/report-1.js"></script>', { headers: LONG });
    });
    await pages.hold(`${HERE}/reports/meaux/new/`);
    const kept = await shelf.open("beffroi-pages");
    expect(await kept.keys()).toEqual([]);
  });
});

describe("pages that nobody has opened yet", () => {
  it("are there without a network, each asked for once an hour, and those of elsewhere never", async () => {
    const gone: string[] = [];
    vi.stubGlobal("fetch", async (asked: Request | string) => {
      gone.push(typeof asked === "string" ? asked : new URL(asked.url).pathname);
      if (typeof asked === "string") return new Response("drawn", { headers: FOREVER });
      return new Response(asked.url, { headers: asked.url.includes("/c/") ? LONG : {} });
    });
    const wanted = ["/c/one/", "/orders/", "https://elsewhere.example/c/two/", "/c/three/"];
    expect(await pages.holdAll(wanted, HERE)).toEqual(["/c/one/", "/c/three/"]);
    expect(gone.filter((path) => !path.startsWith("/static/"))).toEqual(["/c/one/", "/orders/", "/c/three/"]);
    gone.length = 0;
    expect(await pages.holdAll(["/c/one/"], HERE)).toEqual(["/c/one/"]);
    expect(gone).toEqual([]);
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("no network")));
    expect(await pages.holdAll(wanted, HERE)).toEqual(["/c/one/", "/c/three/"]);
    expect(await (await pages.page(asked("/c/three/"), "page", none)).text()).toContain("/c/three/");
  });
});
