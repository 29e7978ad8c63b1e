/** The page where a phone is enrolled; attributes and templates are described in docs/developers/islands.md. */
import { apiOf, Problem } from "../../lib/api";
import { openPhone, type Phone } from "../../lib/phone";
import { islands, Stage } from "../../lib/stage";
import { enrol } from "./flow";

async function start(root: HTMLElement): Promise<void> {
  const stage = new Stage(root);
  const person = root.dataset.person ?? "";
  const field = root.querySelector<HTMLInputElement>("[data-code]");
  const phone = await storeOf(stage);
  if (!phone) return;
  const live = root.dataset.live ?? "";
  if (live !== "") await phone.adopt(person, live);
  const key = await phone.keyOf(person);
  stage.show(key && key.thumbprint === live ? "present" : "ready", { thumbprint: key?.thumbprint ?? "" });

  root.querySelector("form")?.addEventListener("submit", (event) => {
    event.preventDefault();
    if (stage.state === "wait") return;
    if ((stage.state === "done" || stage.state === "present") && root.dataset.next) {
      location.assign(root.dataset.next);
      return;
    }
    void run(stage, phone, { person, code: field?.value ?? "" });
  });
}

async function storeOf(stage: Stage): Promise<Phone | null> {
  if (!window.isSecureContext) {
    stage.refuse(["insecure"]);
    return null;
  }
  try {
    return await openPhone(indexedDB);
  } catch {
    stage.refuse(["storage"]);
    return null;
  }
}

async function run(stage: Stage, phone: Phone, asked: { person: string; code: string }): Promise<void> {
  stage.show("wait", {}, true);
  try {
    const done = await enrol({ api: apiOf(document), phone }, asked);
    if (done instanceof Problem) stage.refuse([done.code], { detail: done.title });
    else stage.show("done", { thumbprint: done.thumbprint, label: done.label });
  } catch {
    // WebCrypto or IndexedDB failed: the phone, not the server
    stage.refuse(["storage"]);
  }
}

for (const root of islands(document, "phonekey")) void start(root);
