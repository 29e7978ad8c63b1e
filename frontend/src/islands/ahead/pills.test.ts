// @vitest-environment happy-dom
import { beforeEach, describe, expect, it } from "vitest";
import { showReady } from "./pills";

let rows: HTMLElement[];
let worker: EventTarget;
let answers: ((gates: string[]) => void)[];

const prepare = () => new Promise<ReadonlySet<string>>((done) => answers.push((gates) => done(new Set(gates))));
const told = () => rows.filter((row) => !row.querySelector("[data-ready]")?.hasAttribute("hidden"));
const settled = () => new Promise((done) => setTimeout(done));

beforeEach(() => {
  document.body.innerHTML = ["gate-7", "gate-8"]
    .map((gate) => `<li data-gate="${gate}"><span data-ready hidden>ready</span></li>`)
    .join("");
  rows = Array.from(document.querySelectorAll<HTMLElement>("[data-gate]"));
  [worker, answers] = [new EventTarget(), []];
});

describe("the list of what to open", () => {
  it("says of each row whether its door is ready", async () => {
    const showing = showReady(rows, prepare, worker);
    answers[0]?.(["gate-8"]);
    await showing;
    expect(told().map((row) => row.dataset.gate)).toEqual(["gate-8"]);
  });

  it("says nothing any more once the worker that held the pages is replaced, until the next one holds them", async () => {
    const showing = showReady(rows, prepare, worker);
    answers[0]?.(["gate-7", "gate-8"]);
    await showing;
    worker.dispatchEvent(new Event("controllerchange"));
    expect(told()).toEqual([]);
    answers[1]?.(["gate-7"]);
    await settled();
    expect(told().map((row) => row.dataset.gate)).toEqual(["gate-7"]);
  });

  it("doesn't say what a former worker held while it was being replaced", async () => {
    const showing = showReady(rows, prepare, worker);
    worker.dispatchEvent(new Event("controllerchange"));
    answers[0]?.(["gate-7", "gate-8"]);
    await showing;
    expect(told()).toEqual([]);
  });
});
