/** Whether a photo is made smaller before it is kept: only where it would never arrive, since the original is the better proof. */

export const LONGEST_SIDE = 2048;
const HEAVY = 6 * 1024 * 1024;
/** Under that, even a slow network takes it. */
const LIGHT = 400 * 1024;

/** What the browser says of the network, where it does. */
export interface Link {
  readonly saveData?: boolean;
  readonly effectiveType?: string;
}

export function worthShrinking(bytes: number, link: Link | undefined): boolean {
  if (bytes > HEAVY) return true;
  const slow = link?.saveData === true || ["slow-2g", "2g", "3g"].includes(link?.effectiveType ?? "");
  return slow && bytes > LIGHT;
}

/** As large as it may be within a square of that side, never larger than it is. */
export function within(width: number, height: number, side: number): { width: number; height: number } {
  const scale = Math.min(1, side / Math.max(width, height, 1));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}
