/** Why a passkey's ceremony stopped, as the page words it: `data-passkey-trouble`. */
export type Trouble = "cancelled" | "known" | "unsupported" | "other";

const TROUBLES: Record<string, Trouble> = {
  NotAllowedError: "cancelled",
  AbortError: "cancelled",
  InvalidStateError: "known",
  NotSupportedError: "unsupported",
  SecurityError: "unsupported",
};

/** The names are WebAuthn's own. Without the API, allauth's script fails on a missing object: a TypeError. */
export function troubleOf(exception: unknown, supported: boolean): Trouble {
  if (!supported) return "unsupported";
  return exception instanceof Error ? (TROUBLES[exception.name] ?? "other") : "other";
}

/** allauth's script leads the ceremony and reports failures as `allauth.error`; here they become words, and the button shows the wait. */
export function startPasskeys(page: Document): void {
  const buttons = page.querySelectorAll<HTMLButtonElement>("button[data-passkey]");
  const troubles = page.querySelectorAll<HTMLElement>("[data-passkey-trouble]");
  const show = (shown: Trouble | null) => {
    for (const banner of troubles) banner.hidden = banner.dataset.passkeyTrouble !== shown;
  };
  for (const button of buttons) {
    button.addEventListener("click", () => {
      show(null);
      button.setAttribute("aria-busy", "true");
    });
  }
  // Theirs listen once the page is read, before us: a button that is pressed earlier would send a form with nothing in it.
  const able = () => {
    for (const button of buttons) button.disabled = false;
  };
  if (page.readyState === "complete") able();
  else page.addEventListener("DOMContentLoaded", able);
  page.addEventListener("allauth.error", (event) => {
    event.preventDefault();
    for (const button of buttons) button.removeAttribute("aria-busy");
    show(troubleOf((event as CustomEvent<{ exception: unknown }>).detail.exception, "PublicKeyCredential" in window));
  });
  // A page that comes back from the browser's memory waits for nothing.
  window.addEventListener("pageshow", () => {
    for (const button of buttons) button.removeAttribute("aria-busy");
  });
}
