/** Where sites are, as seen from a point. */

export interface Point {
  lat: number;
  lon: number;
}

const earthM = 6_371_000;
const radians = Math.PI / 180;

/** Reads "38.9,-77.03"; undefined for anything that is not a point on the earth. */
export function readPoint(text: string | null | undefined): Point | undefined {
  const numbers = /^\s*(-?\d+(?:\.\d+)?)\s*,\s*(-?\d+(?:\.\d+)?)\s*$/.exec(text ?? "");
  if (!numbers) return undefined;
  const [lat, lon] = [Number(numbers[1]), Number(numbers[2])];
  return Math.abs(lat) <= 90 && Math.abs(lon) <= 180 ? { lat, lon } : undefined;
}

/** Metres east and north of `from`, on a plane that touches the earth there: good enough for a city. */
export function offsetM(from: Point, to: Point): { east: number; north: number } {
  const turn = ((to.lon - from.lon + 540) % 360) - 180; // the shorter way round
  return {
    east: turn * radians * earthM * Math.cos(from.lat * radians),
    north: (to.lat - from.lat) * radians * earthM,
  };
}

export function distanceM(from: Point, to: Point): number {
  const { east, north } = offsetM(from, to);
  return Math.hypot(east, north);
}

/** Streets are longer than the crow's way by about this much (measured in American grids: 1.2 to 1.4). */
const detour = 1.3;
const walkMPerMin = 80;
const longestWalkMin = 60;

/** Minutes on foot; undefined where nobody would walk. */
export function walkMin(crowM: number): number | undefined {
  const minutes = Math.max(1, Math.round((crowM * detour) / walkMPerMin));
  return minutes > longestWalkMin ? undefined : minutes;
}

const mileM = 1609.344;

/** A mile or a kilometre in metres, as people in the country (ISO 3166-1 alpha-2) count. */
export const unitM = (country: string): number => (country === "US" || country === "GB" ? mileM : 1000);

/** Writes a distance in the units of the country. */
export function distanceText(metres: number, country: string, language: string): string {
  const miles = unitM(country) === mileM;
  const value = metres / unitM(country);
  return new Intl.NumberFormat(language, {
    style: "unit",
    unit: miles ? "mile" : "kilometer",
    maximumFractionDigits: value < 10 ? 1 : 0,
  }).format(value);
}
