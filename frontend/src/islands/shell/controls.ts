import { csrfToken } from "../../lib/csrf";
import { toast } from "./toast";

type Act = (button: HTMLElement, value: string, page: Document) => void;

/** What a click on an element with that attribute does; the list is in docs/developers/design.md. */
const ACTS: Record<string, Act> = {
  "data-reveal": (button, id, page) => {
    const field = page.getElementById(id);
    if (!(field instanceof HTMLInputElement)) return;
    const shown = field.type === "text";
    field.type = shown ? "password" : "text";
    button.setAttribute("aria-pressed", String(!shown));
  },
  "data-dialog-open": (_button, id, page) => {
    const dialog = page.getElementById(id);
    if (dialog instanceof HTMLDialogElement && !dialog.open) dialog.showModal();
  },
  "data-dialog-close": (button) => button.closest("dialog")?.close(),
  "data-copy": (button, id, page) => {
    const text = page.getElementById(id)?.textContent?.trim();
    if (text === undefined) return;
    void navigator.clipboard.writeText(text).then(() => {
      if (!button.dataset.done) return;
      const note = page.createElement("div");
      note.className = "toast good";
      note.textContent = button.dataset.done;
      toast(page, note);
    });
  },
  "data-print": () => window.print(),
  "data-dismiss": (button) => button.closest(".toast")?.remove(),
};

export function startControls(page: Document): void {
  page.addEventListener("click", (event) => {
    const at = event.target instanceof Element ? event.target : null;
    for (const [attribute, act] of Object.entries(ACTS)) {
      const button = at?.closest<HTMLElement>(`[${attribute}]`);
      if (button) act(button, button.getAttribute(attribute) ?? "", page);
    }
    for (const menu of page.querySelectorAll<HTMLDetailsElement>("details.menu[open]")) {
      if (!at || !menu.contains(at)) menu.open = false;
    }
  });
  page.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of page.querySelectorAll<HTMLDetailsElement>("details.menu[open]")) {
      menu.open = false;
      menu.querySelector("summary")?.focus();
    }
  });
  page.addEventListener("submit", (event) => {
    if (event.target instanceof HTMLFormElement && event.target.matches("[data-once]")) sendOnce(event, event.target);
  });
  // A page that comes back from the browser's memory is a fresh one.
  window.addEventListener("pageshow", () => {
    for (const form of page.querySelectorAll<HTMLFormElement>("form[data-once][data-sent]")) {
      delete form.dataset.sent;
      form.querySelector("[aria-busy]")?.removeAttribute("aria-busy");
    }
  });
}

function sendOnce(event: SubmitEvent, form: HTMLFormElement): void {
  if ("sent" in form.dataset) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "";
  // Its page was drawn before a log-in, which changed the token.
  const token = form.querySelector<HTMLInputElement>("[name=csrfmiddlewaretoken]");
  if (token && "token" in form.dataset) token.value = csrfToken(form.ownerDocument);
  event.submitter?.setAttribute("aria-busy", "true");
}
