/** Who answers for the device: the person at its desktop, or the one at the terminal that the agent runs in. */
import type { Readable, Writable } from 'node:stream';
import { type Clock, systemClock } from '../clock.ts';
import { DesktopSharer, type DialogRunner } from '../desktop/index.ts';
import type { Device } from '../device.ts';
import type { Sharer } from '../sharer.ts';
import { DeviceTerminal } from '../terminal/device-terminal.ts';
import { LiveTerminal } from '../terminal/live-terminal.ts';
import { noticeLines } from '../terminal/notice.ts';
import { foreign, plain, styled } from '../terminal/text.ts';

export interface Streams {
  readonly input: Readable;
  readonly output: Writable & { readonly columns?: number };
  readonly isInteractive: boolean;
}

export interface Person {
  readonly sharer: Sharer;
  /** Joined after this was made: each needs the other. */
  join(device: Device): void;
  /** As Ctrl+C: declines, or stops, or else switches off. */
  interrupt(): void;
  close(): void;
}

/** Asked in dialogs; what happens is printed besides. */
export function personAtDesktop(dialogs: DialogRunner, { output, isInteractive }: Streams): Person {
  const clock: Clock = systemClock;
  const desktop = new DesktopSharer({ clock, dialogs });
  const style = isInteractive ? styled : plain;
  const print = (...lines: readonly string[]) => output.write(`${lines.join('\n')}\n`);
  let device: Device | undefined;
  return {
    sharer: {
      decide: (question, signal) => {
        print(`${foreign(question.helper.name, 'Somebody')} asks: the question is on the screen.`);
        return desktop.decide(question, signal);
      },
      notice: (notice) => {
        desktop.notice(notice);
        print(...noticeLines(notice, clock.now(), style));
      },
    },
    join: (joined) => {
      device = joined;
      desktop.join(joined);
    },
    interrupt: () => void (device?.session ? device.stop() : device?.close()),
    close: () => desktop.close(),
  };
}

/** Asked where the agent runs; where nobody can type there, the answer is no. */
export function personAtTerminal({ input, output, isInteractive }: Streams): Person {
  const sharer = new DeviceTerminal(systemClock, isInteractive ? styled : plain);
  const terminal = new LiveTerminal({
    ...{ input, output, isInteractive },
    onLine: (line) => sharer.typed(line),
    onInterrupt: () => sharer.interrupted(),
    onEnd: () => sharer.deaf(),
  });
  return {
    sharer,
    join: (device) => sharer.join(terminal, device),
    interrupt: () => sharer.interrupted(),
    close: () => {
      sharer.close();
      terminal.close();
    },
  };
}
