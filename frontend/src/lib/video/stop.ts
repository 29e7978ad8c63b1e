/** Why there is no picture (any more). The page shows the words of the first of `codes` that it has words for. */
import type { Reason, Refused } from "../protocol/v1/refusal";

/** Who decided: the relay while it sent, the relay when it was asked, this browser which doesn't believe what it was given, this browser
 *  which can't show it, a network that fails, the person or this page, the server that knows the right. */
export type By = "relay" | "gate" | "distrust" | "content" | "network" | "here" | "server";

/** A relay ends these for a moment only; every other cause of its own is the end of the right or of the camera. */
const PASSING_CAUSES = new Set(["slow", "list-old", "stopped", "restarted", "internal"]);
/** What a gate refuses now and may admit a moment later. */
const PASSING_REASONS = new Set<string>([
  "challenge-expired",
  "challenge-unknown",
  "challenge-used",
  "time-unknown",
  "revocations-old",
  "too-early",
  "internal",
  "not-commissioned",
]);
/** Either somebody's keys are old, or, far more often, this machine's date is wrong. */
const DATES: readonly Reason[] = ["key-not-current", "certificate-early", "certificate-expired"];

export class Stop {
  private constructor(
    readonly by: By,
    readonly codes: readonly string[],
    /** Worth asking again without being told to. */
    readonly passing: boolean,
  ) {}

  get code(): string {
    return this.codes[0] ?? "";
  }

  static relay(cause: string): Stop {
    return new Stop("relay", [cause], PASSING_CAUSES.has(cause));
  }

  static refused(reason: Reason): Stop {
    return new Stop("gate", [reason], PASSING_REASONS.has(reason));
  }

  static distrust(refused: Refused): Stop {
    // The broad one first: a gate's refusal of the same code means something else.
    return new Stop("distrust", [DATES.includes(refused.reason) ? "dates" : "not-trusted", refused.reason], false);
  }

  /** The relay answers, but not as one does: `status` is that of HTTP. */
  static answer(status: number): Stop {
    return new Stop("network", [`relay-${status}`, "network"], status >= 500 || status === 429 || status === 408);
  }

  static network(code: "network" | "cut" | "silent"): Stop {
    return new Stop("network", [code, "network"], true);
  }

  /** `h265` (nothing else comes from this camera), `codec` (this browser plays no such picture), `decode`, or a fault of the parts. */
  static content(code: string): Stop {
    return new Stop("content", [code, "content"], code.startsWith("part-"));
  }

  /** The person left, or time is over by the page's own countdown; or the right is for a key that isn't here. */
  static here(code: "left" | "unanswered" | "expired" | "other-browser" | "storage" | "insecure"): Stop {
    return new Stop("here", [code], false);
  }

  /** The server says that there is no right (any more). */
  static over(reason: string): Stop {
    return new Stop("server", [reason, "over"], false);
  }
}
