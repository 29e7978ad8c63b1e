/** A form that asks with this browser's key; attributes and templates are described in docs/developers/islands.md. */
import { apiOf, Problem } from "../../lib/api";
import { browserKey } from "../../lib/browserkey";
import { openPhone } from "../../lib/phone";
import { islands } from "../../lib/stage";
import { fill, part } from "../console/fill";

async function thumbprint(root: HTMLElement): Promise<string | Problem> {
  if (!window.isSecureContext) return new Problem("insecure", 0);
  const { person = "", live = "" } = root.dataset;
  try {
    const ports = { api: apiOf(document), phone: await openPhone(indexedDB), now: () => Date.now() };
    const key = await browserKey(ports, person, live.split(" "));
    return key instanceof Problem ? key : key.thumbprint;
  } catch {
    // WebCrypto or IndexedDB failed: this browser, not the server
    return new Problem("storage", 0);
  }
}

function say(root: HTMLElement, { code, title }: Problem): void {
  const all = Array.from(root.querySelectorAll<HTMLTemplateElement>("template[data-reason]"));
  const found = [code, ""].map((each) => all.find(({ dataset }) => dataset.reason === each)).find(Boolean);
  const words = found?.content.cloneNode(true) as DocumentFragment | undefined;
  if (words) fill(words, { code, detail: title });
  part(root, "said").replaceChildren(...(words ? [words] : []));
}

function start(root: HTMLElement): void {
  const form = root.closest("form");
  const field = form?.elements.namedItem("key");
  if (!form || !(field instanceof HTMLInputElement)) throw new Error("the island is in no form with a key");
  let sending = false;
  // Before the shell hears of it: what makes a form busy must not begin before there is a key.
  const ask = (event: SubmitEvent) => {
    if (field.value !== "") return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (sending) return;
    sending = true;
    const { submitter } = event;
    submitter?.setAttribute("aria-busy", "true");
    void thumbprint(root).then((key) => {
      sending = false;
      submitter?.removeAttribute("aria-busy");
      if (key instanceof Problem) return say(root, key);
      field.value = key;
      form.requestSubmit(submitter instanceof HTMLButtonElement ? submitter : null);
    });
  };
  document.addEventListener("submit", (event) => event.target === form && ask(event), { capture: true });
}

for (const root of islands(document, "browserkey")) start(root);
