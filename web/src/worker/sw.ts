/**
 * The service worker: keeps a page's shell on the device, so that it loads without a network. It never keeps what the API says:
 * the pages do that themselves, in IndexedDB, where they can tell how old it is.
 */
declare const self: ServiceWorkerGlobalScope;
/** Set at build time: each page with the files that it may load. */
declare const __SHELL__: Record<string, string[]>;
export {};

const page = new URL(self.registration.scope).pathname;
const cacheName = `lockhouse${page}`;
const shell = __SHELL__;
const always = ["/icon.svg"];

self.addEventListener("install", (event) => {
  event.waitUntil(keepShell().then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(dropOld().then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin || url.pathname.startsWith("/v1/")) return;
  if (event.request.mode === "navigate") event.respondWith(freshPage(event.request));
  else if (url.pathname.startsWith("/assets/") || url.pathname.startsWith("/art/") || always.includes(url.pathname)) {
    event.respondWith(kept(event.request));
  }
});

async function keepShell(): Promise<void> {
  const cache = await caches.open(cacheName);
  await cache.addAll([page, ...always, ...(shell[page] ?? [])]);
}

/** Files carry a hash in their names: those that the shell no longer names are of an older build. */
async function dropOld(): Promise<void> {
  const cache = await caches.open(cacheName);
  for (const request of await cache.keys()) {
    const { pathname } = new URL(request.url);
    if (pathname.startsWith("/assets/") && !shell[page]?.includes(pathname)) await cache.delete(request);
  }
}

/** The network's page if it comes soon, otherwise the kept one: nobody waits in front of a locker for a far server. */
async function freshPage(request: Request): Promise<Response> {
  const patienceMS = 2_500;
  const cache = await caches.open(cacheName);
  const keptPage = await cache.match(page);
  try {
    const answer = await fetch(request, keptPage ? { signal: AbortSignal.timeout(patienceMS) } : {});
    if (answer.ok) await cache.put(page, answer.clone());
    return answer.ok || !keptPage ? answer : keptPage;
  } catch (cause) {
    if (keptPage) return keptPage;
    throw cause;
  }
}

async function kept(request: Request): Promise<Response> {
  const cache = await caches.open(cacheName);
  const found = await cache.match(request);
  if (found) return found;
  const answer = await fetch(request);
  if (answer.ok) await cache.put(request, answer.clone());
  return answer;
}
