/** Reports that wait for a network: sent by the worker when the browser says that there is one, whether a page is open or not. */
import { deliver } from "../lib/reports/delivery";
import { openOutbox } from "../lib/reports/outbox";

interface Scope {
  readonly indexedDB: IDBFactory;
  readonly fetch: typeof fetch;
  readonly navigator: { readonly locks: LockManager };
  /** Browsers that know background sync have it. */
  readonly cookieStore?: CookieStore;
}

const TOKEN = "beffroi_csrf";
const LOCK = "beffroi-reports";

/** Rejects while some still wait: the browser then asks again, later and later. */
export async function sendReports(scope: Scope): Promise<void> {
  const now = () => Date.now();
  const outbox = await openOutbox(scope.indexedDB, null, now);
  const left = await deliver(
    {
      outbox,
      fetch: (address, options) => scope.fetch(address, options),
      token: async () => (await scope.cookieStore?.get(TOKEN))?.value ?? "",
      now,
      random: () => Math.random(),
      alone: async (work) => void (await scope.navigator.locks.request(LOCK, work)),
    },
    null,
    true,
  );
  if (left > 0) throw new Error(`${left} reports wait`);
}
