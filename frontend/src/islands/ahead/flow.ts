/** What a phone takes along before it goes where there may be no network: for each lock its rights and the page of its door. */
import type { Api } from "../../lib/api";
import type { Phone } from "../../lib/phone";
import type { Kept } from "../../lib/rights/kept";
import { keptRights, type Rights, rightsAt, type Wanted } from "../../lib/rights/rights";
import { Stopped } from "../../lib/rights/stopped";

export interface Ports {
  readonly api: Api;
  readonly phone: Phone;
  readonly kept: Kept;
  /** Have these pages kept; the paths of those that are. */
  hold(paths: readonly string[]): Promise<readonly string[]>;
  /** Seconds since 1970. */
  now(): number;
}

/** A lock of the list, and the page of its door. */
export interface Stop {
  readonly gate: string;
  readonly path: string;
}

/** The stops that this phone can open with no network from now on. One after the other: the page itself comes first on a slow network. Once
 *  no server answers, what is kept already counts as it is. */
export async function prepare(ports: Ports, person: string, stops: readonly Stop[]): Promise<ReadonlySet<string>> {
  const key = await ports.phone.keyOf(person);
  if (!key) return new Set();
  const held: Stop[] = [];
  let alone = false;
  for (const stop of stops) {
    const wanted: Wanted = { gate: stop.gate, person, action: "open", transport: "local", key, now: ports.now() };
    const said: Rights | Stopped | null = alone ? null : await rightsAt(ports, wanted);
    alone ||= said instanceof Stopped && said.codes[0] === "network";
    // Read back: a phone without room left has kept nothing
    if (!((await keptRights(ports, wanted)) instanceof Stopped)) held.push(stop);
  }
  const there = new Set(await ports.hold(held.map(({ path }) => path)));
  return new Set(held.filter(({ path }) => there.has(path)).map(({ gate }) => gate));
}
