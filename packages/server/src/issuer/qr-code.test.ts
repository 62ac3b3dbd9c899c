import decodeQR from 'qr/decode.js';
import { describe, expect, it } from 'vitest';
import { totpUri } from '../access/totp.ts';
import { qrCode } from './qr-code.ts';

const SCALE = 4;

/** What a camera sees of an SVG whose path is made of rectangles one unit high. */
function pixelsOf(svg: string) {
  const size = Number(/viewBox="0 0 (\d+)/.exec(svg)?.[1]);
  const dark = new Set<string>();
  for (const [, x, y, width] of svg.matchAll(/M(\d+) (\d+)h(\d+)v1h-\3z/g)) {
    for (let column = 0; column < Number(width); column++) dark.add(`${Number(x) + column} ${y}`);
  }
  const width = size * SCALE;
  const data = new Uint8Array(width * width * 4).fill(255);
  for (let pixel = 0; pixel < width * width; pixel++) {
    const at = `${Math.floor((pixel % width) / SCALE)} ${Math.floor(pixel / width / SCALE)}`;
    if (dark.has(at)) data.fill(0, pixel * 4, pixel * 4 + 3);
  }
  return { width, height: width, data };
}

describe('a QR code', () => {
  it.each([
    totpUri('MTIzNDU2Nzg5MDEyMzQ1Njc4OTA', { issuer: 'Contoso', account: 'adele@contoso.com' }),
    totpUri('MTIzNDU2Nzg5MDEyMzQ1Njc4OTA', { issuer: 'Ö'.repeat(60), account: `${'a'.repeat(90)}@${'b'.repeat(100)}` }),
  ])('is read by a scanner: %s', (text) => {
    expect(decodeQR(pixelsOf(qrCode(text, 'label').text))).toBe(text);
  });

  // ID-52
  it('needs neither script nor style, and says what it is', () => {
    const { text } = qrCode('otpauth://totp/x', 'For <the> app');
    expect(text).toContain('role="img" aria-label="For &#60;the&#62; app"');
    expect(text).not.toMatch(/style=|<script|<style|href/);
  });
});
