/** Base64url without padding (RFC 7515, appendix C). Decoding refuses every second spelling of the same bytes. */

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const VALUE = new Map(Array.from(ALPHABET, (letter, index) => [letter, index]));

export function encode(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 3) {
    const left = bytes.length - at;
    const group = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    const letters = left >= 3 ? 4 : left + 1;
    for (let n = 0; n < letters; n++) text += ALPHABET[(group >> (18 - 6 * n)) & 63];
  }
  return text;
}

/** The bytes, or null where the text is not base64url: foreign letter, padding, impossible length, stray last bits. */
export function decode(text: string): Uint8Array<ArrayBuffer> | null {
  if (text.length % 4 === 1) return null;
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  let held = 0;
  let bits = 0;
  let at = 0;
  for (const letter of text) {
    const value = VALUE.get(letter);
    if (value === undefined) return null;
    held = ((held << 6) | value) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = (held >> bits) & 255;
    }
  }
  return (held & ((1 << bits) - 1)) === 0 ? bytes : null;
}

/** The bytes of standard base64 with padding (RFC 4648, section 4), or null unless it is their only spelling. */
export function decodePadded(text: string): Uint8Array<ArrayBuffer> | null {
  const found = /^([A-Za-z0-9+/]*)={0,2}$/.exec(text);
  if (!found || text.length % 4 !== 0) return null;
  return decode((found[1] ?? "").replace(/\+/g, "-").replace(/\//g, "_"));
}
