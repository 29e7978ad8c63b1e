import { describe, expect, it } from "vitest";
import { type Message, newest, ownPath, readMessage, shown } from "./notification";

const GIVEN = {
  v: 1,
  tag: "notice",
  version: 2,
  title: "Armoire forcée",
  body: "Rue de la Plage",
  path: "/alerts/1/",
  language: "fr",
  urgency: "immediate",
  ended: false,
  silent: false,
  delivery: "d1",
};

function message(changes: Partial<typeof GIVEN> = {}): Message {
  const read = readMessage({ ...GIVEN, ...changes });
  if (!read) throw new Error("not read");
  return read;
}

describe("a push message", () => {
  it("is read only when it is one of ours", () => {
    for (const wrong of [null, "text", [], {}, { ...GIVEN, v: 2 }, { ...GIVEN, tag: "" }, { ...GIVEN, title: 3 }])
      expect(readMessage(wrong)).toBeNull();
    expect(message().delivery).toBe("d1");
    expect(readMessage({ ...GIVEN, delivery: null })?.delivery).toBeNull();
  });

  it("leads nowhere but to our own site", () => {
    for (const path of ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "", 7])
      expect(ownPath(path)).toBe("/");
    expect(ownPath("/alerts/1/?x=1")).toBe("/alerts/1/?x=1");
  });

  it("rings the first time, and an update takes its place without noise", () => {
    const first = shown(message(), "/icon").options;
    expect(first).toMatchObject({ tag: "notice", renotify: true, silent: false, requireInteraction: true });
    const update = shown(message({ version: 3, silent: true, ended: true }), "/icon").options;
    expect(update).toMatchObject({ tag: "notice", renotify: false, silent: true, requireInteraction: false });
  });

  it("does not put an older message over a newer one", () => {
    const later = message({ version: 3, title: "Armoire refermée", ended: true });
    expect(newest(message(), [later])).toMatchObject({ version: 3, title: "Armoire refermée", silent: true });
    expect(newest(later, [message()])).toBe(later);
    expect(newest(message(), [{ ...later, tag: "another" }])).toMatchObject({ version: 2 });
  });
});
