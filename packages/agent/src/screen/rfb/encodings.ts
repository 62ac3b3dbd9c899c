/**
 * Which encodings pass between a helper and a VNC server: those that noVNC and TigerVNC, x11vnc or an own server use to
 * good effect, and whose rectangles are read here to the byte. Names and numbers are those of RFC 6143 (7.7, 7.8) and of
 * the community's rfbproto.
 */

export const RAW = 0;
export const COPY_RECT = 1;
export const TIGHT = 7;
export const ZRLE = 16;
export const CURSOR = -239;
export const DESKTOP_SIZE = -223;
export const LAST_RECT = -224;
export const QEMU_EXTENDED_KEY_EVENT = -258;
export const QEMU_LED_STATE = -261;
export const EXTENDED_DESKTOP_SIZE = -308;
export const FENCE = -312;
export const CONTINUOUS_UPDATES = -313;
export const EXTENDED_MOUSE_BUTTONS = -316;

const QUALITY_LEVELS = { least: -32, most: -23 };
const COMPRESSION_LEVELS = { least: -256, most: -247 };

const KNOWN: ReadonlySet<number> = new Set([
  ...[RAW, COPY_RECT, TIGHT, ZRLE],
  ...[CURSOR, DESKTOP_SIZE, LAST_RECT, EXTENDED_DESKTOP_SIZE, QEMU_LED_STATE],
  ...[QEMU_EXTENDED_KEY_EVENT, EXTENDED_MOUSE_BUTTONS, FENCE, CONTINUOUS_UPDATES],
]);

/** Whether a helper may ask a server for it. Clipboard, xvp and the desktop's name are not among them. */
export function isKnownEncoding(encoding: number): boolean {
  return KNOWN.has(encoding) || isWithin(encoding, QUALITY_LEVELS) || isWithin(encoding, COMPRESSION_LEVELS);
}

function isWithin(encoding: number, { least, most }: { least: number; most: number }): boolean {
  return encoding >= least && encoding <= most;
}
