// @vitest-environment happy-dom
import { afterEach, expect, it, vi } from "vitest";
import { Lapse } from "../../lib/console/lapse";
import { Detail } from "./detail";

afterEach(() => vi.unstubAllGlobals());

it("reads in a browser that is four years old", async () => {
  vi.stubGlobal("AbortSignal", class {}); // which has no `timeout`
  vi.stubGlobal("fetch", async () => ({ ok: true, text: async () => "<p>Who was told</p>" }));
  const place = document.createElement("div");
  new Detail(place, new Lapse("fr"), () => 0).show("/console/alerts/1/");
  await vi.waitFor(() => expect(place.textContent).toBe("Who was told"));
});
