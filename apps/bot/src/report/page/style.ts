/** The whole look. Colours come from the tokens of the web app; data colours differ in lightness too, for the colour-blind. */
export const STYLE: string = `
:root {
  color-scheme: light dark;
  --stage: oklch(0.972 0.004 265); --raised: oklch(1 0 0); --sunken: oklch(0.945 0.006 265);
  --line: oklch(0 0 0 / 0.1); --grid: oklch(0 0 0 / 0.07);
  --text: oklch(0.23 0.02 265); --soft: oklch(0.43 0.02 265); --faint: oklch(0.51 0.018 265);
  --accent: oklch(0.5 0.165 248); --trust: oklch(0.49 0.12 160); --warn: oklch(0.52 0.12 70); --danger: oklch(0.53 0.2 27);
  --trust-tint: oklch(0.95 0.035 160); --warn-tint: oklch(0.955 0.045 80); --danger-tint: oklch(0.95 0.03 27);
  --good: oklch(0.72 0.085 240); --slow: oklch(0.8 0.135 80); --unread: oklch(0.56 0.2 32); --absent: oklch(0.38 0.02 265); --exposed: oklch(0.45 0.19 320);
  --on-bad: oklch(0.99 0 0);
  --p1: oklch(0.86 0.025 260); --p2: oklch(0.76 0.07 250); --p3: oklch(0.63 0.12 248); --p4: oklch(0.46 0.14 262); --p5: oklch(0.74 0.13 75);
  --s1: oklch(0.5 0.165 248); --s2: oklch(0.64 0.15 60); --s3: oklch(0.52 0.12 165); --s4: oklch(0.5 0.18 320); --s5: oklch(0.45 0.02 265); --s6: oklch(0.62 0.1 210);
  --shadow: 0 1px 2px oklch(0.3 0.03 265 / 0.06), 0 8px 28px oklch(0.3 0.03 265 / 0.06);
}
@media (prefers-color-scheme: dark) {
  :root {
    --stage: oklch(0.165 0.012 265); --raised: oklch(0.215 0.014 265); --sunken: oklch(0.265 0.016 265);
    --line: oklch(1 0 0 / 0.1); --grid: oklch(1 0 0 / 0.08);
    --text: oklch(0.965 0.004 265); --soft: oklch(0.78 0.012 265); --faint: oklch(0.67 0.014 265);
    --accent: oklch(0.76 0.125 235); --trust: oklch(0.8 0.13 160); --warn: oklch(0.83 0.13 80); --danger: oklch(0.73 0.16 25);
    --trust-tint: oklch(0.28 0.04 160); --warn-tint: oklch(0.29 0.04 80); --danger-tint: oklch(0.28 0.06 25);
    --good: oklch(0.5 0.085 240); --slow: oklch(0.8 0.13 80); --unread: oklch(0.67 0.19 35); --absent: oklch(0.82 0.012 265); --exposed: oklch(0.72 0.17 320);
    --on-bad: oklch(0.14 0.01 265);
    --p1: oklch(0.42 0.025 260); --p2: oklch(0.53 0.07 250); --p3: oklch(0.65 0.12 245); --p4: oklch(0.8 0.1 230); --p5: oklch(0.83 0.13 80);
    --s1: oklch(0.76 0.125 235); --s2: oklch(0.8 0.13 70); --s3: oklch(0.77 0.13 160); --s4: oklch(0.74 0.15 320); --s5: oklch(0.75 0.012 265); --s6: oklch(0.85 0.08 210);
    --shadow: 0 0 0 1px oklch(1 0 0 / 0.05);
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--stage); color: var(--text); font: 15px/1.5 "Inter Variable", Inter, system-ui, sans-serif; font-variant-numeric: tabular-nums; }
.page { max-width: 1200px; margin: 0 auto; padding: 28px 24px 64px; }
p { text-wrap: pretty; }
h1, h2, h3, p, dl, dd, ol, ul { margin: 0; }
ol, ul { padding: 0; list-style: none; }
.top { display: flex; flex-wrap: wrap; gap: 4px 16px; justify-content: space-between; color: var(--faint); font-size: 13px; }
.top b { color: var(--text); font-weight: 600; }
.hero { padding: 40px 0 32px; }
.stamp { display: inline-flex; align-items: center; gap: 8px; padding: 4px 14px 4px 8px; border-radius: 999px; font-size: 13px; font-weight: 600; }
.stamp svg, .tick { width: 20px; height: 20px; flex: none; }
.held { color: var(--trust); } .broken { color: var(--danger); } .void { color: var(--warn); }
.stamp.held { background: var(--trust-tint); } .stamp.broken { background: var(--danger-tint); } .stamp.void { background: var(--warn-tint); }
h1 { margin-top: 16px; max-width: 20ch; font-size: clamp(2.1rem, 5.2vw, 3.6rem); line-height: 1.06; letter-spacing: -0.03em; font-weight: 680; text-wrap: balance; }
.lead { margin-top: 16px; max-width: 62ch; font-size: clamp(1.06rem, 2vw, 1.3rem); line-height: 1.45; color: var(--soft); }
.lead b { color: var(--text); font-weight: 620; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(160px, 1fr)); gap: 1px; overflow: hidden; border-radius: 16px; background: var(--line); box-shadow: var(--shadow); }
.figures > div { padding: 16px 18px; background: var(--raised); }
.figures dt { color: var(--soft); font-size: 13px; }
.figures dd { margin-top: 2px; font-size: 24px; line-height: 1.25; font-weight: 620; letter-spacing: -0.015em; }
.figures small { display: block; color: var(--faint); font-size: 13px; font-weight: 400; letter-spacing: 0; text-wrap: balance; }
section { margin-top: 20px; padding: 22px 24px 24px; border-radius: 16px; background: var(--raised); box-shadow: var(--shadow); }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 20px; margin-top: 20px; }
.pair > section { margin: 0; min-width: 0; }
h2 { font-size: 18px; line-height: 1.3; font-weight: 640; letter-spacing: -0.01em; }
h3 { font-size: 15px; font-weight: 600; }
.note { margin-top: 4px; max-width: 74ch; color: var(--soft); font-size: 14px; }
.checks { display: grid; grid-template-columns: repeat(auto-fill, minmax(300px, 1fr)); gap: 12px 28px; margin-top: 16px; }
.checks li { display: flex; gap: 10px; align-items: flex-start; min-width: 0; }
.checks code { font: 600 14px/1.45 ui-monospace, "SF Mono", Menlo, monospace; overflow-wrap: anywhere; }
.checks p { color: var(--soft); font-size: 14px; }
.faults { margin-top: 14px; }
.faults li { display: grid; grid-template-columns: 20px 1fr auto; gap: 4px 12px; padding: 12px 0; border-top: 1px solid var(--line); }
.faults li:first-child { border-top: 0; }
.faults svg { margin-top: 4px; }
.faults p { max-width: 80ch; overflow-wrap: anywhere; }
.tag { align-self: start; padding: 1px 10px; border-radius: 999px; background: var(--sunken); color: var(--soft); font-size: 13px; white-space: nowrap; }
.legend { display: flex; flex-wrap: wrap; gap: 6px 18px; margin-top: 14px; color: var(--soft); font-size: 13px; }
.legend li { display: inline-flex; align-items: center; gap: 7px; }
.legend svg { flex: none; }
.blocks { display: flex; flex-wrap: wrap; gap: 18px 28px; margin-top: 14px; }
.blocks > div { overflow-x: auto; max-width: 100%; }
svg.fits { max-width: 100%; height: auto; }
.readout { min-height: 3em; margin-top: 12px; padding: 9px 14px; border-radius: 10px; background: var(--sunken); color: var(--soft); font-size: 14px; overflow-wrap: anywhere; }
svg { display: block; overflow: visible; }
svg text { fill: var(--faint); font-size: 11px; font-family: inherit; }
svg .small { font-size: 9px; } svg .mid { text-anchor: middle; } svg .end { text-anchor: end; } svg .strong { fill: var(--soft); font-weight: 600; }
.g { fill: var(--good); } .w { fill: var(--slow); } .k { fill: var(--unread); } .n { fill: none; stroke: var(--absent); stroke-width: 1.4; } .x { fill: var(--exposed); } .o { fill: var(--faint); opacity: 0.45; }
.mark { fill: none; stroke: var(--on-bad); stroke-width: 1.4; pointer-events: none; } .mark.dark { stroke: oklch(0.2 0.02 80); } .mark.line { stroke: var(--absent); }
rect[class]:hover { stroke: var(--text); stroke-width: 1.5; }
.p1 { fill: var(--p1); } .p2 { fill: var(--p2); } .p3 { fill: var(--p3); } .p4 { fill: var(--p4); } .p5 { fill: var(--p5); } .fail { fill: var(--unread); }
.falls { display: flex; margin-top: 12px; } .falls > svg:first-child { flex: none; } .falls > svg:last-child { flex: 1; min-width: 0; }
.rule { stroke: var(--grid); stroke-width: 1; } .base { stroke: var(--line); stroke-width: 1; } .limit { stroke: var(--danger); stroke-width: 1.5; stroke-dasharray: 4 3; }
.bar { fill: var(--accent); } .bar.over { fill: var(--unread); } svg .over-text { fill: var(--danger); }
.plot { margin-top: 14px; }
.series { fill: none; stroke-width: 2; stroke-linejoin: round; vector-effect: non-scaling-stroke; }
.s1 { stroke: var(--s1); } .s2 { stroke: var(--s2); stroke-dasharray: 7 3; } .s3 { stroke: var(--s3); stroke-dasharray: 2 3; } .s4 { stroke: var(--s4); stroke-dasharray: 9 3 2 3; } .s5 { stroke: var(--s5); stroke-dasharray: 4 4; } .s6 { stroke: var(--s6); }
table { width: 100%; border-collapse: collapse; margin-top: 12px; font-size: 14px; }
th, td { padding: 7px 10px 7px 0; border-top: 1px solid var(--line); text-align: left; vertical-align: top; }
thead th { border-top: 0; color: var(--faint); font-size: 13px; font-weight: 500; }
tbody th { font-weight: 560; } td.num, th.num { text-align: right; white-space: nowrap; }
td small, th small { display: block; color: var(--faint); font-size: 13px; font-weight: 400; }
.scroll { overflow-x: auto; } .scroll table { min-width: 560px; }
.stories { margin-top: 12px; max-height: 420px; overflow: auto; }
.stories li { display: grid; grid-template-columns: 76px 1fr; gap: 12px; padding: 8px 0; border-top: 1px solid var(--line); font-size: 14px; }
.stories li:first-child { border-top: 0; }
.stories time { color: var(--faint); } .stories p { overflow-wrap: anywhere; }
.facts { display: grid; grid-template-columns: minmax(110px, max-content) 1fr; gap: 7px 18px; margin-top: 12px; font-size: 14px; }
.facts dt { color: var(--faint); } .facts dd { overflow-wrap: anywhere; }
.views { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 420px), 1fr)); gap: 16px 20px; margin-top: 14px; }
.views figure { margin: 0; min-width: 0; } .views > :only-child { grid-column: 1 / -1; max-width: 800px; }
.views img { display: block; width: 100%; height: auto; border-radius: 10px; box-shadow: 0 0 0 1px var(--line); }
.views figcaption { margin-top: 6px; color: var(--soft); font-size: 13px; }
details { margin-top: 14px; font-size: 14px; }
summary { cursor: pointer; color: var(--accent); font-weight: 560; }
summary:focus-visible { outline: 2px solid var(--accent); outline-offset: 3px; border-radius: 4px; }
pre { margin: 12px 0 0; padding: 14px; max-height: 380px; overflow: auto; border-radius: 10px; background: var(--sunken); font: 13px/1.5 ui-monospace, Menlo, monospace; }
.empty { margin-top: 14px; padding: 18px; border-radius: 10px; background: var(--sunken); color: var(--soft); }
.better { color: var(--trust); } .worse { color: var(--danger); font-weight: 600; }
footer { margin-top: 28px; color: var(--faint); font-size: 13px; }
@media (max-width: 760px) {
  .page { padding: 18px 14px 48px; } .hero { padding: 28px 2px 24px; }
  section { padding: 18px 16px 20px; } .pair { grid-template-columns: 1fr; }
  .figures { grid-template-columns: 1fr 1fr; } .figures > div { padding: 13px 14px; } .figures dd { font-size: 20px; }
  .faults li { grid-template-columns: 20px 1fr; } .faults .tag { grid-column: 2; justify-self: start; }
  .checks { grid-template-columns: 1fr; }
}
@media print { body { background: none; } section, .figures { box-shadow: none; border: 1px solid var(--line); break-inside: avoid; } }
`;

/** Shows what the pointer or finger is on below the matrix; all that it says is in the table too. */
export const SCRIPT: string = `
const readout = document.getElementById("readout");
const show = (event) => {
  const title = event.target instanceof Element ? event.target.querySelector(":scope > title") : null;
  if (title && readout) readout.textContent = title.textContent;
};
const matrix = document.getElementById("matrix");
matrix?.addEventListener("pointerover", show);
matrix?.addEventListener("click", show);
`;
