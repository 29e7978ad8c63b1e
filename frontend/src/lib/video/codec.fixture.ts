/** Initialization segments with nothing in them but what says which codec it is, for tests. */
import { joined } from "./parts.fixture";

export function box(name: string, ...inside: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const body = joined(...inside);
  const head = new Uint8Array(8);
  new DataView(head.buffer).setUint32(0, 8 + body.length);
  head.set(new TextEncoder().encode(name), 4);
  return joined(head, body);
}

/** A segment whose one sample entry has this name and, for H.264, this profile, these constraints and this level. */
export function segment(entry: string, profile: readonly number[]): Uint8Array<ArrayBuffer> {
  const configuration = box(entry.startsWith("avc") ? "avcC" : "hvcC", Uint8Array.of(1, ...profile));
  const samples = box("stsd", new Uint8Array(8), box(entry, new Uint8Array(78), configuration));
  const media = box("mdia", box("minf", box("vmhd"), box("stbl", samples)));
  return joined(
    box("ftyp", new TextEncoder().encode("isom")),
    box("moov", box("mvhd"), box("trak", box("tkhd"), media)),
  );
}
