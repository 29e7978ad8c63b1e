/** Reading all that a screen shows at one moment. */
import type { Told } from "../../lib/console/picture";
import { within } from "../../lib/patience";

/** A reading that lasts longer is given up. */
const READ_WITHIN = 30_000;

/** Null when the server doesn't answer; `gone` is called when it says that there is nothing (any more) for this viewer. */
export async function readAll(address: string, gone: () => void): Promise<Told | null> {
  try {
    return await within(READ_WITHIN, async (signal) => {
      const answer = await fetch(address, { redirect: "manual", cache: "no-store", signal });
      if (answer.type === "opaqueredirect" || answer.status === 404) gone();
      return answer.ok ? ((await answer.json()) as Told) : null;
    });
  } catch {
    return null;
  }
}
