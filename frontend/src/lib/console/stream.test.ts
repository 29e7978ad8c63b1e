import { describe, expect, it } from "vitest";
import { type Change, Live, type Source } from "./stream";

class FakeSource implements Source {
  static readonly all: FakeSource[] = [];
  readyState = 1;
  onerror: ((event: Event) => void) | null = null;
  private readonly heard = new Map<string, (event: MessageEvent<string>) => void>();

  constructor(readonly address: string) {}

  addEventListener(kind: string, heard: (event: MessageEvent<string>) => void): void {
    this.heard.set(kind, heard);
  }

  say(kind: string, data: unknown = {}, lastEventId = ""): void {
    this.heard.get(kind)?.({ data: JSON.stringify(data), lastEventId } as MessageEvent<string>);
  }

  fail(readyState: number): void {
    this.readyState = readyState;
    this.onerror?.({} as Event);
  }

  close(): void {
    this.readyState = 2;
  }
}

function listening() {
  const sources: FakeSource[] = [];
  const said: unknown[] = [];
  let now = 1_000_000;
  const live = new Live(
    "/live/",
    "700-1",
    {
      change: (change: Change) => said.push(change),
      again: () => said.push("again"),
      closed: () => said.push("closed"),
      refused: () => said.push("refused"),
      fresh: (fresh, news) => said.push([fresh, news]),
    },
    (address) => {
      const source = new FakeSource(address);
      sources.push(source);
      return source;
    },
    () => now,
  );
  const last = () => {
    const source = sources.at(-1);
    if (!source) throw new Error("no connection was made");
    return source;
  };
  return {
    live,
    sources,
    said,
    last,
    after: (milliseconds: number) => {
      now += milliseconds;
      live.tick();
    },
    now: () => now,
  };
}

describe("the stream", () => {
  it("begins where the page was read, and hands changes on", () => {
    const { last, said } = listening();
    expect(last().address).toBe("/live/?since=700-1");
    last().say("ready", {}, "701-2");
    last().say("change", { topic: "alerts", things: { a: null } }, "702-3");
    last().say("change", "nonsense");
    expect(said).toEqual([{ topic: "alerts", things: { a: null } }]);
  });

  it("says after ten silent seconds that what is shown is old, and says so no more at the first news", () => {
    const { last, said, after, now } = listening();
    last().say("beat", {}, "701-2");
    const news = now();
    after(10_000);
    expect(said).toEqual([]);
    after(1_000);
    expect(said).toEqual([[false, news]]);
    after(1_000);
    last().say("beat");
    expect(said).toEqual([
      [false, news],
      [true, now()],
    ]);
  });

  it("gives a silent connection up after twenty seconds and goes on from the last place", () => {
    const { sources, last, after } = listening();
    last().say("beat", {}, "900-9");
    after(20_001);
    expect(sources.map((source) => source.address)).toEqual(["/live/?since=700-1", "/live/?since=900-9"]);
    after(19_000);
    expect(sources).toHaveLength(2);
    after(2_000);
    expect(sources).toHaveLength(3);
    expect(sources[0]?.readyState).toBe(2);
  });

  it("lets the browser try again by itself, and tries again itself when the server refused", () => {
    const { sources, last, said, after } = listening();
    last().fail(0);
    after(6_000);
    expect(sources).toHaveLength(1);
    last().fail(2);
    expect(said).toEqual(["refused"]);
    after(4_000);
    expect(sources).toHaveLength(1);
    after(1_000);
    expect(sources).toHaveLength(2);
  });

  it("hears nothing while everything is read, and then all that came since the place of that reading", () => {
    const { live, sources, last, said, after } = listening();
    last().say("again", {}, "900-9");
    live.pause();
    expect(sources[0]?.readyState).toBe(2);
    sources[0]?.say("change", { topic: "alerts", things: {} }, "901-9");
    after(9_000);
    expect(said).toEqual(["again"]);
    live.goOn("890-8");
    expect(sources.map((source) => source.address)).toEqual(["/live/?since=700-1", "/live/?since=890-8"]);
    last().say("change", { topic: "alerts", things: { a: null } }, "902-9");
    expect(said).toEqual(["again", { topic: "alerts", things: { a: null } }]);
  });

  it("says that what is shown is old when the reading lasts, and makes no connection before it is over", () => {
    const { live, sources, said, after, now } = listening();
    const news = now();
    live.pause();
    after(60_000);
    expect(said).toEqual([[false, news]]);
    expect(sources).toHaveLength(1);
    live.goOn("890-8");
    expect(sources).toHaveLength(2);
    after(1_000);
    expect(sources).toHaveLength(2);
  });

  it("leaves a server alone that has just refused, though everything was read meanwhile", () => {
    const { live, sources, last, after } = listening();
    last().fail(2);
    live.pause();
    after(1_000);
    live.goOn("890-8");
    expect(sources).toHaveLength(1);
    after(4_000);
    expect(sources.map((source) => source.address)).toEqual(["/live/?since=700-1", "/live/?since=890-8"]);
  });

  it("hears nothing from a connection that was given up", () => {
    const { sources, said, after } = listening();
    after(20_001);
    said.length = 0;
    sources[0]?.say("change", { topic: "alerts", things: {} });
    sources[0]?.fail(2);
    expect(said).toEqual([]);
  });

  it("ends when the server says so, and stays ended", () => {
    const { sources, last, said, after } = listening();
    last().say("closed");
    after(60_000);
    expect(said).toEqual(["closed"]);
    expect(sources).toHaveLength(1);
  });
});
