/** All that the screen shows at one moment, as the server tells it. */
import type { Thing } from "../../lib/console/things";

/** A reading that lasts longer is given up. */
const READ_WITHIN = 30_000;

export interface Told {
  /** The place from which the stream goes on, and the moment as of which all this is. */
  readonly since: string;
  readonly as_of: string;
  readonly layers: readonly { readonly code: string; readonly topic: string; readonly things: readonly Thing[] }[];
  readonly alerts: Readonly<Record<string, unknown>>;
  readonly feeds: readonly string[];
  readonly feed: readonly unknown[];
  readonly waiting: number;
}

/** Null when the server doesn't answer; the page is left when it says that there is nothing (any more) for this viewer. */
export async function readAll(address: string): Promise<Told | null> {
  const patience = new AbortController();
  const over = setTimeout(() => patience.abort(), READ_WITHIN);
  try {
    const answer = await fetch(address, { redirect: "manual", cache: "no-store", signal: patience.signal });
    if (answer.type === "opaqueredirect" || answer.status === 404) location.reload();
    return answer.ok ? ((await answer.json()) as Told) : null;
  } catch {
    return null;
  } finally {
    clearTimeout(over);
  }
}
