// @vitest-environment happy-dom
import { describe, expect, it } from "vitest";
import { typedIn, typeIn } from "./typed";

const FORM = `<form><input type="hidden" name="csrfmiddlewaretoken" value="t"><input type="hidden" name="submission" value="s">
  <input type="hidden" name="asset_id" value=""><input name="latitude"><input type="radio" name="category" value="a">
  <input type="radio" name="category" value="b"><select name="priority"><option value=""></option><option value="1">1</option></select>
  <textarea name="text"></textarea><button name="go" value="now">Go</button></form>`;

function form(): HTMLFormElement {
  document.body.innerHTML = FORM;
  return document.querySelector("form") as HTMLFormElement;
}

describe("a report's form", () => {
  it("comes back as it was, hidden fields too, and nothing of the page", () => {
    const values = [
      ["asset_id", "x"],
      ["latitude", "48.96"],
      ["category", "b"],
      ["priority", "1"],
      ["text", "Un trou"],
    ] as const;
    const given = form();
    typeIn(given, [...values, ["submission", "other"], ["gone", "x"]]);
    expect(typedIn(given)).toEqual(values);
    expect((given.elements.namedItem("submission") as HTMLInputElement).value).toBe("s");
  });

  it("forgets what was there before", () => {
    const given = form();
    typeIn(given, [
      ["category", "a"],
      ["text", "x"],
    ]);
    typeIn(given, [["latitude", "1"]]);
    expect(typedIn(given)).toEqual([["latitude", "1"]]);
  });
});
