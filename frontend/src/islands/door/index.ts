/** The page of a cabinet's sticker; attributes and templates are described in docs/developers/islands.md. */
import { apiOf } from "../../lib/api";
import { drawCurtain } from "../../lib/curtain";
import { openPhone } from "../../lib/phone";
import { bluetoothOf } from "../../lib/radio";
import { openKept } from "../../lib/rights/kept";
import { Stopped } from "../../lib/rights/stopped";
import { islands, Stage } from "../../lib/stage";
import {
  againBy,
  type By,
  type Door,
  type Opened,
  type Ports,
  receiptOf,
  tryDoor,
  tryRadio,
  type Way,
  wayOf,
} from "./flow";

function pass(seconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, seconds * 1000);
  });
}

async function portsOf(keep: boolean): Promise<Ports | Stopped> {
  if (!window.isSecureContext) return new Stopped("insecure");
  try {
    const phone = await openPhone(indexedDB);
    const kept = keep ? await openKept(indexedDB) : null;
    const now = () => Math.floor(Date.now() / 1000);
    return { api: apiOf(document), phone, kept, bluetooth: bluetoothOf(navigator), now, pass };
  } catch {
    return new Stopped("storage");
  }
}

/** What didn't come through the server, and may come without it. */
const WITHOUT_SERVER = ["network", "gate-silent", "transport-not-admitted"];

/** Show the way that is left, beside the button: the radio where this phone can use it, else what to do instead. */
async function showWays(page: Page): Promise<void> {
  const { stage, ports, door } = page;
  const { state } = stage;
  const reason = stage.root.dataset.reason ?? "";
  if (page.next === "radio") return offer(stage, "relay");
  const wanted = WITHOUT_SERVER.includes(reason) || (page.way === "radio" && state === "again");
  const way = wanted || state === "ready" ? await wayOf(ports, door).catch(() => null) : null;
  if (stage.state !== state || (stage.root.dataset.reason ?? "") !== reason) return;
  if (way === "radio" || wanted) offer(stage, way);
}

function offer(stage: Stage, way: Way | "relay" | null): void {
  for (const each of stage.root.querySelectorAll<HTMLElement>("[data-way]")) {
    each.hidden = each.dataset.way !== way;
  }
}

async function showReceipt(stage: Stage, ports: Ports, door: Door, opened: Opened): Promise<void> {
  const page = await receiptOf(ports, door, opened.nonce);
  if (stage.state !== "open") return;
  stage.slot("receipt-wait", "");
  if (!page) return;
  stage.root.querySelector("[data-later]")?.setAttribute("hidden", "");
  stage.slot("receipt", page);
}

async function run(page: Page): Promise<void> {
  const { stage, ports, door, way } = page;
  const attempt = way === "radio" ? tryRadio : tryDoor;
  let outcome: Opened | Stopped;
  drawCurtain(stage.root, false);
  offer(stage, null);
  try {
    outcome = await attempt(ports, door, (step, name) => stage.show(step, { name }, true));
  } catch {
    // WebCrypto or IndexedDB failed: the phone, not the lock
    outcome = new Stopped("storage");
  }
  if (outcome instanceof Stopped) {
    stage.refuse(outcome.codes, { detail: outcome.detail });
    drawCurtain(stage.root, stage.state === "refused");
    page.next = againBy(way, stage.state, outcome.codes);
    await showWays(page);
    return;
  }
  stage.show("open", { name: outcome.name });
  drawCurtain(stage.root, true);
  for (const mark of outcome.marks) stage.root.querySelector(`[data-mark="${mark}"]`)?.removeAttribute("hidden");
  if (way === "radio") {
    stage.root.querySelector("[data-later]")?.removeAttribute("hidden");
    stage.slot("receipt-wait", "");
  }
  await showReceipt(stage, ports, door, outcome);
}

interface Page {
  readonly stage: Stage;
  readonly ports: Ports;
  readonly door: Door;
  /** How the last try went, or goes. */
  way: By;
  /** How the one button goes. */
  next: By;
}

async function start(root: HTMLElement): Promise<void> {
  const stage = new Stage(root);
  const { gate = "", person = "", action = "open", next = "/", keep = "" } = root.dataset;
  const door: Door = { gate, person, action };
  const ports = await portsOf(keep === "yes");
  if (ports instanceof Stopped) {
    stage.refuse(ports.codes);
    stage.act.disabled = true;
    return;
  }
  const page: Page = { stage, ports, door, way: "relay", next: "relay" };
  const press = (way: By) => {
    if (stage.act.getAttribute("aria-busy") === "true") return;
    if (stage.state === "open") return location.assign(next);
    page.way = way;
    void run(page);
  };
  stage.act.disabled = false;
  stage.act.addEventListener("click", () => press(page.next));
  for (const way of ["radio", "relay"] as const) {
    root.querySelector(`button[data-way="${way}"]`)?.addEventListener("click", () => press(way));
  }
  await showWays(page);
}

for (const root of islands(document, "door")) void start(root);
