/** A page of the sign-in: plain HTML, no script, readable by people and by screen readers; and its policy. */
import { Html, html } from '../html.ts';

const STYLE = `
:root{color-scheme:light dark;font:16px/1.5 "Segoe UI",system-ui,sans-serif}
body{margin:0;min-height:100vh;display:grid;place-items:center;background:Canvas;color:CanvasText}
main{box-sizing:border-box;width:min(28rem,100%);padding:1rem}
h1{font-size:1.5rem;font-weight:600;margin:0 0 .25rem}
p{margin:.25rem 0 1rem}
label{display:block;font-weight:600;margin-top:1rem}
input{box-sizing:border-box;width:100%;padding:.5rem;font:inherit;border:1px solid GrayText;border-radius:.25rem}
.choice{display:flex;gap:.5rem;align-items:start;font-weight:400}
.choice input{width:1.25rem;height:1.25rem;margin:.125rem 0 0;flex:none;accent-color:#0f6cbd}
ol,ul{margin:1rem 0;padding-left:1.5rem}
li{margin:.5rem 0}
code{font:1rem/1.5 ui-monospace,Consolas,monospace;overflow-wrap:anywhere}
.qr{display:block;width:min(14rem,100%);margin:.75rem 0;border-radius:.25rem}
.codes{display:grid;grid-template-columns:repeat(auto-fit,minmax(12rem,1fr));gap:.25rem 1rem;list-style:none;padding:0}
.codes li{margin:0}
button{margin:1.5rem .5rem 0 0;padding:.5rem 1.25rem;font:inherit;border:1px solid GrayText;border-radius:.25rem}
button.primary{background:#0f6cbd;border-color:#0f6cbd;color:#fff}
:focus-visible{outline:3px solid #2899f5;outline-offset:2px}
.error{border-left:.25rem solid light-dark(#c50f1f,#ff7a85);padding-left:.75rem}
.hint{font-size:.875rem;margin:.25rem 0 0}
`;

/** Browsers ask for an icon anyway, also where a policy forbids them to. */
const ICON = new Html('<link rel="icon" href="/icon.svg" type="image/svg+xml">');

/** A whole page. */
export function page(title: string, nonce: string, body: Html): string {
  const head = html`<meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">${ICON}`;
  return html`<!doctype html>
<html lang="en"><head>${head}<title>${title} – Open Remote Help</title>
<style nonce="${nonce}">${new Html(STYLE)}</style></head>
<body><main>${body}</main></body></html>
`.text;
}

/** The policy of a page: its own style and icon, forms to itself and where the answer of a form may redirect to. */
export function contentSecurityPolicy(nonce: string, formTargets: readonly string[] = []): string {
  const formAction = ["'self'", ...formTargets].join(' ');
  return `default-src 'none'; img-src 'self'; style-src 'nonce-${nonce}'; form-action ${formAction}; base-uri 'none'; frame-ancestors 'none'`;
}
