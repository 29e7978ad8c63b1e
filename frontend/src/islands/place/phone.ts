/** Where the phone stands, asked for when somebody presses; each way in which it can fail has its words in the page. */
import type { Position } from "../../lib/placing";

export type Trouble = "insecure" | "denied" | "unavailable" | "slow";

export interface Found extends Position {
  /** Metres. */
  readonly accuracy: number;
}

const PATIENCE = 20_000;
/** A position of a minute ago is still where one stands. */
const FRESH = 60_000;

export async function findMe(): Promise<Found | Trouble> {
  if (!isSecureContext) return "insecure";
  if (!("geolocation" in navigator)) return "unavailable";
  return await new Promise((resolve) => {
    navigator.geolocation.getCurrentPosition(
      ({ coords }) =>
        resolve({ latitude: coords.latitude, longitude: coords.longitude, accuracy: Math.round(coords.accuracy) }),
      (error) => resolve(troubleOf(error)),
      { enableHighAccuracy: true, timeout: PATIENCE, maximumAge: FRESH },
    );
  });
}

function troubleOf(error: GeolocationPositionError): Trouble {
  if (error.code === error.PERMISSION_DENIED) return "denied";
  return error.code === error.TIMEOUT ? "slow" : "unavailable";
}
