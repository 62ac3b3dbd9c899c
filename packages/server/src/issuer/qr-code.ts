/** QR codes as SVG that needs neither script nor style: the pages' policy allows it. */
import encodeQR from 'qr';
import { Html, html } from '../html.ts';

/** Light modules that scanners want around a code (ISO/IEC 18004, 6.3.8). */
const QUIET_ZONE = 4;

/** Dark on light whatever the page's colours: not all scanners read the inverse. */
export function qrCode(text: string, label: string): Html {
  const rows = encodeQR(text, 'raw', { ecc: 'medium', border: QUIET_ZONE });
  const path = rows.flatMap((row, y) => [...runsOf(row)].map(([x, length]) => `M${x} ${y}h${length}v1h-${length}z`));
  const size = rows.length;
  return html`<svg class="qr" role="img" aria-label="${label}" viewBox="0 0 ${size} ${size}" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h${size}v${size}H0z"/><path d="${new Html(path.join(''))}"/></svg>`;
}

/** Where dark modules stand side by side: the first of them, and how many. */
function* runsOf(row: readonly boolean[]): Generator<readonly [number, number]> {
  for (let start = 0; start < row.length; ) {
    let end = start;
    while (row[end]) end++;
    if (end > start) yield [start, end - start];
    start = end + 1;
  }
}
