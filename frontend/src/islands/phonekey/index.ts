/** The page where a phone is enrolled; attributes and templates are described in docs/developers/islands.md. */
import { apiOf, Problem } from "../../lib/api";
import { openPhone, type Phone } from "../../lib/phone";
import { islands, Stage } from "../../lib/stage";
import { enrol } from "./flow";

async function start(root: HTMLElement): Promise<void> {
  const stage = new Stage(root);
  const { person = "", live = "", next = "" } = root.dataset;
  const field = root.querySelector<HTMLInputElement>("[data-code]");
  const opening = storeOf(stage);
  // Before anything is waited for: a form that the browser sends by itself would leave the page
  root.querySelector("form")?.addEventListener("submit", (event) => {
    event.preventDefault();
    if (stage.act.getAttribute("aria-busy") === "true") return;
    if ((stage.state === "done" || stage.state === "present") && next !== "") location.assign(next);
    else void opening.then((phone) => phone && run(stage, phone, { person, code: field?.value ?? "" }));
  });
  const phone = await opening;
  stage.act.disabled = phone === null;
  if (!phone) return;
  const thumbprint = await known(phone, person, live).catch(() => null);
  if (stage.state !== "") return;
  if (thumbprint === null) stage.refuse(["storage"]);
  else stage.show(thumbprint !== "" && thumbprint === live ? "present" : "ready", { thumbprint });
}

/** The thumbprint of the person's key on this phone, empty when there is none; an enrolment whose answer was lost is completed. */
async function known(phone: Phone, person: string, live: string): Promise<string> {
  if (live !== "") await phone.adopt(person, live);
  return (await phone.keyOf(person))?.thumbprint ?? "";
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
