import type { Problem } from "../api";
import type { Reason, Refused } from "../protocol/v1/refusal";

/** Either somebody's keys are old, or, far more often, the phone's date is wrong. */
const DATES: readonly Reason[] = ["key-not-current", "certificate-early", "certificate-expired"];

/** Why the door didn't open. The page shows the words of the first code that it has words for. */
export class Stopped {
  readonly codes: readonly string[];

  constructor(
    code: string,
    readonly detail: string = "",
    /** A broader code, for the many that mean the same to the person. */
    broader: string | null = null,
  ) {
    this.codes = broader === null ? [code] : [code, broader];
  }

  /** The server said no. */
  static by(problem: Problem): Stopped {
    return new Stopped(problem.code, problem.title);
  }

  /** The phone doesn't believe what it was given. */
  static untrusted(refused: Refused): Stopped {
    return new Stopped(refused.reason, refused.detail, DATES.includes(refused.reason) ? "dates" : "not-trusted");
  }
}
