/** The list of what to open: what each of them needs is taken along; described in docs/developers/islands.md. */
import { apiOf } from "../../lib/api";
import { openPhone } from "../../lib/phone";
import { bluetoothOf } from "../../lib/radio";
import { openKept } from "../../lib/rights/kept";
import { islands } from "../../lib/stage";
import { prepare, type Stop } from "./flow";
import { showReady } from "./pills";

/** Asks the service worker, once there is one; it answers through a port of our own. */
async function hold(paths: readonly string[]): Promise<readonly string[]> {
  if (paths.length === 0 || !("serviceWorker" in navigator)) return [];
  const worker = (await navigator.serviceWorker.ready).active;
  if (!worker) return [];
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = ({ data }) => resolve(data as readonly string[]);
    worker.postMessage(paths, [port2]);
  });
}

async function start(root: HTMLElement): Promise<void> {
  // Without a radio nothing opens without a server: nothing is taken along for nothing
  if (!window.isSecureContext || !bluetoothOf(navigator)) return;
  const rows = Array.from(root.querySelectorAll<HTMLElement>("[data-gate]"));
  const paths = new Map(rows.map((row) => [row.dataset.gate ?? "", row.dataset.path ?? ""]));
  const stops = Array.from(paths, ([gate, path]): Stop => ({ gate, path }));
  const now = () => Math.floor(Date.now() / 1000);
  const [phone, kept] = [await openPhone(indexedDB), await openKept(indexedDB)];
  const ports = { api: apiOf(document), phone, kept, hold, now };
  // Another worker has dropped the pages that the former one held
  await showReady(rows, () => prepare(ports, root.dataset.person ?? "", stops), navigator.serviceWorker);
}

// A browser that keeps nothing shows the list as it is
for (const root of islands(document, "ahead")) void start(root).catch(() => undefined);
