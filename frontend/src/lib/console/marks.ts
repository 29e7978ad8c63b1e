/** The marks of severity: each has its own shape, so that nobody has to tell red from green. The same paths are in icons.svg. */
import { SEVERITIES } from "./things";

export type Severity = (typeof SEVERITIES)[number];

/** On a square of 24: the outline that is filled, then what is written on it. */
export const MARKS: Readonly<Record<Severity, readonly [string, string]>> = {
  calm: ["M12 6a6 6 0 1 0 0 12a6 6 0 1 0 0-12z", ""],
  notice: ["M12 3l9 9-9 9-9-9z", "M12 8v5M12 16v.01"],
  warning: ["M12 2.5L22.5 21h-21z", "M12 9v5M12 17v.01"],
  alarm: ["M8 2h8l6 6v8l-6 6H8l-6-6V8z", "M9.5 7v6M9.5 17v.01M14.5 7v6M14.5 17v.01"],
};

/** The tone in which each is drawn: a custom property of the stylesheet. */
export const TONES: Readonly<Record<Severity, string>> = {
  calm: "--good",
  notice: "--info",
  warning: "--warn",
  alarm: "--bad",
};

export function severityName(severity: number): Severity {
  return SEVERITIES[Math.min(Math.max(Math.trunc(severity), 0), SEVERITIES.length - 1)] ?? "calm";
}
