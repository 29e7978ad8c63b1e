/** Having this device told: permission after a touch, a subscription under the server's key, and the server told of it. */
import { type Api, Problem } from "../../lib/api";

/** What the browser has of it; each is null where the browser has no such thing. */
export interface Ports {
  readonly api: Api;
  readonly secure: boolean;
  /** Whether this is an iPhone or iPad outside its home screen, where notifications don't exist. */
  readonly needsInstalling: boolean;
  readonly notifications: { permission(): string; ask(): Promise<string> } | null;
  /** Registers the worker and gives its push manager. */
  readonly manager: (() => Promise<PushManager>) | null;
  /** Leaves what the worker needs to renew the subscription. */
  readonly keep: (former: { endpoint: string; auth: string; key: string }) => Promise<void>;
}

/** Why it can't be done, or null. */
export function obstacle(ports: Ports): string | null {
  if (!ports.secure) return "insecure";
  if (ports.needsInstalling) return "install";
  if (!ports.notifications || !ports.manager) return "unsupported";
  return ports.notifications.permission() === "denied" ? "denied" : null;
}

/** Whether this device is told already: the browser has a subscription, and the server knows it. */
export async function isTold(ports: Ports, known: readonly string[]): Promise<boolean> {
  if (obstacle(ports) !== null || ports.notifications?.permission() !== "granted") return false;
  const there = await (await ports.manager?.())?.getSubscription();
  return there !== null && there !== undefined && known.includes(there.endpoint);
}

/** Subscribe, after a touch. A subscription made under another key of the server's is given up first. */
export async function subscribe(ports: Ports, key: string): Promise<"done" | Problem> {
  const refusal = obstacle(ports);
  if (refusal !== null || !ports.notifications || !ports.manager) return new Problem(refusal ?? "unsupported", 0);
  const answer = await ports.notifications.ask();
  if (answer !== "granted") return new Problem(answer === "denied" ? "denied" : "dismissed", 0);
  const subscription = await subscribed(await ports.manager(), key);
  if (!subscription) return new Problem("service", 0);
  const { endpoint = "", keys = {} } = subscription.toJSON();
  const { p256dh = "", auth = "" } = keys;
  const taken = await ports.api.post("/api/v1/push/subscriptions", { endpoint, p256dh, auth });
  if (taken instanceof Problem) return taken;
  await ports.keep({ endpoint, auth, key });
  return "done";
}

async function subscribed(manager: PushManager, key: string): Promise<PushSubscription | null> {
  const options = { userVisibleOnly: true, applicationServerKey: key };
  try {
    return await manager.subscribe(options);
  } catch {
    // Most often: it has one under another key.
    const former = await manager.getSubscription().catch(() => null);
    if (!former || !(await former.unsubscribe().catch(() => false))) return null;
    return manager.subscribe(options).catch(() => null);
  }
}
