/** Where and when a photo was taken, read on the phone from what its camera wrote (EXIF 2.32, TIFF 6.0): a photo that is made smaller
 *  here loses it. Only these tags are read; what is malformed says nothing, whatever it holds. */

export interface Taken {
  /** As the camera's clock says, with its offset when it says one: `2026-11-22T09:30:00+01:00`. */
  readonly at: string | null;
  readonly latitude: number | null;
  readonly longitude: number | null;
}

/** A camera writes it at the beginning of the file; that many bytes are enough to read. */
export const HEAD = 512 * 1024;
const MOST_ENTRIES = 512;

const EXIF_FOLDER = 0x8769;
const GPS_FOLDER = 0x8825;
const TAKEN_AT = 0x9003;
const OFFSET = 0x9011;
const [NORTH_SOUTH, LATITUDE, EAST_WEST, LONGITUDE] = [1, 2, 3, 4];
const [ASCII, LONG, RATIONAL] = [2, 4, 5];

interface Entry {
  readonly type: number;
  readonly count: number;
  /** Where its four bytes stand: the value, or where the value is. */
  readonly at: number;
}

/** The TIFF structure inside a photo, with its byte order; null when there is none. */
interface Tiff {
  readonly view: DataView;
  readonly little: boolean;
}

export function readTaken(bytes: Uint8Array): Taken | null {
  const tiff = tiffOf(bytes);
  if (!tiff) return null;
  const first = entries(tiff, long(tiff, 4));
  const exif = folder(tiff, first.get(EXIF_FOLDER));
  const gps = folder(tiff, first.get(GPS_FOLDER));
  const latitude = angle(tiff, gps.get(LATITUDE), gps.get(NORTH_SOUTH), "S", 90);
  const longitude = angle(tiff, gps.get(LONGITUDE), gps.get(EAST_WEST), "W", 180);
  const at = moment(text(tiff, exif.get(TAKEN_AT)), text(tiff, exif.get(OFFSET)));
  // Some phones write 0, 0 for "I don't know".
  const known = latitude !== null && longitude !== null && !(latitude === 0 && longitude === 0);
  if (at === null && !known) return null;
  return { at, latitude: known ? latitude : null, longitude: known ? longitude : null };
}

/** In a JPEG it follows this mark in a segment of its own, in a HEIC an item that begins so: either way within the head of the file. */
function tiffOf(bytes: Uint8Array): Tiff | null {
  const last = Math.min(bytes.length, HEAD) - 14;
  for (let at = 0; at <= last; at++) {
    // "Exif", two zeros, then the byte order twice and 42
    if (bytes[at] !== 0x45 || bytes[at + 1] !== 0x78 || bytes[at + 2] !== 0x69 || bytes[at + 3] !== 0x66) continue;
    if (bytes[at + 4] !== 0 || bytes[at + 5] !== 0) continue;
    const view = new DataView(bytes.buffer, bytes.byteOffset + at + 6, bytes.length - at - 6);
    const order = view.getUint16(0);
    const little = order === 0x4949;
    if ((little || order === 0x4d4d) && view.getUint16(2, little) === 42) return { view, little };
  }
  return null;
}

function holds({ view }: Tiff, at: number, length: number): boolean {
  return at >= 0 && at + length <= view.byteLength;
}

function long(tiff: Tiff, at: number): number {
  return holds(tiff, at, 4) ? tiff.view.getUint32(at, tiff.little) : -1;
}

function entries(tiff: Tiff, at: number): Map<number, Entry> {
  const found = new Map<number, Entry>();
  if (at < 8 || !holds(tiff, at, 2)) return found;
  const count = Math.min(tiff.view.getUint16(at, tiff.little), MOST_ENTRIES);
  for (let place = at + 2; place < at + 2 + count * 12 && holds(tiff, place, 12); place += 12) {
    const tag = tiff.view.getUint16(place, tiff.little);
    const type = tiff.view.getUint16(place + 2, tiff.little);
    found.set(tag, { type, count: long(tiff, place + 4), at: place + 8 });
  }
  return found;
}

function folder(tiff: Tiff, entry: Entry | undefined): Map<number, Entry> {
  return entry?.type === LONG ? entries(tiff, long(tiff, entry.at)) : new Map<number, Entry>();
}

function text(tiff: Tiff, entry: Entry | undefined): string {
  if (entry?.type !== ASCII || entry.count < 1 || entry.count > 40) return "";
  const at = entry.count <= 4 ? entry.at : long(tiff, entry.at);
  if (!holds(tiff, at, entry.count)) return "";
  const letters = Array.from({ length: entry.count }, (_, index) => tiff.view.getUint8(at + index));
  return String.fromCharCode(...letters.filter((letter) => letter !== 0));
}

function fraction(tiff: Tiff, at: number): number {
  return long(tiff, at) / long(tiff, at + 4);
}

/** Degrees, minutes, seconds; null unless it is a place on Earth. */
function angle(
  tiff: Tiff,
  entry: Entry | undefined,
  side: Entry | undefined,
  negative: string,
  most: number,
): number | null {
  const letter = text(tiff, side).toUpperCase();
  const at = entry?.type === RATIONAL && entry.count === 3 ? long(tiff, entry.at) : -1;
  if (letter === "" || !holds(tiff, at, 24)) return null;
  const degrees = fraction(tiff, at) + fraction(tiff, at + 8) / 60 + fraction(tiff, at + 16) / 3600;
  if (!Number.isFinite(degrees) || degrees < 0 || degrees > most) return null;
  // Seven decimals are a centimetre
  return Number((letter === negative ? -degrees : degrees).toFixed(7)) || 0;
}

function moment(taken: string, offset: string): string | null {
  const found = /^(\d{4}):(\d\d):(\d\d) (\d\d:\d\d:\d\d)$/.exec(taken.trim());
  if (!found) return null;
  const [, year, month, day, hour] = found;
  const local = `${year}-${month}-${day}T${hour}`;
  // A month 13, or a camera that was never set (zeros)
  if (Number.isNaN(Date.parse(`${local}Z`)) || year === "0000") return null;
  return local + (/^[+-]\d\d:\d\d$/.test(offset.trim()) ? offset.trim() : "");
}
