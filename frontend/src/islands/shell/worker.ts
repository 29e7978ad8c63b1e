/** Pages of a phone have our service worker keep what must be there without a network: `<template id="kept" data-worker="/sw.js">`. */
export function startWorker(page: Document): void {
  const path = page.querySelector<HTMLTemplateElement>("template#kept")?.dataset.worker;
  if (path === undefined || !("serviceWorker" in navigator)) return;
  // After everything else: the page comes first on a slow network.
  window.addEventListener("load", () => {
    void navigator.serviceWorker.register(path, { scope: "/" }).catch(() => undefined);
  });
}
