/** Which codec an initialization segment is for, read from its boxes (ISO/IEC 14496-12 and 14496-15): what a browser must be asked
 *  before it is given the picture. */

/** Where sample entries lie: each box holds the next, after so many bytes of its own. */
const PATH: readonly (readonly [name: string, fields: number])[] = [
  ["moov", 0],
  ["trak", 0],
  ["mdia", 0],
  ["minf", 0],
  ["stbl", 0],
  ["stsd", 8],
];
/** Bytes of a visual sample entry before its own boxes. */
const VISUAL = 78;
const HEAD = 8;

interface Box {
  readonly name: string;
  readonly body: Uint8Array;
}

/** The boxes of some bytes; none after one that runs over their end. */
function* boxes(bytes: Uint8Array): Generator<Box> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + HEAD <= bytes.length;) {
    const size = view.getUint32(at);
    if (size < HEAD || at + size > bytes.length) return;
    const name = String.fromCharCode(...bytes.subarray(at + 4, at + HEAD));
    yield { name, body: bytes.subarray(at + HEAD, at + size) };
    at += size;
  }
}

function find(bytes: Uint8Array, name: string): Uint8Array | null {
  for (const box of boxes(bytes)) if (box.name === name) return box.body;
  return null;
}

/** `avc1.PPCCLL` for H.264, the sample entry's own name (`hvc1`) for anything else, null for what is no initialization segment. */
export function codecOf(segment: Uint8Array): string | null {
  let inner: Uint8Array | null = segment;
  for (const [name, fields] of PATH) {
    inner = find(inner, name)?.subarray(fields) ?? null;
    if (inner === null) return null;
  }
  for (const { name, body } of boxes(inner)) {
    if (name !== "avc1" && name !== "avc3") return /^[a-z0-9]{4}$/.test(name) ? name : null;
    const configuration = find(body.subarray(VISUAL), "avcC");
    if (!configuration || configuration.length < 4 || configuration[0] !== 1) return null;
    return `${name}.${hex(configuration.subarray(1, 4))}`;
  }
  return null;
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0"))
    .join("")
    .toUpperCase();
}

/** Whether only H.265 comes from this camera. */
export function isH265(codec: string): boolean {
  return /^h(?:vc|ev)1/.test(codec);
}
