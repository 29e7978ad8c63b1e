/** Checks a receipt in the browser; attributes and templates are described in docs/developers/islands.md. */
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

  /** Against the key that a person pasted, from elsewhere; else against those that this page gives, which is this server's word. */
  check(): void {
    if (!this.bytes) return;
    const pasted = this.root.querySelector<HTMLTextAreaElement | HTMLInputElement>("[data-key]")?.value.trim() ?? "";
    const given = keysIn(pasted === "" ? (this.root.dataset.keys ?? "") : pasted);
    if (given.length === 0) {
      this.stage.refuse([pasted === "" ? "no-key" : "key-unreadable"]);
      return;
    }
    const receipt = parseReceipt(this.bytes);
    if (!receipt) {
      this.stage.refuse(["unreadable"]);
      return;
    }
    this.tell(receipt, verifyReceipt(receipt, given), pasted !== "");
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

function start(root: HTMLElement): void {
  const checker = new Checker(root, new Stage(root));
  const address = root.dataset.file ?? "";
  if (address !== "") void checker.fetchFile(address);
  const chosen = root.querySelector<HTMLInputElement>('input[type="file"]');
  chosen?.addEventListener("change", () => {
    void chosen.files?.[0]?.arrayBuffer().then((buffer) => checker.take(new Uint8Array(buffer)));
  });
  root.querySelector("form")?.addEventListener("submit", (event) => {
    event.preventDefault();
    checker.check();
  });
}

for (const root of islands(document, "receipt")) start(root);
