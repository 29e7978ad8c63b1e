/** A photo's head as a camera writes it, built byte by byte. */
export interface Written {
  readonly little?: boolean;
  readonly at?: string;
  readonly offset?: string;
  readonly latitude?: readonly [readonly number[], string];
  readonly longitude?: readonly [readonly number[], string];
}

interface Tag {
  readonly tag: number;
  readonly type: number;
  readonly count: number;
  readonly bytes: number[];
}

/** A JPEG with an APP1 segment and nothing to see. */
export function photo(written: Written): Uint8Array {
  const little = written.little ?? false;
  const number = (value: number, width: number) => {
    const bytes = Array.from({ length: width }, (_, index) => (value >>> (8 * (width - 1 - index))) & 255);
    return little ? bytes.reverse() : bytes;
  };
  const ascii = (tag: number, words: string): Tag => {
    const bytes = [...words].map((letter) => letter.charCodeAt(0)).concat(0);
    return { tag, type: 2, count: bytes.length, bytes };
  };
  const angle = (tag: number, parts: readonly number[]): Tag => {
    const bytes = parts.flatMap((part) => [...number(Math.round(part * 10_000), 4), ...number(10_000, 4)]);
    return { tag, type: 5, count: 3, bytes };
  };
  /** A folder at an offset, with the values that follow it. */
  const folder = (tags: readonly Tag[], at: number): number[] => {
    const values: number[] = [];
    const after = at + 2 + tags.length * 12 + 4;
    const lines = tags.flatMap(({ tag, type, count, bytes }) => {
      const line = [...number(tag, 2), ...number(type, 2), ...number(count, 4)];
      if (bytes.length <= 4) return [...line, ...bytes, ...new Array<number>(4 - bytes.length).fill(0)];
      line.push(...number(after + values.length, 4));
      values.push(...bytes);
      return line;
    });
    return [...number(tags.length, 2), ...lines, ...number(0, 4), ...values];
  };
  const exif: Tag[] = [];
  if (written.at !== undefined) exif.push(ascii(0x9003, written.at));
  if (written.offset !== undefined) exif.push(ascii(0x9011, written.offset));
  const gps: Tag[] = [];
  if (written.latitude) gps.push(ascii(1, written.latitude[1]), angle(2, written.latitude[0]));
  if (written.longitude) gps.push(ascii(3, written.longitude[1]), angle(4, written.longitude[0]));
  const exifAt = 8 + 2 + 24 + 4;
  const exifBytes = folder(exif, exifAt);
  const pointers: Tag[] = [
    { tag: 0x8769, type: 4, count: 1, bytes: number(exifAt, 4) },
    { tag: 0x8825, type: 4, count: 1, bytes: number(exifAt + exifBytes.length, 4) },
  ];
  const order = little ? [0x49, 0x49] : [0x4d, 0x4d];
  const gpsBytes = folder(gps, exifAt + exifBytes.length);
  const tiff = [...order, ...number(42, 2), ...number(8, 4), ...folder(pointers, 8), ...exifBytes, ...gpsBytes];
  const segment = [0x45, 0x78, 0x69, 0x66, 0, 0, ...tiff];
  const length = segment.length + 2;
  return Uint8Array.from([0xff, 0xd8, 0xff, 0xe1, length >> 8, length & 255, ...segment, 0xff, 0xd9]);
}
