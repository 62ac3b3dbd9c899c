import { PassThrough, Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { LiveTerminal } from './live-terminal.ts';

function terminal(isInteractive: boolean) {
  const input = new PassThrough();
  let written = '';
  const output = new Writable({
    write: (chunk, _encoding, done) => {
      written += String(chunk);
      done();
    },
  });
  const lines: string[] = [];
  const interrupts: true[] = [];
  const ended = Promise.withResolvers<void>();
  const live = new LiveTerminal({
    ...{ input, output, isInteractive },
    onLine: (line) => lines.push(line),
    onInterrupt: () => interrupts.push(true),
    onEnd: ended.resolve,
  });
  /** What was written since it was asked last. */
  const shown = () => {
    const text = written;
    written = '';
    return text;
  };
  return { live, input, lines, interrupts, shown, ended: ended.promise };
}

/** Lets what was written be read. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('a terminal without a screen', () => {
  it('prints lines one after the other, and no status', async () => {
    const { live, input, lines, shown, ended } = terminal(false);
    live.status('4:59');
    live.print('one', 'two');
    input.end('typed\n');
    await ended;
    expect(shown()).toBe('one\ntwo\n');
    expect(lines).toEqual(['typed']);
  });
});

describe('a terminal with a screen', () => {
  it('keeps the status and what is being typed below the lines that come', async () => {
    const { live, input, shown } = terminal(true);
    live.status('4:59 > ');
    input.write('half');
    await turn();
    shown();
    live.print('a line');
    const [line, rest] = shown().split('\n');
    expect(line).toBe('\r\x1b[Ja line');
    expect(rest).toContain('4:59 > half');
    live.status('4:58 > ');
    expect(shown()).toContain('4:58 > half');
    live.close();
  });

  it('a status too long for the screen is cut, so that it stays one line', () => {
    const { live, shown } = terminal(true);
    live.status(`\x1b[31m${'x'.repeat(200)}\x1b[39m`);
    const drawn = shown();
    expect(drawn).toContain(`${'x'.repeat(53)}… `);
    expect(drawn).not.toContain('x'.repeat(54));
    live.close();
  });

  it('Ctrl+C is told and ends nothing by itself; after the end nothing is drawn', async () => {
    const { live, input, interrupts, shown } = terminal(true);
    input.write('\x03');
    await turn();
    expect(interrupts).toEqual([true]);
    live.close();
    shown();
    live.status('late');
    live.print('last words');
    expect(shown()).toBe('last words\n');
  });
});
