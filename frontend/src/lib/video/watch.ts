/** One look through a relay: the exchange, then the bytes of the picture for as long as the relay gives them. */
import { verifyResult } from "../protocol/v1/exchange";
import { decodeFrame } from "../protocol/v1/frames";
import { Refused } from "../protocol/v1/refusal";
import { addressOf, type Camera, type Hands, patience, prepare, type Ready, sending } from "./exchange";
import { Fault, type Notice, type Part, PartReader } from "./parts";
import { Stop } from "./stop";

/** The answer to a proof is there within this, or never. */
const ADMITTED_WITHIN = 5_000;
/** A relay says something every second, be it that there is no picture: silent for so long, it is lost, whatever the network says. */
export const SILENT_AFTER = 5_000;

/** Who takes what comes. `start` and `fragment` may say that they can't. */
export interface Sink {
  /** The relay admitted this use; `nonce` is its name in the register. */
  admitted(nonce: string): void;
  notice(notice: Notice): void;
  start(bytes: Uint8Array<ArrayBuffer>): Stop | null;
  fragment(bytes: Uint8Array<ArrayBuffer>): Stop | null;
}

/** Look until something ends it; says what. Aborting the signal is leaving. */
export async function watch(hands: Hands, camera: Camera, sink: Sink, signal: AbortSignal): Promise<Stop> {
  const ready = await prepare(hands, camera, signal);
  const stopped = ready instanceof Stop ? ready : await receive(hands, camera, ready, sink, signal);
  return signal.aborted ? Stop.here("left") : stopped;
}

async function receive(hands: Hands, camera: Camera, ready: Ready, sink: Sink, signal: AbortSignal): Promise<Stop> {
  const waiting = patience(ADMITTED_WITHIN, signal);
  try {
    const answer = await hands.fetch(addressOf(camera, "watch"), sending(ready.answer, waiting.signal));
    if (!answer.ok) return Stop.answer(answer.status);
    if (!answer.body) return Stop.network("cut");
    return await new Reception(ready, sink).read(answer.body.getReader(), waiting.heard);
  } catch {
    return Stop.network("network");
  } finally {
    waiting.done();
  }
}

class Reception {
  private readonly parts = new PartReader();

  constructor(
    private readonly ready: Ready,
    private readonly sink: Sink,
  ) {}

  /** `heard` is called once the relay has answered the proof. */
  async read(reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>, heard: () => void): Promise<Stop> {
    try {
      for (;;) {
        const read = await soon(reader.read());
        if (read === "silent") return Stop.network("silent");
        if (read.done) return Stop.network("cut");
        const parts = this.parts.push(read.value);
        if (parts instanceof Fault) return Stop.content(parts.code);
        if (parts.length > 0) heard();
        for (const part of parts) {
          const stopped = this.take(part);
          if (stopped) return stopped;
        }
      }
    } catch {
      return Stop.network("cut");
    } finally {
      void reader.cancel().catch(() => undefined);
    }
  }

  private take(part: Part): Stop | null {
    if (part.kind === "frame") return this.open(part.bytes);
    if (part.kind === "start") return this.sink.start(part.bytes);
    if (part.kind === "fragment") return this.sink.fragment(part.bytes);
    this.sink.notice(part.notice);
    return part.notice.state === "ended" ? Stop.relay(part.notice.cause ?? "stopped") : null;
  }

  private open(bytes: Uint8Array): Stop | null {
    const frame = decodeFrame(bytes);
    if (frame instanceof Refused) return Stop.distrust(frame);
    if (frame.f === "refused") return Stop.refused(frame.reason);
    if (frame.f !== "result") return Stop.distrust(new Refused("frame-type", frame.f));
    const { certificate, challenge } = this.ready;
    const result = verifyResult(frame.result, { certificate, challenge });
    if (result instanceof Refused) return Stop.distrust(result);
    if (result.outcome !== "admitted") return Stop.refused(result.outcome);
    this.sink.admitted(challenge.nonce);
    return null;
  }
}

/** What was asked for, unless it takes longer than a relay is ever silent. */
async function soon<T>(asked: Promise<T>): Promise<T | "silent"> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<"silent">((resolve) => {
    timer = setTimeout(() => resolve("silent"), SILENT_AFTER);
  });
  try {
    return await Promise.race([asked, silence]);
  } finally {
    clearTimeout(timer);
  }
}
