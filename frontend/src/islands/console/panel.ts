/** What is chosen, an alert or a thing of the map: what the screen knows of it, what the server adds, what stands around. */
import type { Alert } from "../../lib/console/alerts";
import type { Lapse } from "../../lib/console/lapse";
import { severityName } from "../../lib/console/marks";
import type { Picture } from "../../lib/console/picture";
import type { Thing } from "../../lib/console/things";
import { Detail } from "./detail";
import { fill, part } from "./fill";
import { alertCases, alertSlots, showNear } from "./lists";

const NEIGHBOURS = 4;

/** Addresses of what the server adds. */
export interface Addresses {
  alert(id: string): string;
  thing(layer: string, id: string): string;
}

export class Panel {
  private readonly detail: Detail;

  constructor(
    private readonly root: HTMLElement,
    private readonly picture: Picture,
    private readonly lapse: Lapse,
    private readonly addresses: Addresses,
    private readonly pick: (thing: Thing) => void,
  ) {
    this.detail = new Detail(part(root, "detail"), lapse, Date.now);
  }

  /** The alert that is chosen, else the thing of that identifier. */
  show(alert: Alert | null, point: string | null): void {
    const found = point === null ? null : this.picture.thing(point);
    const panel = part(this.root, "panel");
    panel.dataset.shows = alert ? "alert" : found ? "thing" : "nothing";
    for (const face of panel.querySelectorAll<HTMLElement>("[data-face]"))
      face.hidden = face.dataset.face !== panel.dataset.shows;
    if (alert) this.showAlert(panel, alert);
    else if (found) {
      const { label, state, href, severity } = found.thing;
      fill(part(panel, "chosen-thing"), { label, state, href }, { severity: severityName(severity) });
      this.detail.show(this.addresses.thing(found.layer, found.thing.id));
    } else this.detail.show("");
    this.showClosing(alert);
    const at = alert?.at ?? found?.thing.at;
    const near = at ? this.picture.around(at, alert?.thing ?? found?.thing.id ?? "", NEIGHBOURS) : [];
    showNear(this.root, near, this.pick);
  }

  /** Something of what is chosen changed. */
  refresh(): void {
    this.detail.refresh();
  }

  tick(): void {
    this.detail.tick();
  }

  private showAlert(panel: HTMLElement, alert: Alert): void {
    const thing = this.picture.thing(alert.thing)?.thing;
    const slots = { ...alertSlots(alert, this.lapse, Date.now()), state: thing?.state ?? "" };
    const severity = thing ? severityName(thing.severity) : "";
    fill(part(panel, "chosen-alert"), slots, { ...alertCases(alert), severity });
    part(panel, "look").hidden = alert.at === null;
    this.detail.show(this.addresses.alert(alert.id));
  }

  private showClosing(alert: Alert | null): void {
    const closing = part<HTMLDetailsElement>(this.root, "closing");
    closing.hidden = !alert?.mayClose || alert.state === "ended";
    if (closing.dataset.alert !== alert?.id) closing.open = false;
    closing.dataset.alert = alert?.id ?? "";
  }
}
