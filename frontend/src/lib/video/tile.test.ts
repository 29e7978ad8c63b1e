import { describe, expect, it } from "vitest";
import { Refused } from "../protocol/v1/refusal";
import type { Notice } from "./parts";
import { Stop } from "./stop";
import { BEGINNING, type Happening, mayAskAgain, next, type Tile } from "./tile";

const ASK: Happening = { what: "ask" };
const SHOWN: Happening = { what: "shown" };
const told = (state: Notice["state"], cause: string | null = null, since = 0): Happening => ({
  what: "notice",
  notice: { state, cause, since },
});
const stopped = (stop: Stop): Happening => ({ what: "stopped", stop });

/** What a tile shows after these, a second apart. */
function after(...happenings: readonly Happening[]): Tile {
  return happenings.reduce((tile, happening, at) => next(tile, happening, 1000 * (at + 1)), BEGINNING);
}

describe("a tile", () => {
  it("asks, waits for the camera, and is live once a frame is on the screen", () => {
    expect(after()).toEqual({ name: "granting" });
    expect(after(ASK)).toEqual({ name: "asking" });
    expect(after(ASK, told("waiting", null, 400))).toEqual({ name: "waiting", since: 1600, codes: [] });
    expect(after(ASK, told("waiting"), told("live"))).toMatchObject({ name: "waiting" });
    expect(after(ASK, told("live"), SHOWN)).toEqual({ name: "live", since: 3000 });
  });

  it("says why it waits", () => {
    expect(after(ASK, told("waiting", "credentials"))).toMatchObject({ name: "waiting", codes: ["credentials"] });
    expect(after(ASK, told("waiting", "codec"))).toMatchObject({ name: "waiting", codes: ["codec"] });
  });

  it("is lost since the camera was, whatever is tried meanwhile", () => {
    const lost = after(ASK, SHOWN, told("lost", "hung", 3000));
    expect(lost).toEqual({ name: "lost", since: 0, codes: ["hung"] });
    const loss = Stop.network("cut");
    const tried = after(ASK, SHOWN, stopped(loss), ASK, stopped(Stop.network("network")), ASK, told("waiting"));
    expect(tried).toEqual({ name: "lost", since: 3000, codes: [] });
    expect(after(ASK, SHOWN, stopped(loss), ASK, told("live"), SHOWN)).toEqual({ name: "live", since: 6000 });
  });

  it("is lost, not waiting, when a camera that was live is waited for", () => {
    expect(after(ASK, SHOWN, told("waiting"))).toMatchObject({ name: "lost" });
  });

  it("is refused by a gate, or by this browser that doesn't believe it", () => {
    expect(after(ASK, stopped(Stop.refused("grant-revoked")))).toEqual({ name: "refused", codes: ["grant-revoked"] });
    const distrust = stopped(Stop.distrust(new Refused("device-other")));
    expect(after(ASK, distrust)).toEqual({ name: "refused", codes: ["not-trusted", "device-other"] });
    const early = stopped(Stop.distrust(new Refused("certificate-early")));
    expect(after(ASK, early)).toEqual({ name: "refused", codes: ["dates", "certificate-early"] });
  });

  it("has ended, when what was cut without a word is then refused", () => {
    const cut = [ASK, SHOWN, stopped(Stop.network("cut")), ASK];
    expect(after(...cut, stopped(Stop.refused("grant-revoked")))).toEqual({ name: "ended", codes: ["grant-revoked"] });
    expect(after(...cut, stopped(Stop.distrust(new Refused("gate-other"))))).toMatchObject({ name: "refused" });
  });

  it("ends with its cause, and one key asks again", () => {
    const ended = after(ASK, SHOWN, told("ended", "expired"), stopped(Stop.relay("expired")));
    expect(ended).toEqual({ name: "ended", codes: ["expired"] });
    expect(mayAskAgain(ended)).toBe(true);
    expect(next(ended, ASK, 9000)).toEqual({ name: "asking" });
    for (const tile of [after(), after(ASK), after(ASK, SHOWN), after(ASK, SHOWN, stopped(Stop.network("cut")))]) {
      expect(mayAskAgain(tile)).toBe(false);
    }
  });
});
