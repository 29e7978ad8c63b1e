/** The service worker: shows what the server pushes and says that it did, opens the page of what is touched, and tells the server
 *  when the browser replaces its subscription. It answers no request and keeps no page.
 *
 *  It imports nothing at run time: browsers that know no module workers run it too. It has no session: a message's own number,
 *  which only its receiver could decrypt, is what it reports with. */
import { type Kept, newest, ownPath, readMessage, shown } from "./notification";

declare const self: ServiceWorkerGlobalScope;

const API = "/api/v1/push";
const ICON = "/static/icon-192.png";
/** Where the page leaves what is needed to renew the subscription: a worker can read the Cache Storage, not the page. */
const STORE = "beffroi-push";
const FORMER = "/push-subscription";

interface Former {
  readonly endpoint: string;
  readonly auth: string;
  readonly key: string;
}

function keep(data: unknown): Kept | null {
  const message = typeof data === "object" && data !== null ? readMessage({ v: 1, ...(data as Kept).message }) : null;
  return message && { message };
}

async function show(data: unknown): Promise<void> {
  const message = readMessage(data);
  if (!message) return;
  const there = await self.registration.getNotifications({ tag: message.tag });
  const before = there.map((notification) => keep(notification.data)?.message).filter((known) => known !== undefined);
  const { title, options } = shown(newest(message, before), ICON);
  await self.registration.showNotification(title, options);
  if (message.delivery !== null) await report(message.delivery);
}

/** At most a word to the server: the notification is on the screen whether it comes through or not. */
async function report(delivery: string): Promise<void> {
  await fetch(`${API}/shown/${encodeURIComponent(delivery)}`, { method: "POST", credentials: "omit" }).catch(
    () => undefined,
  );
}

/** The page where it is open already, else a window of its own: what somebody is looking at is never replaced under their eyes. */
async function open(path: string): Promise<void> {
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const there = windows.find(({ url }) => new URL(url).pathname + new URL(url).search === path);
  await (there ? there.focus() : self.clients.openWindow(path));
}

async function former(): Promise<Former | null> {
  const kept = await (await caches.open(STORE)).match(FORMER);
  return kept ? ((await kept.json()) as Former) : null;
}

async function renew(): Promise<void> {
  const known = await former();
  if (!known) return;
  const options = { userVisibleOnly: true, applicationServerKey: known.key };
  const manager = self.registration.pushManager;
  const fresh = ((await manager.getSubscription()) ?? (await manager.subscribe(options))).toJSON();
  const { endpoint = "", keys = {} } = fresh;
  const body = { endpoint, p256dh: keys.p256dh ?? "", auth: keys.auth ?? "" };
  const answer = await fetch(`${API}/subscriptions/renewed`, {
    method: "POST",
    credentials: "omit",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ ...body, former_endpoint: known.endpoint, former_auth: known.auth }),
  });
  if (!answer.ok) return;
  const next: Former = { endpoint, auth: body.auth, key: known.key };
  await (await caches.open(STORE)).put(FORMER, new Response(JSON.stringify(next)));
}

self.addEventListener("install", () => void self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("push", (event) => {
  let data: unknown = null;
  try {
    data = event.data?.json();
  } catch {
    return; // not ours: nothing to show
  }
  event.waitUntil(show(data));
});
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(ownPath(keep(event.notification.data)?.message.path)));
});
self.addEventListener("pushsubscriptionchange", (event) => (event as ExtendableEvent).waitUntil(renew()));
