/** "Be told on this device"; attributes and templates are described in docs/developers/islands.md. */
import { apiOf, Problem } from "../../lib/api";
import { onAppleOutsideHomeScreen } from "../../lib/apple";
import { islands, Stage } from "../../lib/stage";
import { isTold, obstacle, type Ports, subscribe } from "./flow";

const STORE = "beffroi-push";
const FORMER = "/push-subscription";

function ports(worker: string): Ports {
  const able = "serviceWorker" in navigator && "PushManager" in window;
  return {
    api: apiOf(document),
    secure: window.isSecureContext,
    needsInstalling: onAppleOutsideHomeScreen(),
    notifications:
      "Notification" in window
        ? { permission: () => Notification.permission, ask: () => Notification.requestPermission() }
        : null,
    manager: able
      ? async () => {
          await navigator.serviceWorker.register(worker, { scope: "/" });
          return (await navigator.serviceWorker.ready).pushManager;
        }
      : null,
    keep: async (former) => {
      const store = await caches.open(STORE);
      await store.put(FORMER, new Response(JSON.stringify(former)));
    },
  };
}

async function start(root: HTMLElement): Promise<void> {
  const stage = new Stage(root);
  const { key = "", worker = "", known = "", next = "" } = root.dataset;
  const browser = ports(worker);
  stage.act.addEventListener("click", () => void press(stage, browser, key, next));
  stage.act.disabled = false;
  const told = await isTold(browser, known.split(" ")).catch(() => false);
  if (stage.state !== "") return;
  const refusal = obstacle(browser);
  if (refusal !== null) stage.refuse([refusal]);
  else stage.show(told ? "present" : "ready");
}

async function press(stage: Stage, browser: Ports, key: string, next: string): Promise<void> {
  if (stage.act.getAttribute("aria-busy") === "true") return;
  stage.show("wait", {}, true);
  const done = await subscribe(browser, key).catch(() => new Problem("service", 0));
  if (done instanceof Problem) stage.refuse([done.code], { detail: done.title });
  else location.assign(next);
}

for (const root of islands(document, "push")) void start(root);
