/** Dialogs on a real desktop: zenity under Xvfb, moved by keys as a person would. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { HOSTILE_TEXTS, startXDesktop, type XDesktop } from '@open-remote-help/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Dialog } from '../../src/desktop/dialog.ts';
import type { DialogRunner } from '../../src/desktop/dialog-runner.ts';
import { findDesktop } from '../../src/desktop/find-desktop.ts';
import { zenity } from '../../src/desktop/programs/zenity.ts';
import { questionDialog, TITLE } from '../../src/desktop/question-dialog.ts';
import { EVERYTHING, type Question } from '../../src/sharer.ts';

const NOW = 1_800_000_000_000;

let desktop: XDesktop;
let environment: NodeJS.ProcessEnv;
let dialogs: DialogRunner;
let abort: AbortController;

beforeAll(async () => {
  desktop = await startXDesktop(1280, 800);
  environment = desktop.env;
});
afterAll(() => desktop?.close());
beforeEach(async () => {
  dialogs = (await findDesktop({ ...environment, XDG_CURRENT_DESKTOP: 'GNOME' })) as DialogRunner;
  abort = new AbortController();
});
afterEach(() => abort.abort());

function dialogOf(name = 'Anna Berg', mail = 'anna@example.org', reason = 'Your printer', ticket = 'INC-7'): Dialog {
  const helper = { userId: 'anna', name, mail, organization: name };
  const question: Question = {
    ...{ kind: 'session', sessionKey: 'rh_key', helper, helperSays: { reason, ticket } },
    ...{ wants: EVERYTHING, until: NOW + 300_000, isUnattended: false },
  };
  return questionDialog(question, NOW);
}

const xdotool = (...words: string[]) => desktop.run('xdotool', ...words);
/** Settles once a window of that title is on the screen. */
const onScreen = (title = TITLE) => xdotool('search', '--sync', '--onlyvisible', '--name', `^${title}$`);
const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

/** Puts the dialog, presses the keys, and gives what came of it. */
async function after(keys: readonly string[], dialog = dialogOf()): Promise<string | undefined> {
  const chosen = dialogs.ask(dialog, abort.signal);
  await onScreen();
  for (const key of keys) await xdotool('key', key);
  return chosen;
}

// DEV-30
describe('zenity', () => {
  it('takes Enter for the no, Escape for no answer, and each button for what it says', async () => {
    expect(await after(['Return'])).toBe('decline');
    expect(await after(['Escape'])).toBeUndefined();
    expect(await after(['Tab', 'Return'])).toBe('report');
    expect(await after(['Tab', 'Tab', 'Return'])).toBe('view');
    expect(await after(['Tab', 'Tab', 'Tab', 'Return'])).toBe('control');
    expect(await after(['Tab', 'Tab', 'Tab', 'Tab', 'Return'])).toBe('all');
    expect(dialogs.open.size).toBe(0);
  });

  it('that is killed, times out or is missing has no answer', async () => {
    const chosen = dialogs.ask(dialogOf(), abort.signal);
    await onScreen();
    for (const pid of dialogs.open) process.kill(pid, 'SIGKILL');
    expect(await chosen).toBeUndefined();
    expect(await dialogs.ask({ ...dialogOf(), timeoutSeconds: 1 }, abort.signal)).toBeUndefined();
    expect(await findDesktop({ DISPLAY: desktop.display, PATH: '/nowhere' })).toBeUndefined();
    expect(await findDesktop({ PATH: process.env.PATH })).toBeUndefined();
  });

  it('is off the screen before the question counts as taken away', async () => {
    const chosen = dialogs.ask(dialogOf(), abort.signal);
    await onScreen();
    const [pid = 0] = dialogs.open;
    abort.abort();
    expect(await chosen).toBeUndefined();
    expect(isAlive(pid)).toBe(false);
  });

  it('gets hostile names, mails and words on its standard input, and offers what it always does', async () => {
    const scripts = ['<b>Anna</b>', '--ok-label=Decline', '$(id)', 'Anna\\nof IT', '\\342\\200\\256', '&#x202e;', "';"];
    const texts = [...HOSTILE_TEXTS, ...scripts];
    for (let index = 0; index < texts.length; index += 4) {
      const dialog = dialogOf(...texts.slice(index, index + 4));
      const chosen = dialogs.ask(dialog, abort.signal);
      await onScreen();
      const [pid] = dialogs.open;
      const argv = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0').slice(0, -1);
      expect(argv.slice(1)).toEqual(zenity.ask(dialogOf()).args);
      await xdotool('key', 'Return');
      expect(await chosen).toBe('decline');
    }
  });

  it('shows letters of any script where no locale is set', async () => {
    const { LANG: _, LC_ALL: __, LC_CTYPE: ___, ...bare } = environment;
    dialogs = (await findDesktop(bare)) as DialogRunner;
    expect(await after(['Tab', 'Return'], dialogOf('Зоя Ёлкина', 'zoë@example.org', '你好'))).toBe('report');
  });

  it('gives what is typed', async () => {
    const typed = dialogs.type({ title: 'Chat', text: 'Your answer', timeoutSeconds: 60 }, abort.signal);
    await onScreen('Chat');
    await xdotool('type', 'thanks a lot');
    await xdotool('key', 'Return');
    expect(await typed).toBe('thanks a lot');
  });

  it('does not outlive an agent that is killed', async () => {
    const script = `import { findDesktop } from '${new URL('../../src/desktop/find-desktop.ts', import.meta.url)}';
      const dialogs = await findDesktop();
      void dialogs.ask(${JSON.stringify(dialogOf())}, new AbortController().signal);
      console.log([...dialogs.open].join());`;
    const agent = spawn(process.execPath, ['--input-type=module', '-e', script], {
      env: environment,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = await once(createInterface({ input: agent.stdout }), 'line');
    await onScreen();
    expect(isAlive(Number(line))).toBe(true);
    agent.kill('SIGKILL');
    await expect.poll(() => isAlive(Number(line)), { timeout: 10_000 }).toBe(false);
  });
});
