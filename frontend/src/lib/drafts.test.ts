// @vitest-environment happy-dom
import { IDBFactory } from "fake-indexeddb";
import { describe, expect, it } from "vitest";
import { fill, LASTS, openDrafts, touched, valuesOf } from "./drafts";

const FORM = `<form><input type="hidden" name="csrfmiddlewaretoken" value="t"><input type="text" name="reference" value="A">
  <input type="password" name="secret" value="p"><input type="text" name="code" autocomplete="one-time-code" value="123456">
  <input type="radio" name="step" value="1" checked><input type="radio" name="step" value="2">
  <select name="purpose"><option>a</option><option>b</option></select><textarea name="note"></textarea></form>`;

function form(): HTMLFormElement {
  document.body.innerHTML = FORM;
  return document.querySelector("form") as HTMLFormElement;
}

describe("a draft", () => {
  it("holds what was typed, and no password, code or hidden value", () => {
    expect(valuesOf(form())).toEqual([
      ["reference", "A"],
      ["step", "1"],
      ["purpose", "a"],
      ["note", ""],
    ]);
  });

  it("comes back as it was, and says whether that changes anything", () => {
    const given = form();
    expect(fill(given, valuesOf(given))).toBe(false);
    expect(
      fill(given, [
        ["reference", "B"],
        ["step", "2"],
        ["gone", "x"],
      ]),
    ).toBe(true);
    expect(valuesOf(given).slice(0, 2)).toEqual([
      ["reference", "B"],
      ["step", "2"],
    ]);
  });

  it("knows what was typed before it was looked for", () => {
    for (const [name, value] of [
      ["reference", "B"],
      ["purpose", "b"],
      ["note", "x"],
    ] as const) {
      const given = form();
      expect(touched(given)).toBe(false);
      (given.elements.namedItem(name) as HTMLInputElement).value = value;
      expect(touched(given)).toBe(true);
      given.reset();
      expect(touched(given)).toBe(false);
    }
    const given = form();
    (given.querySelector("[name=step][value='2']") as HTMLInputElement).checked = true;
    expect(touched(given)).toBe(true);
  });

  it("is its reader's: another who looks erases it, and so does a week", async () => {
    const factory = new IDBFactory();
    let now = 1_000;
    const own = await openDrafts(factory, "r1", () => now);
    await own.write("/orders/add/", [["note", "x"]]);
    expect(await (await openDrafts(factory, "r1", () => now)).read("/orders/add/")).toEqual([["note", "x"]]);
    expect(await (await openDrafts(factory, "r2", () => now)).read("/orders/add/")).toBeNull();
    expect(await (await openDrafts(factory, "r1", () => now)).read("/orders/add/")).toBeNull();
    await own.write("/orders/add/", [["note", "x"]]);
    now += LASTS + 1;
    expect(await (await openDrafts(factory, "r1", () => now)).read("/orders/add/")).toBeNull();
    await own.write("/orders/add/", [["note", "y"]]);
    await own.drop("/orders/add/");
    expect(await own.read("/orders/add/")).toBeNull();
  });
});
