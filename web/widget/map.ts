/** A sketch of where the sites are around the person: no tiles, no third party. The list says the same in words. */
import { svg, type SVGTemplateResult } from "lit";
import { distanceText, offsetM, unitM, type Point } from "./place.ts";
import type { Site } from "./network.ts";

const half = 100; // the sketch's radius in its own units
const ringsInUnits = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 500];

export interface Sketch {
  near: Point;
  sites: readonly Site[];
  chosen: string | undefined;
  you: string;
  language: string;
  choose: (site: Site) => void;
}

/** The person in the middle, north up, rings at round distances. */
export function sketch({ near, sites, chosen, you, language, choose }: Sketch): SVGTemplateResult {
  const places = sites.map((site) => ({ site, ...offsetM(near, site) }));
  const reachM = Math.max(400, ...places.map((p) => Math.hypot(p.east, p.north))) * 1.18;
  const scale = half / reachM;
  const country = sites[0]?.country ?? "";
  const rings = ringsInUnits.map((r) => r * unitM(country)).filter((r) => r > reachM * 0.22 && r < reachM * 1.05).slice(-2);
  return svg`
    <circle class="land" r=${half} />
    ${rings.map((r) => svg`<circle class="ring" r=${r * scale} /><text class="far" y=${-r * scale - 3}>${distanceText(r, country, language)}</text>`)}
    <circle class="me" r="5" /><text class="meName" y="14">${you}</text>
    ${apart(places.map((p) => ({ ...p, x: p.east * scale, y: -p.north * scale })))
      .map((p, i) => ({ ...p, number: i + 1 }))
      .sort((a, b) => Number(a.site.id === chosen) - Number(b.site.id === chosen))
      .map(
        (p) => svg`<g class=${p.site.id === chosen ? "pin on" : "pin"} transform="translate(${p.x} ${p.y})" @click=${() => choose(p.site)}>
          <path d="M0 0C-3-6-9-10-9-17a9 9 0 0 1 18 0C9-10 3-6 0 0Z" /><text y="-13.500">${p.number}</text></g>`,
      )}`;
}

/** Pushes pins that would lie on each other a little apart. */
export function apart<P extends { x: number; y: number }>(pins: P[]): P[] {
  const leastGap = 15;
  const placed: P[] = [];
  for (const pin of pins) {
    const free = { ...pin };
    for (let turn = 0; turn < 24 && placed.some((o) => Math.hypot(o.x - free.x, o.y - free.y) < leastGap); turn++) {
      const angle = turn * 2.4; // the golden angle: tries all sides, ever farther
      free.x = pin.x + Math.cos(angle) * (4 + turn);
      free.y = pin.y + Math.sin(angle) * (4 + turn);
    }
    placed.push(free);
  }
  return placed;
}
