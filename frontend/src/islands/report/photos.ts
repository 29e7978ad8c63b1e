/** The photos of the report being written: taken or chosen, shown at once, taken away again. */
import { HEAD, readTaken } from "../../lib/reports/exif";
import type { Photo } from "../../lib/reports/outbox";
import { copy, fill, part } from "../console/fill";
import { cover } from "./cover";
import { kept, show } from "./picture";
import { rest } from "./rest";

export interface Told {
  changed(photos: readonly Photo[]): void;
  /** Where the first one that says so was taken. */
  placed(latitude: number, longitude: number): void;
}

export class Photos {
  private photos: readonly Photo[] = [];
  private readonly input: HTMLInputElement;
  private begun = false;

  constructor(
    private readonly root: HTMLElement,
    private readonly most: number,
    private readonly told: Told,
  ) {
    this.input = part<HTMLInputElement>(root, "photos");
    part(root, "camera").addEventListener("click", () => this.ask("environment"));
    part(root, "gallery").addEventListener("click", () => this.ask(null));
    part(root, "plain").hidden = true;
    // Before it is needed: there may be no network then.
    void rest(root);
  }

  /** From now on what is chosen is taken, and what was chosen before, on a slow line: nothing takes its place any more. */
  begin(): void {
    if (this.begun) return;
    this.begun = true;
    this.input.addEventListener("change", () => this.take());
    this.take();
  }

  get all(): readonly Photo[] {
    return this.photos;
  }

  /** Those of a draft. */
  set(photos: readonly Photo[]): void {
    this.photos = photos;
    this.list();
  }

  private ask(camera: string | null): void {
    if (camera === null) this.input.removeAttribute("capture");
    else this.input.setAttribute("capture", camera);
    this.input.click();
  }

  private take(): void {
    const files = Array.from(this.input.files ?? []);
    // The list is ours: the field must not hold on to what may be taken away.
    this.input.value = "";
    if (files.length > 0) void this.add(files);
  }

  private async add(files: readonly File[]): Promise<void> {
    const room = this.most - this.photos.length;
    part(this.root, "enough").hidden = files.length <= room;
    for (const file of files.slice(0, Math.max(0, room))) {
      // Read before it is made smaller: what is made again says nothing of where it was taken.
      const head = await file.slice(0, HEAD).arrayBuffer();
      const taken = readTaken(new Uint8Array(head));
      this.photos = [...this.photos, { blob: await kept(file), name: file.name, taken }];
      this.list();
      this.told.changed(this.photos);
      if (taken?.latitude != null && taken.longitude != null) this.told.placed(taken.latitude, taken.longitude);
    }
  }

  private remove(photo: Photo): void {
    this.photos = this.photos.filter((other) => other !== photo);
    part(this.root, "enough").hidden = true;
    this.list();
    this.told.changed(this.photos);
    part(this.root, "gallery").focus();
  }

  /** What is hidden is hidden for good: the photo as it was is on this page no longer. */
  private async hide(photo: Photo): Promise<void> {
    const dialog = await rest(this.root);
    const covered = dialog && (await cover(photo.blob, dialog));
    if (covered === null) return;
    const instead = { ...photo, blob: covered };
    this.photos = this.photos.map((other) => (other === photo ? instead : other));
    this.list();
    const again = this.rows.get(instead)?.querySelector<HTMLElement>('[data-do="hide"]');
    if (again) again.hidden = false;
    again?.focus();
    this.told.changed(this.photos);
  }

  private readonly rows = new Map<Photo, HTMLElement>();

  /** A photo that stays keeps its row: it isn't drawn again. */
  private list(): void {
    for (const known of this.rows.keys()) if (!this.photos.includes(known)) this.rows.delete(known);
    const rows = this.photos.map((photo, index) => {
      const row = this.rows.get(photo) ?? this.row(photo);
      this.rows.set(photo, row);
      fill(row, { number: String(index + 1) });
      return row;
    });
    const list = part(this.root, "pictures");
    list.replaceChildren(...rows);
    list.hidden = rows.length === 0;
  }

  private row(photo: Photo): HTMLElement {
    const row = copy(this.root, "picture");
    const canvas = row.querySelector("canvas");
    if (canvas) {
      void show(photo.blob, canvas).then((readable) => {
        canvas.hidden = !readable;
        part(row, "unseen").hidden = readable;
        if (readable) void rest(this.root).then((dialog) => (part(row, "hide").hidden = dialog === null));
      });
    }
    row.querySelector('[data-do="remove"]')?.addEventListener("click", () => this.remove(photo));
    row.querySelector('[data-do="hide"]')?.addEventListener("click", () => void this.hide(photo));
    return row;
  }
}
