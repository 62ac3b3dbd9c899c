/** The style sheet of the API page. Colours come in pairs, each 4.5:1 or more on its background (WCAG 2.2, 1.4.3). */
export const API_PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --ink: #1b2330; --soft: #556070; --paper: #ffffff; --tint: #f4f6f9; --line: #d8dee7;
  --link: #0b57b0; --read: #0b6b46; --write: #8a4b00; --erase: #a1242f; --warn: #7a3e00; --focus: #0b57b0;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #e4e9f1; --soft: #a2adbd; --paper: #12161d; --tint: #1a2029; --line: #303947;
    --link: #7db7ff; --read: #63d3a0; --write: #f0b46a; --erase: #ff929a; --warn: #f0b46a; --focus: #7db7ff;
  }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 1.5rem; }
body { margin: 0; font: 1rem/1.55 system-ui, "Segoe UI", Roboto, sans-serif; color: var(--ink); background: var(--paper); }
a { color: var(--link); text-underline-offset: .15em; }
a:focus-visible, summary:focus-visible, [tabindex]:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; border-radius: 3px; }
code, pre { font: .875em/1.5 ui-monospace, "Cascadia Mono", Consolas, "DejaVu Sans Mono", monospace; }
.skip { position: absolute; left: 1rem; top: -4rem; padding: .5rem 1rem; background: var(--paper); border: 2px solid var(--focus); }
.skip:focus { top: 1rem; z-index: 1; }
.layout { display: grid; grid-template-columns: 19rem minmax(0, 1fr); max-width: 92rem; margin: 0 auto; }
.index { position: sticky; top: 0; align-self: start; max-height: 100vh; overflow-y: auto; padding: 1.5rem 1rem 2rem 1.5rem; border-right: 1px solid var(--line); font-size: .875rem; }
.index p { margin: 1.3rem 0 .25rem; padding: 0 .4rem; font-weight: 600; }
.index p:first-child { margin-top: 0; }
.index ul { list-style: none; margin: 0; padding: 0; }
.index a { display: block; padding: .18rem .4rem; border-radius: 4px; text-decoration: none; }
.index a:hover { background: var(--tint); text-decoration: underline; }
.page { padding: 1.5rem 2.5rem 4rem; max-width: 72rem; }
h1 { margin: 0 0 .25rem; font-size: 1.9rem; line-height: 1.2; letter-spacing: -.01em; }
h2 { margin: 3rem 0 .5rem; padding-top: 1.5rem; border-top: 1px solid var(--line); font-size: 1.35rem; line-height: 1.3; overflow-wrap: anywhere; }
h3 { margin: 1.75rem 0 .5rem; font-size: 1rem; }
h2 .kind { font-size: .8rem; font-weight: 400; color: var(--soft); }
p { margin: .5rem 0 1rem; max-width: 46rem; }
.lead { font-size: 1.1rem; color: var(--soft); }
.scroll { overflow-x: auto; margin: .5rem 0 1rem; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
caption { text-align: left; font-weight: 600; padding: 0 0 .4rem; }
th, td { text-align: left; vertical-align: top; padding: .4rem .75rem .4rem 0; border-bottom: 1px solid var(--line); }
thead th { font-size: .78rem; color: var(--soft); font-weight: 600; white-space: nowrap; }
tbody th { font-weight: 400; }
td:last-child { width: 99%; min-width: 14rem; padding-right: 0; }
.requests td:last-child { width: auto; min-width: 9rem; }
.requests td:nth-child(2) { width: 99%; }
.properties td:nth-child(2) { min-width: 10rem; }
.parameters th { white-space: nowrap; }
.properties th[scope=row] { min-width: 11rem; }
.method { display: inline-block; min-width: 3.6rem; font-weight: 700; }
.GET { color: var(--read); } .POST, .PATCH { color: var(--write); } .DELETE { color: var(--erase); }
.note { color: var(--soft); }
.secret { color: var(--warn); font-weight: 600; }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .35rem 1.25rem; margin: .5rem 0 1rem; font-size: .9rem; }
dt { font-weight: 600; } dd { margin: 0; overflow-wrap: anywhere; }
dd ol { margin: 0; padding-left: 1.2rem; }
pre { margin: .5rem 0 1rem; padding: .9rem 1.1rem; background: var(--tint); border: 1px solid var(--line); border-radius: 6px; overflow-x: auto; }
details { margin: .5rem 0 1rem; }
summary { cursor: pointer; font-weight: 600; padding: .2rem 0; }
footer { margin-top: 4rem; padding-top: 1rem; border-top: 1px solid var(--line); font-size: .85rem; color: var(--soft); }
@media (max-width: 60rem) {
  .layout { grid-template-columns: minmax(0, 1fr); }
  .index { position: static; max-height: 40vh; border-right: 0; border-bottom: 1px solid var(--line); padding: 1rem 1.25rem; }
  .page { padding: 1.25rem 1.25rem 3rem; }
  p, h1 { overflow-wrap: anywhere; }
  dl { grid-template-columns: minmax(0, 1fr); }
}
@media print {
  .index, .skip { display: none; }
  .layout { display: block; }
  pre, tr { break-inside: avoid; }
}
`;
