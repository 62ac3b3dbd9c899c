/** What both directions of an RFB connection share (RFC 6143, 7.1 to 7.4). */
import { RfbError } from './rfb-error.ts';

export const VERSION = new TextEncoder().encode('RFB 003.008\n');
export const VERSION_BYTES = VERSION.length;
export const SECURITY_NONE = 1;
export const SECURITY_VNC_AUTHENTICATION = 2;
export const PIXEL_FORMAT_BYTES = 16;
/** Of the one pixel format that is let through: 32 bits a pixel. */
export const BYTES_PER_PIXEL = 4;

export function u16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

export function s32(bytes: Uint8Array, at: number): number {
  return (u16(bytes, at) << 16) | u16(bytes, at + 2);
}

export function u32(bytes: Uint8Array, at: number): number {
  return s32(bytes, at) >>> 0;
}

/** @throws RfbError */
export function refuseUnless(isRight: boolean, problem: string): asserts isRight {
  if (!isRight) throw new RfbError(problem);
}
