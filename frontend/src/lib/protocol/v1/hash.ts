import { sha256 } from "@noble/hashes/sha2.js";
import { encode } from "../../base64url";

/** SHA-256 of a text, base64url. */
export function hashOf(text: string): string {
  return encode(sha256(new TextEncoder().encode(text)));
}
