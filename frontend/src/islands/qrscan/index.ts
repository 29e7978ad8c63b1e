/** The sticker of a cabinet, by camera or by hand; attributes and templates are described in docs/developers/islands.md. */
import { islands, Stage } from "../../lib/stage";
import { type Reader, readerOf } from "./reader";
import { codeInAddress, labelText, typedCode } from "./sticker";

/** Between two pictures: a phone stays cool, and nobody notices. */
const PAUSE = 150;

const REASONS: Record<string, string> = {
  NotAllowedError: "denied",
  SecurityError: "denied",
  NotFoundError: "no-camera",
  OverconstrainedError: "no-camera",
  NotReadableError: "camera-busy",
  AbortError: "camera-busy",
};

class Scanner {
  private stream: MediaStream | null = null;
  private readonly view: HTMLElement;
  private readonly video: HTMLVideoElement;
  private readonly prefix: string;
  /** The field that takes what was read; none: the page of the code opens. */
  private readonly into: HTMLInputElement | null;

  constructor(
    private readonly root: HTMLElement,
    private readonly stage: Stage,
  ) {
    const view = root.querySelector<HTMLElement>("[data-view]");
    const video = root.querySelector("video");
    if (!view || !video) throw new Error("the island has no [data-view] with a <video>");
    this.view = view;
    this.video = video;
    this.prefix = root.dataset.prefix ?? "/c/";
    const into = root.ownerDocument.getElementById(root.dataset.into ?? "");
    this.into = into instanceof HTMLInputElement ? into : null;
  }

  async start(): Promise<void> {
    if (!navigator.mediaDevices) {
      this.stage.refuse(["insecure"]);
      return;
    }
    this.stage.show("asking", {}, true);
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: { ideal: "environment" } } });
      this.video.srcObject = this.stream;
      this.view.hidden = false;
      await this.video.play();
      const reader = await readerOf();
      this.stage.show("scanning");
      await this.look(reader);
    } catch (error) {
      this.stop();
      this.stage.refuse([REASONS[error instanceof DOMException ? error.name : ""] ?? "no-camera"]);
    }
  }

  stop(): void {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
    this.video.srcObject = null;
    this.view.hidden = true;
  }

  private async look(reader: Reader): Promise<void> {
    let foreign = "";
    while (this.stream) {
      const text = await reader(this.video);
      const code = text === null ? null : this.into ? labelText(text) : codeInAddress(text, this.prefix);
      if (code !== null) {
        this.stop();
        if (this.into) this.fill(this.into, code);
        else this.go(code);
      } else if (text !== null && text !== foreign) {
        foreign = text;
        this.stage.refuse(["not-ours"]);
      }
      await new Promise((resolve) => {
        setTimeout(resolve, PAUSE);
      });
    }
  }

  private fill(field: HTMLInputElement, text: string): void {
    field.value = text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    this.stage.show("found");
    field.focus();
  }

  private go(code: string): void {
    this.root.ownerDocument.location.assign(`${this.prefix}${code}/`);
  }

  typed(text: string): void {
    const code = typedCode(text);
    if (code === null) this.stage.refuse(["not-ours"]);
    else this.go(code);
  }

  get scanning(): boolean {
    return this.stream !== null;
  }
}

function start(root: HTMLElement): void {
  const stage = new Stage(root);
  const scanner = new Scanner(root, stage);
  stage.act.addEventListener("click", () => {
    if (stage.act.getAttribute("aria-busy") === "true") return;
    if (scanner.scanning) {
      scanner.stop();
      stage.show("ready");
    } else void scanner.start();
  });
  root.querySelector<HTMLFormElement>("form[data-typed]")?.addEventListener("submit", (event) => {
    event.preventDefault();
    scanner.typed(root.querySelector<HTMLInputElement>("[data-sticker]")?.value ?? "");
  });
  // The camera's light must not stay on behind another page
  window.addEventListener("pagehide", () => scanner.stop());
  document.addEventListener("visibilitychange", () => {
    if (document.hidden && scanner.scanning) {
      scanner.stop();
      stage.show("ready");
    }
  });
}

for (const root of islands(document, "qrscan")) start(root);
