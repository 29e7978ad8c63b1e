/** What few need of the page: the rows of what waits, and the dialog that hides parts of a photo. It comes after the page; the worker
 *  keeps it with it, so that it is there without a network too. */
import { part } from "../console/fill";

let coming: Promise<HTMLDialogElement | null> | undefined;

/** The dialog, once the rest is in the page; null where it can't be had: whoever asks again tries again. */
export function rest(root: HTMLElement): Promise<HTMLDialogElement | null> {
  coming ??= fetched(root).catch(() => {
    coming = undefined;
    return null;
  });
  return coming;
}

async function fetched(root: HTMLElement): Promise<HTMLDialogElement> {
  const answer = await fetch(root.dataset.restSrc ?? "", { credentials: "omit" });
  const { body } = new DOMParser().parseFromString(answer.ok ? await answer.text() : "", "text/html");
  const dialog = part<HTMLDialogElement>(body, "hiding");
  root.append(part(body, "rest"));
  document.body.append(dialog);
  dialog.dispatchEvent(new CustomEvent("beffroi:added", { bubbles: true }));
  return dialog;
}
