/** Parts as a relay writes them, for tests. */
const KINDS = { frame: 1, start: 2, fragment: 3, notice: 4 } as const;

export function part(kind: keyof typeof KINDS | number, bytes: Uint8Array | object | string): Uint8Array<ArrayBuffer> {
  const text = typeof bytes === "string" ? bytes : JSON.stringify(bytes);
  const body = bytes instanceof Uint8Array ? bytes : new TextEncoder().encode(text);
  const made = new Uint8Array(5 + body.length);
  new DataView(made.buffer).setUint32(0, body.length + 1);
  made[4] = typeof kind === "number" ? kind : KINDS[kind];
  made.set(body, 5);
  return made;
}

export function joined(...pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
