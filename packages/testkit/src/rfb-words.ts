/** Messages of RFB, as a client or a server of the tests sends them (RFC 6143; rfbproto). */

/** Parts one behind the other: bytes, or numbers as `u8`, `u16`, `u32` make them. */
export function bytes(...parts: readonly (number | Uint8Array | string)[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(
    parts.flatMap((part) => (typeof part === 'number' ? [part] : [...Buffer.from(part as string)])),
  );
}

export const u16 = (value: number): Uint8Array => Uint8Array.of(value >> 8, value);
export const u32 = (value: number): Uint8Array => Uint8Array.of(value >> 24, value >> 16, value >> 8, value);

export const RFB_VERSION = bytes('RFB 003.008\n');

/** What noVNC asks for: 32 bits, depth 24, little-endian, red first. */
export const RFB_PIXEL_FORMAT = bytes(32, 24, 0, 1, u16(255), u16(255), u16(255), 0, 8, 16, 0, 0, 0);

export const rfbClient = {
  setPixelFormat: (format: Uint8Array = RFB_PIXEL_FORMAT) => bytes(0, 0, 0, 0, format),
  setEncodings: (...encodings: number[]) => bytes(2, 0, u16(encodings.length), ...encodings.map(u32)),
  update: (isIncremental: boolean, x: number, y: number, width: number, height: number) =>
    bytes(3, isIncremental ? 1 : 0, u16(x), u16(y), u16(width), u16(height)),
  key: (keysym: number, isDown: boolean) => bytes(4, isDown ? 1 : 0, 0, 0, u32(keysym)),
  qemuKey: (keysym: number, keycode: number, isDown: boolean) =>
    bytes(255, 0, u16(isDown ? 1 : 0), u32(keysym), u32(keycode)),
  pointer: (buttons: number, x: number, y: number) => bytes(5, buttons, u16(x), u16(y)),
  extendedPointer: (buttons: number, x: number, y: number) =>
    bytes(5, (buttons & 0x7f) | 0x80, u16(x), u16(y), buttons >> 7),
  cutText: (text: string) => bytes(6, 0, 0, 0, u32(text.length), text),
  extendedCutText: (data: Uint8Array) => bytes(6, 0, 0, 0, u32(-data.length), data),
  continuousUpdates: (isOn: boolean) => bytes(150, isOn ? 1 : 0, u16(0), u16(0), u16(64), u16(64)),
  fence: (payload: Uint8Array) => bytes(248, 0, 0, 0, u32(0), payload.length, payload),
  setDesktopSize: (screens: number) => bytes(251, 0, u16(640), u16(480), screens, 0, new Uint8Array(screens * 16)),
  xvp: () => bytes(250, 0, 1, 2),
  qemuAudio: (operation: number) => bytes(255, 1, u16(operation), new Uint8Array(operation === 2 ? 6 : 0)),
};

export const rfbServer = {
  init: (width: number, height: number, name: string) =>
    bytes(u16(width), u16(height), RFB_PIXEL_FORMAT, u32(name.length), name),
  update: (...rectangles: Uint8Array[]) => bytes(0, 0, u16(rectangles.length), ...rectangles),
  rectangle: (
    x: number,
    y: number,
    width: number,
    height: number,
    encoding: number,
    payload: Uint8Array = new Uint8Array(0),
  ) => bytes(u16(x), u16(y), u16(width), u16(height), u32(encoding), payload),
  cutText: (text: string) => bytes(3, 0, 0, 0, u32(text.length), text),
  extendedCutText: (data: Uint8Array) => bytes(3, 0, 0, 0, u32(-data.length), data),
  bell: () => bytes(2),
  fence: (payload: Uint8Array) => bytes(248, 0, 0, 0, u32(0), payload.length, payload),
  endOfContinuousUpdates: () => bytes(150),
};

/** Tight's length of compressed data, and the data (rfbproto). */
export function tightData(length: number): Uint8Array {
  const [low, middle, high] = [length & 0x7f, (length >> 7) & 0x7f, length >> 14];
  if (length < 0x80) return bytes(low, filled(length));
  if (length < 0x4000) return bytes(low | 0x80, middle, filled(length));
  return bytes(low | 0x80, middle | 0x80, high, filled(length));
}

/** Bytes that show whether any are lost or moved. */
export function filled(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 7 + 3) & 0xff);
}
