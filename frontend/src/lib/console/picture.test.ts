import { expect, it } from "vitest";
import { Picture, type Told } from "./picture";

const thing = { id: "a", at: [2.88, 48.96], label: "PM-1", severity: 1, state: "open", href: "/a/" } as const;

function told(layers: Told["layers"]): Told {
  return { since: "1-1", as_of: "2026-11-22T09:00:00Z", layers, alerts: {}, feeds: [], feed: [], waiting: 0 };
}

it("shows nothing of a layer that the viewer has no more", () => {
  const picture = new Picture(() => true);
  picture.take(told([{ code: "cabinets", topic: "map-cabinets", things: [thing] }]));
  expect(picture.watched()).toEqual([thing]);
  picture.take(told([]));
  expect(picture.watched()).toEqual([]);
  expect(picture.thing("a")).toBeNull();
});
