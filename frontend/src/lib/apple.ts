/** Whether this is an iPhone or iPad outside its home screen, where notifications don't exist and nothing asks to install. */
export function onAppleOutsideHomeScreen(): boolean {
  const apple =
    /iPhone|iPad/.test(navigator.userAgent) || (/Mac/.test(navigator.platform) && navigator.maxTouchPoints > 1);
  return apple && !("PushManager" in window) && !matchMedia("(display-mode: standalone)").matches;
}
