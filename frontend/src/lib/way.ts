/** A round as its page writes it: where it begins, its places in their order, which of them are done. No page here. */
import { type Bounds, readPosition } from "./placing";

export interface Halt {
  /** What is written in its mark; nothing where the round begins. */
  readonly label: string;
  readonly at: readonly [number, number];
  readonly done: boolean;
}

/** `label:latitude:longitude`, with `:done` behind it, parted by spaces; what can't be read is left out. */
export function haltsOf(text: string): Halt[] {
  const found = text.split(" ").map((one): Halt | null => {
    const [label = "", latitude = "", longitude = "", done] = one.split(":");
    const at = readPosition(latitude, longitude);
    return at && { label, at: [at.longitude, at.latitude], done: done === "done" };
  });
  return found.filter((one) => one !== null);
}

/** The line that joins them, and back to the first when somebody returns. */
export function lineOf(halts: readonly Halt[], returns: boolean): [number, number][] {
  const [start] = halts;
  const through = returns && start && halts.length > 1 ? [...halts, start] : halts;
  return through.map(({ at }) => [at[0], at[1]]);
}

export function boundsOf(halts: readonly Halt[]): Bounds | null {
  if (halts.length === 0) return null;
  const [east, north] = [halts.map(({ at }) => at[0]), halts.map(({ at }) => at[1])];
  return [Math.min(...east), Math.min(...north), Math.max(...east), Math.max(...north)];
}
