"""How an offline page looks on a screen, on a telephone and on A4 paper."""

from typing import Final

STYLE: Final = """
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { font-family: 'Noto Sans', 'Noto Sans CJK JP', 'Yu Gothic', Meiryo, 'Hiragino Sans', sans-serif; color: #0f1722;
  background: #fff; max-width: 1120px; margin: 0 auto; padding: 2rem 1.25rem; line-height: 1.6;
  overflow-wrap: anywhere; -webkit-text-size-adjust: 100%; }
h1 { font-size: 1.75rem; line-height: 1.3; margin: 0 0 .6rem; }
h2 { font-size: 1.2rem; line-height: 1.35; margin: 0 0 .5rem; }
p { margin: .4rem 0; } ul { margin: .4rem 0; padding-left: 1.3rem; } li { margin: .25rem 0; }
.mark { background: #fff3cd; border: 1px solid #e6c96a; border-radius: 4px; color: #5c3d00; font-weight: 600;
  padding: .25rem .7rem; display: inline-block; }
nav { display: flex; flex-wrap: wrap; gap: .3rem 1.1rem; margin: 1rem 0 0; padding: .7rem 0; font-size: .875rem;
  border-block: 1px solid #dfe4ea; }
a { color: #005a8e; }
section { margin-top: 2.2rem; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: .8rem; margin: .6rem 0; }
.card { border: 1px solid #dfe4ea; border-radius: 6px; padding: .7rem .9rem; font-size: .8rem; color: #45505e; }
.card .label { font-size: .85rem; } .card .figure { font-size: 1.5rem; font-weight: 600; color: #0f1722; }
.card .change { font-size: .95rem; font-weight: 600; } .better { color: #00704f; } .worse { color: #a33f00; }
.chart { margin: .3rem 0; min-width: 0; }
.along { display: flex; flex-wrap: wrap; gap: .2rem 1.5rem; font-size: .875rem; }
.along details { flex: 1 1 auto; min-width: 0; max-width: 100%; }
details[open] { flex-basis: 100% !important; } summary { cursor: pointer; color: #005a8e; }
details .wide { max-height: 24rem; overflow: auto; }
.wide { overflow-x: auto; margin: .4rem 0; }
table { border-collapse: collapse; font-size: .85rem; overflow-wrap: normal; min-width: 50%; }
td, th { border-bottom: 1px solid #dfe4ea; padding: .3rem .7rem; text-align: right; vertical-align: top; }
.r { white-space: nowrap; font-variant-numeric: tabular-nums; } th.r { white-space: normal; }
.l { text-align: left; } td.l { min-width: 8rem; max-width: 26rem; overflow-wrap: anywhere; }
th { background: #f3f5f8; font-weight: 600; vertical-align: bottom; }
.save { font-size: .875rem; }
footer { color: #45505e; font-size: .8rem; margin-top: 2.5rem; border-top: 1px solid #dfe4ea; padding-top: .8rem; }
@media (max-width: 640px) {
  body { padding: 1.1rem .9rem; } h1 { font-size: 1.35rem; }
  .cards { grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); } .card .figure { font-size: 1.25rem; }
  .broad { overflow-x: auto; } .broad > div { min-width: 35rem; }
  td, th { padding: .25rem .5rem; } table { font-size: .8rem; }
}
@page { size: A4; margin: 14mm 12mm 16mm;
  @bottom-right { content: counter(page) " / " counter(pages); font-size: 8pt; color: #45505e; } }
@media print {
  * { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  body { max-width: none; padding: 0; font-size: 10pt; line-height: 1.5; }
  h1 { font-size: 17pt; } h2 { font-size: 12.5pt; break-after: avoid; }
  nav, .along, .save, .modebar-container { display: none !important; }
  section { margin-top: 1.4rem; } .whole { break-inside: avoid; }
  .cards { grid-template-columns: repeat(5, 1fr); gap: .4rem; }
  .card { padding: .4rem .5rem; font-size: 7pt; } .card .label { font-size: 7.5pt; } .card .figure { font-size: 12pt; }
  .card .change { font-size: 8.5pt; }
  .broad { overflow: visible; } .broad > div { min-width: 0; }
  .wide { overflow: visible; } table { font-size: 7.5pt; width: 100%; } td, th { padding: .8mm 1.3mm; }
  td.l { min-width: 0; } td.l:first-child { min-width: 36mm; }
  thead { display: table-header-group; } tr, li, p, footer { break-inside: avoid; }
  main { padding-right: 1px; }
}
"""
PAPER: Final = 702
"""Pixels across A4 within the margins above: (210 - 2 x 12) mm at 96 to the inch, less one that rounding may take."""
LOWER: Final = 0.84
"""Of the height on the screen: two charts then stand on one sheet."""
FITS_PAPER: Final = f"""
const charts = () => document.querySelectorAll(".js-plotly-plot");
const heights = new Map();
const draw = (one, height, size) => {{
  one.parentElement.style.height = height + "px";
  Plotly.relayout(one, {{ height, ...size }});
}};
const toPaper = () => charts().forEach(one => {{
  if (!heights.has(one)) heights.set(one, one._fullLayout.height);
  draw(one, Math.round({LOWER} * heights.get(one)), {{ width: {PAPER} }});
}});
const toScreen = () => heights.forEach((height, one) => draw(one, height, {{ width: null, autosize: true }}));
addEventListener("beforeprint", toPaper);
addEventListener("afterprint", toScreen);
matchMedia("print").addEventListener("change", print => (print.matches ? toPaper : toScreen)());
"""
"""Plotly draws for the width of the window; a page that is printed has its own."""
