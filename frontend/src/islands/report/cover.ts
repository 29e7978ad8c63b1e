/** Faces and plates hidden by whoever took the photo, before it leaves the phone: the instrument is the page's, in a dialog. */
import { hideOn, readAreas } from "../../lib/hiding";
import { part } from "../console/fill";

/** The photo with what was hidden on it, or null when it stays as it is. */
export async function cover(photo: Blob, dialog: HTMLDialogElement): Promise<Blob | null> {
  dialog.returnValue = "";
  dialog.showModal();
  const detail = { blob: photo };
  dialog.querySelector('[data-island="hide"]')?.dispatchEvent(new CustomEvent("beffroi:photo", { detail }));
  const done = () => dialog.close("done");
  part(dialog, "done").addEventListener("click", done);
  await new Promise((closed) => dialog.addEventListener("close", closed, { once: true }));
  part(dialog, "done").removeEventListener("click", done);
  const areas = readAreas(part<HTMLInputElement>(dialog, "areas").value);
  return dialog.returnValue === "done" && areas.length > 0 ? await hideOn(photo, areas) : null;
}
