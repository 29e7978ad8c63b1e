/** The service worker: shows what the server pushes and says that it did, opens the page of what is touched, and tells the server
 *  when the browser replaces its subscription. Without a network it shows the pages that the server lets it keep.
 *
 *  It imports nothing at run time: browsers that know no module workers run it too. It has no session: a message's own number,
 *  which only its receiver could decrypt, is what it reports with. */
import { AHEAD, kindOf } from "./keeping";
import { type Kept, newest, ownPath, readMessage, shown } from "./notification";
import { pagesOf } from "./pages";
import { sendReports } from "./reports";

/** The server writes `BUILD` before the script: another build is another worker. */
declare const self: ServiceWorkerGlobalScope & { readonly BUILD?: string };

const pages = pagesOf(
  self.BUILD ?? "",
  () => Date.now(),
  (milliseconds) => new Promise((passed) => setTimeout(passed, milliseconds)),
);

const API = "/api/v1/push";
const ICON = "/static/icon-192.png";
/** Where the page leaves what is needed to renew the subscription: a worker can read the Cache Storage, not the page. */
const STORE = "beffroi-push";
const FORMER = "/push-subscription";
const REPORTS = "beffroi-reports";

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

/** Pages of ours that a page asks to have kept before they are opened; it is told which of them are. */
async function ahead(asked: unknown, answer: MessagePort | undefined): Promise<void> {
  if (!Array.isArray(asked) || !answer) return;
  const paths = asked.filter((path): path is string => typeof path === "string").slice(0, AHEAD);
  answer.postMessage(await pages.holdAll(paths, self.location.origin).catch(() => []));
}

async function begin(): Promise<void> {
  await pages.tidy();
  await self.registration.navigationPreload?.enable();
  await self.clients.claim();
}

self.addEventListener("install", (event) => {
  void self.skipWaiting();
  event.waitUntil(pages.prepare().catch(() => undefined));
});
self.addEventListener("activate", (event) => event.waitUntil(begin()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const kind = kindOf(request, self.location.origin);
  if (kind === "other") return;
  if (kind === "asset") event.respondWith(pages.asset(request));
  else if (kind === "file") event.respondWith(pages.file(request));
  else {
    event.respondWith(pages.page(request, kind, event.preloadResponse as Promise<Response | undefined>));
    event.waitUntil(pages.refresh().catch(() => undefined));
  }
});
// A page that was open before there was a worker, and that must be there without a network from its first time on.
self.addEventListener("message", (event) => {
  const source = event.source as WindowClient | null;
  if (event.data === "keep" && source) event.waitUntil(pages.hold(source.url).catch(() => undefined));
  else if (source) event.waitUntil(ahead(event.data, event.ports[0]));
});
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
// Where the browser says when the network is back, page or no page; the others send when somebody looks.
self.addEventListener("sync", (event) => {
  const { tag } = event as ExtendableEvent & { readonly tag: string };
  if (tag === REPORTS) (event as ExtendableEvent).waitUntil(sendReports(self));
});
self.addEventListener("pushsubscriptionchange", (event) => (event as ExtendableEvent).waitUntil(renew()));
