import { cleanup, fireEvent, render } from '@testing-library/react';
import { createRef, type RefObject } from 'react';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AttachedPicture, PictureListener, PictureSource } from './picture.ts';
import { RemotePicture, type RemotePictureProps } from './remote-picture.tsx';

let told: string[];
let listener: PictureListener;
let attached: RefObject<AttachedPicture | undefined>;
beforeEach(() => {
  told = [];
  attached = createRef() as RefObject<AttachedPicture | undefined>;
});
afterEach(cleanup);

/** A picture that is a canvas, and tells what it is told. */
function sourceOf(name: string): PictureSource {
  return {
    attach(target, heard) {
      listener = heard;
      const canvas = document.createElement('canvas');
      target.append(canvas);
      const note = (what: string) => told.push(`${name} ${what}`);
      return {
        can: { input: true, quality: true },
        scale: (how) => note(`scale ${how}`),
        takesInput: (does) => note(`input ${does}`),
        quality: (quality) => note(`quality ${quality}`),
        press: () => undefined,
        letGo: () => note('lets go'),
        focus: () => canvas.focus(),
        measure: () => ({ frames: 0, bytes: 0 }),
        roundTrip: async () => 0,
        still: () => document.createElement('canvas'),
        detach: () => {
          canvas.remove();
          note('detached');
        },
      };
    },
  };
}

function pictureOf(change: Partial<RemotePictureProps>) {
  const props: RemotePictureProps = {
    ...{ source: undefined, takesInput: true, scale: 'fit', quality: 'balanced', attached },
    ...{ label: 'Screen of Front desk', description: 'Keys go there.' },
    onShown: (width, height) => told.push(`shown ${width} ${height}`),
    onEscape: () => told.push('escaped'),
    ...change,
  };
  return <RemotePicture {...props} />;
}

describe('the remote picture', () => {
  it('is told how to be, and has a name and a role for those who do not see it', () => {
    const page = render(pictureOf({ source: sourceOf('one') }));
    expect(new Set(told)).toEqual(new Set(['one input true', 'one scale fit', 'one quality balanced']));
    const canvas = page.container.querySelector('canvas');
    expect([canvas?.getAttribute('role'), canvas?.getAttribute('aria-label'), canvas?.tabIndex]).toEqual([
      ...['application', 'Screen of Front desk', 0],
    ]);
    // Fluent moves the focus by Tab wherever it is not told to leave that alone.
    const leaves = canvas?.parentElement?.getAttribute('data-tabster') ?? '{}';
    expect(JSON.parse(leaves)).toEqual({ focusable: { ignoreKeydown: { Tab: true } } });
    page.rerender(pictureOf({ source: undefined, takesInput: false }));
    expect(told.at(-1)).toBe('one detached');
    expect(attached.current).toBeUndefined();
  });

  it('keeps the last frame until the next picture has drawn its first one', () => {
    const source = sourceOf('one');
    const page = render(pictureOf({ source }));
    page.rerender(pictureOf({ source: undefined }));
    const still = page.container.querySelector('[aria-hidden] canvas');
    expect(still).not.toBeNull();
    page.rerender(pictureOf({ source: sourceOf('two') }));
    expect(still?.isConnected).toBe(true);
    listener.shown(800, 600);
    expect(still?.isConnected).toBe(false);
    expect(told).toContain('shown 800 600');
    expect(told).toContain('two input true');
  });

  it('gives the keyboard back for Ctrl, Alt and Shift together, with nothing left held down there', () => {
    const page = render(pictureOf({ source: sourceOf('one') }));
    const canvas = page.container.querySelector('canvas');
    if (!canvas) throw new Error('There is no canvas.');
    const heard: string[] = [];
    canvas.addEventListener('keydown', ({ key }) => heard.push(key));
    fireEvent.keyDown(canvas, { key: 'a' });
    fireEvent.keyDown(canvas, { key: 'Shift', ctrlKey: true, altKey: true, shiftKey: true });
    expect([heard, told.slice(-2)]).toEqual([['a'], ['one lets go', 'escaped']]);
    fireEvent.blur(canvas);
    expect(told.at(-1)).toBe('one lets go');
  });
});
