import { expect, it } from 'vitest';
import { createLog, GatheredLines, type LineOutput } from './log.ts';

class Output implements LineOutput {
  readonly texts: string[] = [];
  flushes = 0;

  write(text: string): void {
    this.texts.push(text);
  }

  flush(done?: () => void): void {
    this.flushes += 1;
    done?.();
  }

  flushSync(): void {
    this.flushes += 1;
  }
}

it('lines are passed on together, in order, and each once', () => {
  const output = new Output();
  const lines = new GatheredLines(output);
  for (const line of ['a\n', 'b\n', 'c\n']) lines.write(line);
  expect(output.texts).toEqual([]);
  let isDone = false;
  lines.flush(() => {
    isDone = true;
  });
  expect([output.texts, output.flushes, isDone]).toEqual([['a\nb\nc\n'], 1, true]);
  lines.flushSync();
  expect([output.texts.length, output.flushes]).toEqual([1, 2]);
});

it('much text does not wait', () => {
  const output = new Output();
  const lines = new GatheredLines(output);
  const line = `${'x'.repeat(999)}\n`;
  for (let count = 0; count < 70; count++) lines.write(line);
  expect(output.texts.map((text) => text.length)).toEqual([66_000]);
  lines.flushSync();
  expect(output.texts.map((text) => text.length)).toEqual([66_000, 4_000]);
});

it('the end of the process is listened for once, however many logs there are', () => {
  createLog('silent', true);
  const listeners = process.listenerCount('exit');
  for (let count = 0; count < 20; count++) createLog('silent', true);
  expect(process.listenerCount('exit')).toBe(listeners);
});
