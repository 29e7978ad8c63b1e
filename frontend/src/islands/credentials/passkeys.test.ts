// @vitest-environment happy-dom
import { beforeEach, describe, expect, it } from "vitest";
import { startPasskeys, troubleOf } from "./passkeys";

describe("why a ceremony stopped", () => {
  it.each([
    ["NotAllowedError", "cancelled"],
    ["AbortError", "cancelled"],
    ["InvalidStateError", "known"],
    ["SecurityError", "unsupported"],
    ["NotSupportedError", "unsupported"],
    ["UnknownError", "other"],
  ])("%s is %s", (name, trouble) => {
    expect(troubleOf(new DOMException("", name), true)).toBe(trouble);
  });

  it("is unsupported without the API, whatever failed", () => {
    expect(troubleOf(new TypeError("undefined"), false)).toBe("unsupported");
  });

  it("is other for a network that failed", () => {
    expect(troubleOf(new TypeError("fetch"), true)).toBe("other");
  });
});

describe("the page", () => {
  beforeEach(() => {
    document.body.innerHTML = `
      <button data-passkey disabled>Use</button>
      <p data-passkey-trouble="cancelled" hidden></p>
      <p data-passkey-trouble="unsupported" hidden></p>`;
    startPasskeys(document);
  });

  const shown = () =>
    Array.from(document.querySelectorAll<HTMLElement>("[data-passkey-trouble]"))
      .filter((banner) => !banner.hidden)
      .map((banner) => banner.dataset.passkeyTrouble);
  const fail = (exception: unknown) => {
    const event = new CustomEvent("allauth.error", { detail: { exception }, cancelable: true });
    document.dispatchEvent(event);
    return event;
  };

  it("takes no press before there is somebody to hear it", () => {
    expect(document.querySelector("button")?.disabled).toBe(false);
  });

  it("waits, then says what happened, then forgets it at the next try", () => {
    const button = document.querySelector("button");
    button?.click();
    expect(button?.getAttribute("aria-busy")).toBe("true");
    Object.assign(window, { PublicKeyCredential: class {} });
    expect(fail(new DOMException("", "NotAllowedError")).defaultPrevented).toBe(true);
    expect(button?.hasAttribute("aria-busy")).toBe(false);
    expect(shown()).toEqual(["cancelled"]);
    button?.click();
    expect(shown()).toEqual([]);
  });
});
