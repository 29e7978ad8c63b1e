/** How a live picture is kept live: what a player does about its delay, from what it holds. */

/** Seconds of picture that it holds, as one of its ranges. */
export interface Held {
  readonly start: number;
  readonly end: number;
}

export interface Standing {
  /** Where the player is, in seconds of the picture's own time. */
  readonly at: number;
  readonly rate: number;
  /** In their order; the last has what is newest. */
  readonly held: readonly Held[];
}

export interface Pacing {
  /** Where to go, or null to go on from here. */
  readonly seek: number | null;
  readonly rate: number;
  /** Forget what is older than this, or null. */
  readonly forget: number | null;
}

/** Seconds behind what came last. From the first on it plays faster until it is below the second, past the third it jumps. */
export const HURRY = 0.25;
export const CALM = 0.12;
export const JUMP = 1;
const FASTER = 1.15;
/** After a jump, this much is left to play: less than a frame of a slow camera would stop at once. */
const CUSHION = 0.1;
/** Seconds that are kept; what is older is forgotten a few at a time. */
export const KEPT = 10;
const SLACK = 2;

export function pace({ at, rate, held }: Standing): Pacing {
  const newest = held.at(-1);
  const oldest = held[0];
  if (!newest || !oldest) return { seek: null, rate: 1, forget: null };
  const lag = newest.end - at;
  // Behind everything of the newest range there is a hole; ahead of it, a clock that went back.
  const outside = at < newest.start || at > newest.end + JUMP;
  const seek = outside || lag > JUMP ? Math.max(newest.start, newest.end - CUSHION) : null;
  const reached = seek ?? at;
  const forget = oldest.start < reached - KEPT - SLACK ? reached - KEPT : null;
  const hurries = seek === null && lag > (rate > 1 ? CALM : HURRY);
  return { seek, rate: hurries ? FASTER : 1, forget };
}
