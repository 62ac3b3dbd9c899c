/** What the two ends of a picture's connection tell each other beside the picture, on its data channel. */

export const STATE_CHANNEL = 'state';

/** From the sharer's end: how the picture stands. */
export interface PictureNote {
  /** Nothing of the picture is sent. */
  readonly isPaused: boolean;
}

const LONGEST = 200;

export function encodeNote(note: PictureNote): string {
  return JSON.stringify(note);
}

/** @returns undefined for what is no note */
export function decodeNote(data: unknown): PictureNote | undefined {
  if (typeof data !== 'string' || data.length > LONGEST) return undefined;
  try {
    const { isPaused } = Object(JSON.parse(data)) as Partial<PictureNote>;
    return typeof isPaused === 'boolean' ? { isPaused } : undefined;
  } catch {
    return undefined;
  }
}
