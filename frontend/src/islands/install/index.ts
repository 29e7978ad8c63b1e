/** "Put it on the home screen": shown only where the browser offers it, by its own button; described in docs/developers/islands.md.
 *  An iPhone offers nothing: the steps in pictures are those of `push`, which needs them there. */
import { islands } from "../../lib/stage";

/** Chromium's: the browser would have asked by itself, and waits for us. */
interface Offer extends Event {
  prompt(): Promise<unknown>;
}

function start(root: HTMLElement): void {
  window.addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    root.hidden = false;
    const ask = () => {
      root.hidden = true;
      void (event as Offer).prompt();
    };
    root.querySelector("button")?.addEventListener("click", ask, { once: true });
  });
  window.addEventListener("appinstalled", () => {
    root.hidden = true;
  });
}

for (const root of islands(document, "install")) start(root);
