// @vitest-environment happy-dom
import { beforeEach, describe, expect, it } from "vitest";
import { Moments } from "../../lib/console/moment";
import type { Thing } from "../../lib/console/things";
import { showFeed, showWatched } from "./lists";

const thing = (id: string, state: string): Thing => ({ id, at: [0, 0], label: id, severity: 2, state, href: "" });

beforeEach(() => {
  document.body.innerHTML = `<ul data-part="watched"></ul><p data-part="watched-empty"></p><ol data-part="feed"></ol>
    <template data-copy="thing"><li><button><span data-slot="label"></span><span data-slot="state"></span></button></li></template>
    <template data-copy="happening"><li><time data-slot="at"></time><span data-slot="words"></span><a data-slot="href"></a></li></template>`;
});

describe("whoever is on a line", () => {
  it("stays on it while things change, come and go around", () => {
    const chosen: Thing[] = [];
    const show = (...things: Thing[]) => showWatched(document.body, things, (one) => chosen.push(one));
    show(thing("a", "open"), thing("b", "open"), thing("c", "open"));
    const line = document.querySelectorAll("button")[1];
    line?.focus();
    show(thing("z", "forced"), thing("b", "open for long"), thing("c", "open"));
    expect(document.activeElement).toBe(line);
    const said = Array.from(document.querySelectorAll("button"), (button) => button.textContent);
    expect(said).toEqual(["zforced", "bopen for long", "copen"]);
    line?.click();
    expect(chosen).toEqual([thing("b", "open for long")]);
  });

  it("stays on it while more happens", () => {
    const happening = (key: string) =>
      ({ key, at: "2026-11-22T09:00:00Z", words: key, step: "", severity: 0, href: `/${key}/` }) as const;
    const moments = new Moments("fr", "Europe/Paris");
    showFeed(document.body, [happening("first")], moments);
    const link = document.querySelector<HTMLElement>("ol a");
    link?.focus();
    showFeed(document.body, [happening("second"), happening("first")], moments);
    expect(document.activeElement).toBe(link);
    expect(Array.from(document.querySelectorAll("ol a"), (one) => one.textContent)).toEqual(["second", "first"]);
  });
});
