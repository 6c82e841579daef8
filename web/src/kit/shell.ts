/** Lets a page load without a network, once it was loaded with one. */

/** Registers the service worker for this page alone; does nothing in development and where there are none. */
export function keepShell(page: string): void {
  if (import.meta.env.DEV || !("serviceWorker" in navigator)) return;
  void navigator.serviceWorker.register("/sw.js", { scope: page }).catch(() => undefined);
}
