// @vitest-environment happy-dom
import { beforeEach, describe, expect, it, vi } from "vitest";
import { Hold, type Outcome, portsOf } from "./hold";

const PAGE = `<section data-holds><form action="/done/"><button>Done</button></form></section><form action="/give/"><button>Give</button></form>
  <template><p data-held>It waits.</p></template>`;

let there = false;
let sent: string[] = [];
let outcome: Outcome = "taken";

function press(at: number): boolean {
  const form = document.querySelectorAll("form")[at] as HTMLFormElement;
  return form.dispatchEvent(new SubmitEvent("submit", { bubbles: true, cancelable: true }));
}

const settle = () => new Promise((done) => setTimeout(done));

describe("what was taken", () => {
  it("leads to the round, also from the page that had refused it before", () => {
    const gone = vi.spyOn(location, "assign").mockImplementation(() => undefined);
    portsOf("/reports/rounds/1/").taken();
    expect(gone).toHaveBeenCalledWith("/reports/rounds/1/");
    gone.mockRestore();
  });
});

describe("a server", () => {
  it.each([
    [200, true],
    [404, true],
    [503, false],
  ])("that answers %i is asked to take it: %s", async (status, asked) => {
    const answers = vi.spyOn(window, "fetch").mockResolvedValue(new Response(null, { status }) as never);
    expect(await portsOf("/reports/rounds/1/").reachable()).toBe(asked);
    answers.mockRestore();
  });
});

describe("what is sent without a network", () => {
  let hold: Hold;

  beforeEach(() => {
    document.body.innerHTML = PAGE;
    [there, sent, outcome] = [false, [], "taken"];
    const root = document.querySelector("section") as HTMLElement;
    hold = new Hold(root, document.querySelector("template") as HTMLTemplateElement, {
      reachable: async () => there,
      send: async (form) => {
        sent.push(form.getAttribute("action") ?? "");
        return outcome;
      },
      taken: () => void sent.push("taken"),
      refused: (form) =>
        void sent.push(String(form.dispatchEvent(new SubmitEvent("submit", { bubbles: true, cancelable: true })))),
    });
  });

  it("waits on its page, says so, and leaves by itself once", async () => {
    expect(press(0)).toBe(false);
    await settle();
    expect(sent).toEqual([]);
    expect(document.querySelectorAll("[data-held]")).toHaveLength(1);
    await hold.leave();
    expect(document.querySelectorAll("[data-held]")).toHaveLength(1);
    there = true;
    window.dispatchEvent(new Event("online"));
    await settle();
    expect(sent).toEqual(["/done/", "taken"]);
    expect(document.querySelector("[data-held]")).toBeNull();
    window.dispatchEvent(new Event("online"));
    await settle();
    expect(sent).toEqual(["/done/", "taken"]);
  });

  it("stays when the network goes away under it, and is shown by its own page when it is refused", async () => {
    [there, outcome] = [true, "lost"];
    press(0);
    await settle();
    expect(document.querySelectorAll("[data-held]")).toHaveLength(1);
    outcome = "refused";
    await hold.leave();
    expect(sent, "the browser sends it now").toEqual(["/done/", "/done/", "true"]);
  });

  it("leaves at once where there is one", async () => {
    there = true;
    press(0);
    await settle();
    expect(sent).toEqual(["/done/", "taken"]);
    expect(document.querySelector("[data-held]")).toBeNull();
  });

  it("leaves once, however often it is pressed while it is on its way", async () => {
    there = true;
    press(0);
    expect(press(0)).toBe(false);
    await settle();
    expect(sent).toEqual(["/done/", "taken"]);
  });

  it("is no matter of the forms beside", () => {
    expect(press(1)).toBe(true);
  });
});
