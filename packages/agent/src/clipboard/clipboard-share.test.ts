import { beforeEach, describe, expect, it } from 'vitest';
import { NOTHING, VIEW_ALONE } from '../sharer.ts';
import { ClipboardShare } from './clipboard-share.ts';

const BOTH = { ...NOTHING, clipboardToHelper: true, clipboardToSharer: true };

let calls: string[];
let sent: string[];
let listeners: Set<(text: string) => void>;
let share: ClipboardShare;
beforeEach(() => {
  [calls, sent, listeners] = [[], [], new Set()];
  share = new ClipboardShare({
    open: async () => {
      calls.push('open');
      return {
        read: async () => {
          calls.push('read');
          return 'what was there before';
        },
        write: async (text) => {
          calls.push(`write ${text}`);
          copy(text);
        },
        watch: (listener) => {
          listeners.add(listener);
          return () => listeners.delete(listener);
        },
        close: async () => {
          calls.push('close');
        },
      };
    },
    send: (text) => sent.push(text),
    failed: (error) => calls.push(String(error)),
  });
});

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

function copy(text: string): void {
  for (const listener of listeners) listener(text);
}

// SCR-23
describe('a shared clipboard', () => {
  it('is not even opened before it is granted, and never read of its own accord', async () => {
    share.allow({ ...VIEW_ALONE, control: true });
    share.received('from a helper');
    await settle();
    expect(calls).toEqual([]);
    share.allow(BOTH);
    await settle();
    expect([calls, sent]).toEqual([['open'], []]);
  });

  it('goes each way by its own grant', async () => {
    share.allow({ ...NOTHING, clipboardToHelper: true });
    share.received('from a helper');
    await settle();
    copy('from the desktop');
    expect([calls, sent]).toEqual([['open'], ['from the desktop']]);
    share.allow({ ...NOTHING, clipboardToSharer: true });
    await settle();
    copy('more');
    share.received('from a helper');
    await settle();
    expect([calls, sent]).toEqual([['open', 'write from a helper'], ['from the desktop']]);
    expect(listeners.size).toBe(0);
  });

  it('sends nothing back to where it came from, and nothing twice', async () => {
    share.allow(BOTH);
    share.received('from a helper');
    await settle();
    copy('from the desktop');
    copy('from the desktop');
    share.received('from the desktop');
    await settle();
    expect([calls, sent]).toEqual([['open', 'write from a helper'], ['from the desktop']]);
  });

  it('sends text that a peer event can carry, or nothing', async () => {
    share.allow(BOTH);
    await settle();
    copy('x'.repeat(256 * 1024 + 1));
    copy('');
    copy('\u0000\u001b');
    expect(sent).toEqual([]);
    copy('a\u0007b\r\n\t\ud800c');
    expect(sent).toEqual(['ab\r\n\t\ufffdc']);
  });

  it('is closed with the session, and then takes nothing', async () => {
    share.allow(BOTH);
    await settle();
    await share.close();
    share.received('late');
    copy('late');
    await settle();
    expect([calls, sent]).toEqual([['open', 'close'], []]);
  });
});
