/** Checks a receipt in the browser; attributes and templates are described in docs/developers/islands.md. */
import { compare, type Proofs, stepsIn } from "../../lib/register/comparison";
import { parseVerifierKey, type VerifierKey } from "../../lib/register/note";
import {
  CHECKS,
  parseReceipt,
  type Receipt,
  type Value,
  type Verdict,
  verifyReceipt,
} from "../../lib/register/receipt";
import { islands, Stage } from "../../lib/stage";

function keysIn(text: string): VerifierKey[] {
  return text
    .split(/\s+/)
    .map(parseVerifierKey)
    .filter((key): key is VerifierKey => key !== null);
}

function written(value: Value): string {
  return Array.isArray(value) ? value.join(", ") : String(value);
}

class Checker {
  private bytes: Uint8Array | null = null;

  constructor(
    private readonly root: HTMLElement,
    private readonly stage: Stage,
  ) {}

  async fetchFile(address: string): Promise<void> {
    this.stage.show("wait", {}, true);
    try {
      const response = await fetch(address, { credentials: "same-origin", cache: "no-store" });
      if (response.ok) this.take(new Uint8Array(await response.arrayBuffer()));
      else this.stage.refuse(["not-ready"]);
    } catch {
      this.stage.refuse(["network"]);
    }
  }

  take(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.check();
  }

  /** The checkpoint of what was last taken; "" before. */
  held(): string {
    return (this.bytes && parseReceipt(this.bytes)?.checkpoint) || "";
  }

  /** Against the key that a person pasted, from elsewhere; else against those that this page gives, which is this server's word. */
  check(): void {
    if (!this.bytes) return;
    const receipt = parseReceipt(this.bytes);
    if (!receipt) {
      this.forget();
      this.stage.refuse(["unreadable"]);
      return;
    }
    const pasted = pastedKey(this.root);
    const given = keysOf(this.root);
    if (given.length === 0) {
      this.forget();
      this.stage.refuse([pasted === "" ? "no-key" : "key-unreadable"]);
      return;
    }
    this.tell(receipt, verifyReceipt(receipt, given), pasted !== "");
  }

  /** What the checks said was of another file, or with another key. */
  private forget(): void {
    for (const line of this.root.querySelectorAll("[data-check]")) line.classList.remove("good", "bad");
    this.root.querySelector("[data-fields]")?.replaceChildren();
    this.stage.slot("checkpoint", "");
  }

  private tell(receipt: Receipt, { checks, entry, checkpoint }: Verdict, own: boolean): void {
    const slots = {
      origin: checkpoint?.origin ?? receipt.origin,
      index: String(receipt.index),
      size: String(checkpoint?.size ?? ""),
      kind: entry?.kind ?? "",
      at: entry?.at ?? "",
      checkpoint: receipt.checkpoint,
    };
    if (CHECKS.every((name) => checks[name])) this.stage.show(own ? "proven" : "agrees", slots);
    else this.stage.refuse(["false"], slots);
    for (const name of CHECKS) {
      const line = this.root.querySelector(`[data-check="${name}"]`);
      line?.classList.toggle("good", checks[name]);
      line?.classList.toggle("bad", !checks[name]);
    }
    this.list(receipt);
  }

  private list(receipt: Receipt): void {
    const place = this.root.querySelector<HTMLElement>("[data-fields]");
    const line = this.root.querySelector<HTMLTemplateElement>("template[data-field]");
    if (!place || !line) return;
    const lines = receipt.openings.map(({ name, value }) => {
      const made = line.content.cloneNode(true) as DocumentFragment;
      for (const [slot, text] of Object.entries({ name, value: written(value) })) {
        const at = made.querySelector(`[data-slot="${slot}"]`);
        if (at) at.textContent = text;
      }
      return made;
    });
    place.replaceChildren(...lines);
  }
}

function pastedKey(root: HTMLElement): string {
  return root.querySelector<HTMLInputElement>("[data-key]")?.value.trim() ?? "";
}

function keysOf(root: HTMLElement): VerifierKey[] {
  const pasted = pastedKey(root);
  return keysIn(pasted === "" ? (root.dataset.keys ?? "") : pasted);
}

/** Proofs by this server's own API: what they show is checked, whoever gives them. */
function proofsAt(address: string): Proofs {
  return async (origin, old, size) => {
    const log = origin.slice(origin.lastIndexOf("/") + 1);
    try {
      const response = await fetch(`${address}${log}/consistency?old=${old}&new=${size}`, { cache: "no-store" });
      return response.ok ? stepsIn(await response.json()) : null;
    } catch {
      return null;
    }
  };
}

/** The form to which one brings a checkpoint from elsewhere; its answer is one of the page's own templates. */
function startComparing(root: HTMLElement, held: () => string): void {
  const form = root.querySelector<HTMLFormElement>("[data-comparing]");
  form?.addEventListener("submit", (event) => {
    event.preventDefault();
    const brought = form.querySelector<HTMLTextAreaElement>("[data-brought]")?.value ?? "";
    const ours = held();
    const answered =
      ours === ""
        ? Promise.resolve("nothing")
        : compare(ours, brought, keysOf(root), proofsAt(root.dataset.proofs ?? ""));
    void answered.then((found) => {
      const words = root.querySelector<HTMLTemplateElement>(`template[data-comparison="${found}"]`);
      if (words) form.querySelector("[data-compared]")?.replaceChildren(words.content.cloneNode(true));
    });
  });
}

function startDropping(root: HTMLElement, take: (file: File) => void): void {
  const place = root.querySelector<HTMLElement>("[data-drop]");
  place?.addEventListener("dragover", (event) => event.preventDefault());
  place?.addEventListener("drop", (event) => {
    event.preventDefault();
    const file = event.dataTransfer?.files[0];
    if (file) take(file);
  });
}

function start(root: HTMLElement): void {
  const checker = new Checker(root, new Stage(root));
  const take = (file: File) => void file.arrayBuffer().then((buffer) => checker.take(new Uint8Array(buffer)));
  const address = root.dataset.file ?? "";
  if (address !== "") void checker.fetchFile(address);
  const chosen = root.querySelector<HTMLInputElement>('input[type="file"]');
  chosen?.addEventListener("change", () => {
    const file = chosen.files?.[0];
    if (file) take(file);
  });
  startDropping(root, take);
  startComparing(root, () => checker.held());
  root.querySelector("[data-keyed]")?.addEventListener("submit", (event) => {
    event.preventDefault();
    checker.check();
  });
}

for (const root of islands(document, "receipt")) start(root);
for (const root of islands(document, "checkpoint")) startComparing(root, () => root.dataset.held ?? "");
