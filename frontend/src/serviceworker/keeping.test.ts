import { describe, expect, it } from "vitest";
import {
  type Asked,
  asKept,
  isPublic,
  kindOf,
  languageOf,
  lastsOf,
  madeAt,
  mayKeep,
  readerOf,
  type Told,
} from "./keeping";

const HERE = "https://beffroi.example";

function asked(path: string, changes: Partial<Asked> = {}): Asked {
  return { url: new URL(path, HERE).href, method: "GET", mode: "no-cors", destination: "", ...changes };
}

function told(headers: Record<string, string>, status = 200): Told {
  return { status, header: (name) => headers[name] ?? null };
}

describe("what is asked of the worker", () => {
  it.each([
    ["page", asked("/orders/", { mode: "navigate" })],
    ["sent", asked("/orders/add/", { mode: "navigate", method: "POST" })],
    ["log-out", asked("/logout/", { mode: "navigate", method: "POST" })],
    ["page", asked("/logout/", { mode: "navigate" })],
    ["asset", asked("/static/built/assets/shell-12345678.js", { destination: "script" })],
    ["file", asked("/theme/meaux.css", { destination: "style" })],
    ["file", asked("/static/icons.svg", { destination: "image" })],
    ["file", asked("/parts/fr/report.html", { mode: "cors" })],
    ["other", asked("/api/v1/holder/grants", { mode: "cors" })],
    ["other", asked("/live/", { mode: "cors" })],
    ["other", asked("/reports/1/photo.jpg", { destination: "image" })],
    ["other", asked("https://elsewhere.example/static/x.js", { destination: "script" })],
  ])("is %s", (kind, given) => expect(kindOf(given, HERE)).toBe(kind));
});

describe("what it keeps", () => {
  const own = { "X-Beffroi-Keep": "1", "X-Beffroi-Reader": "r1" };

  it("is a page whose answer says so, for the reader it names, never under a mandate", () => {
    expect(mayKeep(told(own))).toBe(true);
    expect(mayKeep(told(own, 404))).toBe(false);
    expect(mayKeep(told({ "X-Beffroi-Reader": "r1" }))).toBe(false);
    expect(mayKeep(told({ "X-Beffroi-Keep": "1" }))).toBe(false);
    expect(mayKeep(told({ ...own, "X-Beffroi-Mandate": "1" }))).toBe(false);
    for (const days of ["", "0", "365", "for ever"])
      expect(mayKeep(told({ ...own, "X-Beffroi-Keep": days }))).toBe(false);
  });

  it("is kept for the days that it says", () => {
    expect(lastsOf(told(own))).toBe(24 * 60 * 60 * 1000);
    expect(lastsOf(told({ ...own, "X-Beffroi-Keep": "7" }))).toBe(7 * 24 * 60 * 60 * 1000);
  });

  it("is of one reader: under a mandate of nobody, and a proxy's failure says nothing", () => {
    expect(readerOf(told(own))).toBe("r1");
    expect(readerOf(told({ "X-Beffroi-Reader": "" }))).toBe("");
    expect(readerOf(told({ ...own, "X-Beffroi-Mandate": "1" }))).toBe("");
    expect(readerOf(told({}))).toBeNull();
  });

  it("is, of files, what is everybody's", () => {
    expect(isPublic(told({ "Cache-Control": "max-age=300, public" }))).toBe(true);
    expect(isPublic(told({ "Cache-Control": "private, no-store" }))).toBe(false);
    expect(isPublic(told({}))).toBe(false);
  });

  it("has an age", () => {
    expect(madeAt(told({ Date: "Sun, 22 Nov 2026 09:14:00 GMT" }))).toBe(Date.UTC(2026, 10, 22, 9, 14));
    expect(madeAt(told({}))).toBe(0);
  });
});

describe("a page that was kept", () => {
  const html =
    '<!doctype html><html lang="en"><body><template id="kept" data-worker="/sw.js"><p>From {moment}.</p></template>' +
    '<main id="main" tabindex="-1"><h1>My orders</h1></main></body></html>';

  it("says so first, in its own words, and since when", () => {
    expect(asKept(html, "9:14")).toContain('<main id="main" tabindex="-1"><p>From 9:14.</p><h1>My orders</h1>');
    expect(languageOf(html)).toBe("en");
    expect(languageOf("")).toBe("fr");
  });

  it("is shown as it is where it has no words for it, and a moment is never markup", () => {
    expect(asKept('<main id="main">x</main>', "9:14")).toBe('<main id="main">x</main>');
    expect(asKept(html, "<b>$&</b>")).toContain("From &#60;b&#62;$&#38;&#60;/b&#62;.");
  });
});
