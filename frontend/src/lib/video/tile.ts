/** What one tile shows, as a state that changes by what happens: pure, with the moment passed in. */
import type { Notice } from "./parts";
import { Stop } from "./stop";

/** Moments are milliseconds of the server's clock. */
export type Tile =
  /** There is no right yet: an owner decides, or it is being signed. */
  | { readonly name: "granting" }
  | { readonly name: "asking" }
  | { readonly name: "waiting"; readonly since: number; readonly codes: readonly string[] }
  | { readonly name: "live"; readonly since: number }
  | { readonly name: "lost"; readonly since: number; readonly codes: readonly string[] }
  | { readonly name: "refused"; readonly codes: readonly string[] }
  | { readonly name: "ended"; readonly codes: readonly string[] };

export type Happening =
  | { readonly what: "ask" }
  | { readonly what: "notice"; readonly notice: Notice }
  /** A frame is on the screen. */
  | { readonly what: "shown" }
  /** It stopped, and is asked for again when that is passing. */
  | { readonly what: "stopped"; readonly stop: Stop };

export const BEGINNING: Tile = { name: "granting" };

export function next(tile: Tile, happening: Happening, now: number): Tile {
  switch (happening.what) {
    case "ask":
      return tile.name === "lost" ? tile : { name: "asking" };
    case "shown":
      return { name: "live", since: now };
    case "notice":
      return told(tile, happening.notice, now);
    case "stopped":
      return stopped(tile, happening.stop, now);
  }
}

/** A relay that has no picture says why; that it has one is believed once a frame is on the screen. */
function told(tile: Tile, { state, cause, since }: Notice, now: number): Tile {
  if (state === "ended" || state === "live") return tile;
  const codes = cause === null ? [] : [cause];
  const lost = state === "lost" || tile.name === "live" || tile.name === "lost";
  const begun = tile.name === "lost" ? tile.since : now - since;
  return { name: lost ? "lost" : "waiting", since: begun, codes };
}

function stopped(tile: Tile, stop: Stop, now: number): Tile {
  if (stop.passing) return { name: "lost", since: tile.name === "lost" ? tile.since : now, codes: stop.codes };
  // A cut that couldn't say why is followed by a refusal, which can: what was seen has ended.
  const refused = stop.by === "distrust" || (stop.by === "gate" && tile.name !== "lost");
  return { name: refused ? "refused" : "ended", codes: stop.codes };
}

/** Whether one key asks again: nothing is under way, and nothing comes by itself. */
export function mayAskAgain(tile: Tile): boolean {
  return tile.name === "refused" || tile.name === "ended";
}
