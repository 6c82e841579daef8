/** What the widget draws, from what it knows. */
import { html, nothing, type TemplateResult } from "lit";
import { sketch } from "./map.ts";
import type { Site } from "./network.ts";
import { distanceText, walkMin } from "./place.ts";
import type { LockhouseSites } from "./sites.ts";

export function view(w: LockhouseSites): TemplateResult {
  const { words, sites, point } = w;
  return html`<div class="frame" part="frame">
    <div class="head">
      <h2 id="title">${words.title}</h2>
      <div class="row">
        <p class="soft">${words.near(w.position ? words.here : w.nearLabel || "…")}</p>
        ${"geolocation" in navigator ? html`<button type="button" @click=${() => w.locate()}>${words.locate}</button>` : nothing}
      </div>
      <div class="row">${chips(w)}</div>
    </div>
    ${w.outcome && w.outcome.tone === "bad" ? say(w) : nothing}
    ${sites.length > 0 && point
      ? html`<div class="body two">
          <svg viewBox="-104 -112 208 220" aria-hidden="true">
            ${sketch({ near: point, sites, chosen: w.memory.site?.id, you: words.you, language: w.language, choose: (site) => void w.choose(site) })}
          </svg>
          <div class="list" role="radiogroup" aria-labelledby="title" aria-required=${w.required ? "true" : "false"} tabindex="-1">
            ${sites.map((site, i) => item(w, site, i + 1))}
          </div>
        </div>`
      : html`<p class="wait" role="status">${why(w)}</p>`}
    <p class="say" role="status">${w.outcome && w.outcome.tone !== "bad" ? html`<b>${w.outcome.say(words)}</b> ${w.outcome.tone === "ok" ? w.memory.site?.name : nothing}` : nothing}</p>
  </div>`;
}

function say({ outcome, words }: LockhouseSites): TemplateResult {
  return html`<p class="say bad" role="alert">${outcome?.say(words)} ${outcome?.again ? html`<button type="button" @click=${outcome.again}>${words.again}</button>` : nothing}</p>`;
}

/** Why there is no list. */
function why(w: LockhouseSites): unknown {
  const { failed, found, words } = w;
  if (failed) return html`<span class="bad">${failed}</span> <button type="button" @click=${() => void w.find()}>${words.again}</button>`;
  const none = found?.none_because;
  if (!none) return words.loading;
  const { is, most, limit } = none.facts ?? {};
  if (none.code !== "too_large" || is === undefined || most === undefined) return words.none[none.code] ?? none.sentence;
  const [unit, by, digits] = limit === "weight_g" ? ["kilogram", 1000, 1] : ["centimeter", 10, 1];
  const text = (n: number) => new Intl.NumberFormat(w.language, { style: "unit", unit: unit as string, maximumFractionDigits: digits as number }).format(n / (by as number));
  return words.tooLarge(text(is), text(most));
}

function chips(w: LockhouseSites): TemplateResult[] {
  const { words } = w;
  const { wishes } = w.memory;
  const kinds = new Set([...w.kinds, ...wishes.not_kind]);
  return [
    ...[...kinds].map((kind) =>
      chip(words.without(words.kinds[kind] ?? kind), wishes.not_kind.includes(kind), (on) =>
        w.wish({ not_kind: on ? [...wishes.not_kind, kind] : wishes.not_kind.filter((one) => one !== kind) }),
      ),
    ),
    chip(words.stepFree, wishes.step_free, (on) => w.wish({ step_free: on })),
    chip(words.guarded, wishes.guarded, (on) => w.wish({ guarded: on })),
    chip(words.withoutPhone, wishes.without_phone, (on) => w.wish({ without_phone: on })),
  ];
}

function chip(text: string, on: boolean, change: (on: boolean) => void): TemplateResult {
  return html`<label class="chip"><input type="checkbox" .checked=${on} @change=${(e: Event) => change((e.target as HTMLInputElement).checked)} /><span>${text}</span></label>`;
}

function item(w: LockhouseSites, site: Site, number: number): TemplateResult {
  const { words, language } = w;
  const chosen = w.memory.site?.id === site.id;
  const minutes = walkMin(site.distance_m);
  const foreign = !w.found?.sites.some((one) => one.id === site.id);
  return html`<label class="site">
    <input type="radio" name="site" .checked=${chosen} value=${site.id} @change=${() => void w.choose(site)} />
    <span class="what">
      <span class="name">${number}. ${site.name}</span>
      <span class="soft">${site.street}${foreign ? ` · ${words.yours}` : nothing}</span>
      <span class="marks">
        <b>${distanceText(site.distance_m, site.country, language)}${minutes ? ` · ${words.walk(minutes)}` : nothing}</b>
        <span>${opening(w, site)}</span>
        ${site.step_free ? html`<span>${words.stepFree}</span>` : nothing}${site.guarded ? html`<span>${words.guarded}</span>` : nothing}${site.without_phone ? html`<span>${words.withoutPhone}</span>` : nothing}
      </span>
      ${chosen && site.safety ? html`<span class="soft">${site.safety}</span>` : nothing}
    </span>
    ${site.artwork.picture ? html`<img src=${new URL(site.artwork.picture, w.src).href} alt="" loading="lazy" />` : nothing}
  </label>`;
}

function opening({ words, language }: LockhouseSites, site: Site): string {
  if (site.always_open) return words.always;
  if (site.open_now) return words.open;
  if (!site.next_opening) return words.never;
  return words.opens(new Date(site.next_opening).toLocaleString(language, { weekday: "short", hour: "numeric", minute: "2-digit", timeZone: site.zone }));
}
