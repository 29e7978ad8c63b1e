/** Looking goes on after a loss: a new exchange each time, soon at first, never more than two seconds apart. What isn't passing is the
 *  end, and is said. */
import type { Stop } from "./stop";

const WAITS = [250, 500, 1_000, 2_000];

/** Milliseconds before the next try, after so many in a row that showed nothing. */
export function pauseAfter(fruitless: number): number {
  return WAITS[Math.min(fruitless, WAITS.length - 1)] ?? 0;
}

/** One look: why it stopped, and whether there was a picture. */
export interface Look {
  readonly stop: Stop;
  readonly seen: boolean;
}

/** Look again and again; `lost` hears of each loss. Ends with what isn't passing, or when the signal is aborted. */
export async function keepLooking(
  look: () => Promise<Look>,
  lost: (stop: Stop) => void,
  pass: (milliseconds: number) => Promise<void>,
  signal: AbortSignal,
): Promise<Stop> {
  for (let fruitless = 0; ; fruitless += 1) {
    const { stop, seen } = await look();
    if (!stop.passing || signal.aborted) return stop;
    if (seen) fruitless = 0;
    lost(stop);
    await pass(pauseAfter(fruitless));
    if (signal.aborted) return stop;
  }
}

/** Milliseconds pass, or the signal is aborted. */
export function passing(signal: AbortSignal): (milliseconds: number) => Promise<void> {
  return (milliseconds) =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const over = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", over);
        resolve();
      };
      const timer = setTimeout(over, milliseconds);
      signal.addEventListener("abort", over);
    });
}
