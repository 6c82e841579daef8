/** The widget's look. A shop sets the --lockhouse-* properties to make it its own. */
import { css } from "lit";

export const style = css`
:host{--accent:var(--lockhouse-accent,light-dark(#0e5a5f,#7fd3ca));--on:var(--lockhouse-on-accent,light-dark(#fff,#05282a));--ground:var(--lockhouse-ground,light-dark(#fff,#1d2227));--ink:var(--lockhouse-ink,light-dark(#1b2228,#f3f0ea));--soft:var(--lockhouse-soft,light-dark(#55606a,#aab3bb));--line:var(--lockhouse-line,light-dark(#e0d9cc,#3a424a));--edge:var(--lockhouse-edge,light-dark(#857e70,#7f8890));--bad:var(--lockhouse-bad,light-dark(#a0251e,#ffa197));
display:block;container-type:inline-size;color:var(--ink);font:inherit;line-height:1.45;text-align:start}
:host([hidden]){display:none}
:host([disabled]){opacity:.5;pointer-events:none}
*{box-sizing:border-box}
.frame{background:var(--ground);border:1px solid var(--line);border-radius:1.1em;overflow:hidden}
.head{display:grid;gap:.7em;padding:1em 1.1em;border-bottom:1px solid var(--line)}
h2{margin:0;font-size:1.15em;line-height:1.25}
.row{display:flex;flex-wrap:wrap;gap:.4em;align-items:center}
.soft{color:var(--soft);font-size:.9em;margin:0}
button,.chip span{font:inherit;font-size:.9em;min-height:2.5em;padding:.3em .9em;border:1px solid var(--edge);border-radius:2em;background:none;color:inherit;cursor:pointer;display:inline-flex;align-items:center;gap:.4em}
.chip input{position:absolute;opacity:0;width:1px;height:1px}
.chip{position:relative}
.chip :checked+span{background:var(--accent);border-color:var(--accent);color:var(--on)}
.chip :checked+span::before{content:"✓"}
:focus-visible,.chip :focus-visible+span{outline:3px solid var(--accent);outline-offset:2px}
.body{display:grid}
svg{display:block;width:100%;max-height:17em;background:color-mix(in srgb,var(--accent) 7%,var(--ground));user-select:none}
.land{fill:color-mix(in srgb,var(--accent) 6%,var(--ground))}
.ring{fill:none;stroke:var(--soft);stroke-opacity:.5;stroke-dasharray:2 4}
text{fill:var(--soft);font-size:7.5px;text-anchor:middle}
.me{fill:var(--ink);stroke:var(--ground);stroke-width:2}
.meName{fill:var(--ink);font-weight:650}
.pin{cursor:pointer;transition:transform .2s}
.pin path{fill:var(--accent);stroke:var(--ground);stroke-width:1.2}
.pin text{fill:var(--on);font-weight:700;font-size:9px}
.pin.on path{fill:var(--ink);transform:scale(1.35)}
.pin.on text{fill:var(--ground);transform:translateY(-5px)}
.list{max-height:27em;overflow:auto;min-width:0}
label+label.site{border-top:1px solid var(--line)}
.site{display:grid;grid-template-columns:auto 1fr 4.6em;gap:.2em .9em;padding:.85em 1.1em;cursor:pointer;position:relative}
.site:hover{background:color-mix(in srgb,var(--accent) 5%,var(--ground))}
.site:has(:checked){background:color-mix(in srgb,var(--accent) 10%,var(--ground));box-shadow:inset 4px 0 var(--accent)}
.site:has(:focus-visible){outline:3px solid var(--accent);outline-offset:-3px}
.site input{width:1.25em;height:1.25em;margin:.15em 0 0;accent-color:var(--accent);outline:0}
.name{font-weight:650}
.what{display:grid;gap:.1em;min-width:0}
.far{white-space:nowrap}
.marks{display:flex;flex-wrap:wrap;gap:.15em .8em;font-size:.9em;color:var(--soft)}
.marks b{font-weight:600;color:var(--ink)}
img{width:4.6em;height:3.4em;object-fit:cover;border-radius:.5em;background:var(--line)}
.say{padding:.85em 1.1em;margin:0;border-top:1px solid var(--line)}
.say:empty{display:none}
.say b{color:var(--accent)}
.bad{color:var(--bad);font-weight:600}
.wait{padding:2.2em 1.1em;color:var(--soft)}
@container (min-width:40em){.body.two{grid-template-columns:1fr 15em}.body.two svg{order:1;height:100%;max-height:27em;border-inline-start:1px solid var(--line)}}
@media (prefers-reduced-motion:reduce){*{transition:none!important}}
`;
