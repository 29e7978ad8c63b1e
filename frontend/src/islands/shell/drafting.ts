const SENT = "beffroi-draft-sent";
const DATABASES = ["beffroi-drafts", "beffroi-reports", "beffroi-things"];
const LOG_OUT = "/logout/";

/** Drafts of forms, and their end: the code comes only where there is something to keep or to let go. */
export function startDrafting(page: Document): void {
  const sent = sessionStorage.getItem(SENT);
  sessionStorage.removeItem(SENT);
  if (sent !== null || page.querySelector("form[data-draft]")) {
    void import("./drafts").then(({ startDrafts }) => startDrafts(page, sent)).catch(() => undefined);
  }
  if (page.querySelector("[data-lost]")) {
    void import("./leaving").then(({ warn }) => warn(page)).catch(() => undefined);
  }
  page.addEventListener("submit", (event) => {
    const form = event.target;
    if (form instanceof HTMLFormElement && new URL(form.action).pathname === LOG_OUT) {
      event.preventDefault();
      void leave(page, form);
    }
  });
}

/** A log-out erases what this device keeps. Where a report would be lost, the page that asks comes first. */
async function leave(page: Document, form: HTMLFormElement): Promise<void> {
  if (page.location.pathname !== LOG_OUT) {
    const { waits } = await import("./leaving").catch(() => ({ waits: () => Promise.resolve(false) }));
    if (await waits(indexedDB).catch(() => false)) {
      page.location.assign(LOG_OUT);
      return;
    }
  }
  for (const name of DATABASES) indexedDB.deleteDatabase(name);
  form.submit();
}
