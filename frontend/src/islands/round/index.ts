/** A round on the map, in the place of its sketch, and what is sent from it without a network; attributes in docs/developers/islands.md. */
import { islands } from "../../lib/stage";
import { haltsOf } from "../../lib/way";
import { part } from "../console/fill";
import { Hold, portsOf } from "./hold";

async function draw(root: HTMLElement): Promise<void> {
  const frame = part(root, "frame");
  const halts = haltsOf(root.dataset.halts ?? "");
  try {
    const { RoundMap } = await import("./map");
    frame.hidden = false;
    const place = part(root, "map");
    const map = await RoundMap.open(place, {
      label: place.dataset.label ?? "",
      drawing: root.dataset.drawing ?? "",
      tiles: root.dataset.tiles ?? "",
      halts,
      returns: root.dataset.returns === "yes",
    });
    part(root, "zoom-in").addEventListener("click", () => map.zoom(1));
    part(root, "zoom-out").addEventListener("click", () => map.zoom(-1));
    part(root, "fit").addEventListener("click", () => map.fit());
    // The sketch is for paper from now on.
    part(root, "sketch").classList.add("print-only");
    root.dataset.map = "drawn";
  } catch {
    // No network, or a browser that draws no map: the sketch says the same.
    frame.hidden = true;
    root.dataset.map = "none";
  }
}

for (const root of document.querySelectorAll<HTMLElement>("[data-holds]")) {
  const words = root.querySelector<HTMLTemplateElement>('template[data-copy="held"]');
  if (words) new Hold(root, words, portsOf(root.dataset.holds ?? ""));
}

for (const root of islands(document, "round")) {
  // Far down on a phone: it is fetched when somebody comes near.
  const seen = new IntersectionObserver(
    (entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      seen.disconnect();
      void draw(root);
    },
    { rootMargin: "200px" },
  );
  seen.observe(root);
}
