/** Whether words are found in a text, however they are accented, written or ordered. */

function plain(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").replace(/œ/gi, "oe").toLowerCase();
}

export function isFound(text: string, wanted: string): boolean {
  const where = plain(text);
  return plain(wanted)
    .split(/[^\p{L}\p{N}]+/u)
    .every((word) => where.includes(word));
}
