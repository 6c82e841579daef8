/** The way to a site in the maps application of the device. */
import type { Site } from "./contract";

/** An address that the device opens in its maps: geo: (RFC 5870) on Android, Apple's on its devices, OpenStreetMap elsewhere. */
export function mapsLink(site: Pick<Site, "lat" | "lon" | "alias">, userAgent: string): string {
  const point = `${site.lat},${site.lon}`;
  if (/android/i.test(userAgent)) return `geo:${point}?q=${point}(${encodeURIComponent(site.alias)})`;
  if (/iphone|ipad|macintosh/i.test(userAgent)) return `https://maps.apple.com/?daddr=${point}`;
  return `https://www.openstreetmap.org/?mlat=${site.lat}&mlon=${site.lon}#map=18/${site.lat}/${site.lon}`;
}
