/** The page of a cabinet's sticker; attributes and templates are described in docs/developers/islands.md. */
import { apiOf } from "../../lib/api";
import { drawCurtain } from "../../lib/curtain";
import { openPhone } from "../../lib/phone";
import { islands, Stage } from "../../lib/stage";
import { type Door, type Opened, type Ports, receiptOf, tryDoor } from "./flow";
import { Stopped } from "./stopped";

function pass(seconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, seconds * 1000);
  });
}

async function portsOf(): Promise<Ports | Stopped> {
  if (!window.isSecureContext) return new Stopped("insecure");
  try {
    const phone = await openPhone(indexedDB);
    return { api: apiOf(document), phone, now: () => Math.floor(Date.now() / 1000), pass };
  } catch {
    return new Stopped("storage");
  }
}

async function showReceipt(stage: Stage, ports: Ports, door: Door, opened: Opened): Promise<void> {
  const page = await receiptOf(ports, door, opened.nonce);
  if (stage.state !== "open") return;
  stage.slot("receipt-wait", "");
  if (page) stage.slot("receipt", page);
}

async function run(stage: Stage, ports: Ports, door: Door): Promise<void> {
  let outcome: Opened | Stopped;
  drawCurtain(stage.root, false);
  try {
    outcome = await tryDoor(ports, door, (step, name) => stage.show(step, { name }, true));
  } catch {
    // WebCrypto or IndexedDB failed: the phone, not the lock
    outcome = new Stopped("storage");
  }
  if (outcome instanceof Stopped) {
    stage.refuse(outcome.codes, { detail: outcome.detail });
    drawCurtain(stage.root, stage.state === "refused");
    return;
  }
  stage.show("open", { name: outcome.name });
  drawCurtain(stage.root, true);
  for (const mark of outcome.marks) stage.root.querySelector(`[data-mark="${mark}"]`)?.removeAttribute("hidden");
  await showReceipt(stage, ports, door, outcome);
}

async function start(root: HTMLElement): Promise<void> {
  const stage = new Stage(root);
  const { gate = "", person = "", action = "open", next = "/" } = root.dataset;
  const door: Door = { gate, person, action };
  const ports = await portsOf();
  if (ports instanceof Stopped) {
    stage.refuse(ports.codes);
    stage.act.disabled = true;
    return;
  }
  stage.act.disabled = false;
  stage.act.addEventListener("click", () => {
    if (stage.act.getAttribute("aria-busy") === "true") return;
    if (stage.state === "open") location.assign(next);
    else void run(stage, ports, door);
  });
}

for (const root of islands(document, "door")) void start(root);
