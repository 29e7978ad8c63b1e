/** Whether this page may make a sound now, found out without trying to: a browser complains of an AudioContext that it doesn't let start. */
interface Asked {
  /** Firefox says it. */
  getAutoplayPolicy?(kind: "audiocontext"): "allowed" | "allowed-muted" | "disallowed";
}

export async function maySound(): Promise<boolean> {
  const policy = (navigator as Navigator & Asked).getAutoplayPolicy?.("audiocontext");
  if (policy !== undefined) return policy === "allowed";
  if (navigator.userActivation?.hasBeenActive) return true;
  return silencePlays();
}

let address = "";

/** Chromium also counts the touch of the page that led here, and says it of an element only: one that plays a tenth of a second of nothing.
 * Its address is made once and kept: a browser that still reads what is taken away complains too.
 */
async function silencePlays(): Promise<boolean> {
  address ||= URL.createObjectURL(nothing());
  try {
    await new Audio(address).play();
    return true;
  } catch {
    return false;
  }
}

const RATE = 8000;
const HEAD = 44;

/** A WAV file: one channel of eight bits, where 128 is silence. */
function nothing(): Blob {
  const bytes = new Uint8Array(HEAD + RATE / 10).fill(128);
  const head = new DataView(bytes.buffer);
  const name = (at: number, text: string) => bytes.set(new TextEncoder().encode(text), at);
  name(0, "RIFF");
  head.setUint32(4, bytes.length - 8, true);
  name(8, "WAVEfmt ");
  head.setUint32(16, 16, true);
  head.setUint16(20, 1, true);
  head.setUint16(22, 1, true);
  head.setUint32(24, RATE, true);
  head.setUint32(28, RATE, true);
  head.setUint16(32, 1, true);
  head.setUint16(34, 8, true);
  name(36, "data");
  head.setUint32(40, bytes.length - HEAD, true);
  return new Blob([bytes], { type: "audio/wav" });
}
