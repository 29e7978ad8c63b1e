/** Forms that keep what was typed until it is sent: `<form data-draft="{{ reader }}">`, loaded only where there is one. */
import { type Drafts, fill, openDrafts, touched, valuesOf } from "../../lib/drafts";

/** Where the form that was just sent stands: the next page says whether it arrived. */
const SENT = "beffroi-draft-sent";
const PAUSE = 400;

export async function startDrafts(page: Document, sent: string | null): Promise<void> {
  const form = page.querySelector<HTMLFormElement>("form[data-draft]");
  // A page of several things has a form for each: what is typed of one is kept under the address it is sent to.
  const path = new URL(form?.getAttribute("action") ?? "", page.location.href).pathname;
  const drafts = await openDrafts(indexedDB, form?.dataset.draft ?? null, () => Date.now());
  // The same page again is a form to correct, or no network; another is where the form leads once it is taken.
  if (sent !== null && sent !== path) await drafts.drop(sent);
  if (form?.dataset.draft) await keep(form, path, drafts);
}

async function keep(form: HTMLFormElement, path: string, drafts: Drafts): Promise<void> {
  const held = form.querySelector("[aria-invalid]") ? null : await drafts.read(path);
  const note = form.querySelector<HTMLElement>("[data-draft-back]");
  let timer: ReturnType<typeof setTimeout> | undefined;
  const write = () => {
    clearTimeout(timer);
    timer = undefined;
    void drafts.write(path, valuesOf(form)).catch(() => undefined);
  };
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(write, PAUSE);
  };
  // On a slow line somebody types before this code is there: what they type now is worth more than what they typed once.
  if (touched(form)) soon();
  else if (held && fill(form, held) && note) note.hidden = false;
  note?.querySelector("button")?.addEventListener("click", () => {
    form.reset();
    note.hidden = true;
    void drafts.drop(path);
  });
  form.addEventListener("input", soon);
  // Whoever leaves, or whose phone takes the page away, leaves no last word behind.
  window.addEventListener("pagehide", () => {
    if (timer !== undefined) write();
  });
  form.addEventListener("submit", () => {
    write();
    sessionStorage.setItem(SENT, path);
  });
}
