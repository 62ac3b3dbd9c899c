/** What dialog programs are started with, and what is made of how they end. */
import { HOSTILE_TEXTS } from '@open-remote-help/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EVERYTHING, type Question } from '../sharer.ts';
import { type Dialog, type DialogProgram, field, type Invocation } from './dialog.ts';
import { kdialog } from './programs/kdialog.ts';
import { osascript } from './programs/osascript.ts';
import { DIALOG_VARIABLE, powershell } from './programs/powershell.ts';
import { zenity, zenity4 } from './programs/zenity.ts';
import { questionDialog } from './question-dialog.ts';

const PROGRAMS: readonly (readonly [string, DialogProgram])[] = [
  ['zenity 3', zenity],
  ['zenity 4', zenity4],
  ['kdialog', kdialog],
  ['PowerShell', powershell],
  ['osascript', osascript],
];
const NOW = 1_800_000_000_000;
/** Texts that try to be markup, an option, a command, a script, an escape. */
const SCRIPTS = [
  '<b>Anna</b>',
  '<img src="file:///etc/passwd">',
  '&#x202e;&amp;',
  '--ok-label=Decline',
  '-e',
  '$(id) `id` %PATH% $env:USERNAME',
  '"; do shell script "id"; "',
  "'; calc.exe; '",
  'Anna\\nof IT support',
  '\\342\\200\\256gnp.exe',
  'Decline',
];
const foreign = fc.oneof(fc.constantFrom(...HOSTILE_TEXTS, ...SCRIPTS), fc.string({ unit: 'binary', maxLength: 200 }));

function dialogOf(name: string, mail: string, reason: string, ticket: string): Dialog {
  const helper = { userId: 'anna', name, mail, organization: name };
  const question: Question = {
    ...{ kind: 'session', sessionKey: 'rh_key', helper, helperSays: { reason, ticket } },
    ...{ wants: EVERYTHING, until: NOW + 300_000, isUnattended: false },
  };
  return questionDialog(question, NOW);
}

const USUAL = dialogOf('Anna', 'anna@example.org', 'Your printer', 'INC-7');

/** The text that the program is given, as it will show it. */
function textIn({ args, environment, input }: Invocation, program: DialogProgram): string {
  if (program.name === 'zenity') {
    // As zenity reads it: a line, C escapes in it, and from 4 on Pango's markup.
    const line = /^# (.*)\n$/.exec(input ?? '')?.[1] ?? '';
    const text = line.replace(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
    expect(program === zenity || /^(?:[^<>&]|&(?:amp|lt|gt);)*$/.test(text)).toBe(true);
    return program === zenity ? text : unescaped(text);
  }
  if (program === powershell) return JSON.parse(environment?.[DIALOG_VARIABLE] ?? '').text.replaceAll('\r\n', '\n');
  if (program === osascript) return args[4] ?? '';
  const html = args[args.indexOf('--menu') + 1] ?? '';
  expect(html).toMatch(/^<qt>(?:[^<>&\\]|<br>|&(?:amp|lt|gt|quot|#92);)*<\/qt>$/);
  return unescaped(html.slice(4, -5).replaceAll('<br>', '\n'));
}

function unescaped(text: string): string {
  const entities = { '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#92;': '\\', '&amp;': '&' };
  return text.replace(/&[^;]+;/g, (entity) => entities[entity as keyof typeof entities]);
}

// DEV-30
describe.each(PROGRAMS)('%s', (_name, program) => {
  it('is given foreign text as data: one argument, variable or input differs, in lines that stay where they are', () => {
    const usual = program.ask(USUAL);
    fc.assert(
      fc.property(foreign, foreign, foreign, foreign, (name, mail, reason, ticket) => {
        const dialog = dialogOf(name, mail, reason, ticket);
        const invocation = program.ask(dialog);
        expect(textIn(invocation, program)).toBe(dialog.lines.join('\n'));
        expect(dialog.lines).toHaveLength(USUAL.lines.length);
        expect(
          dialog.lines.filter((line) => /[[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\\]--[\u200c\u200d]]/v.test(line)),
        ).toEqual([]);
        expect(Math.max(...dialog.lines.map(({ length }) => length))).toBeLessThan(110);
        const others = invocation.args.filter((word, index) => word !== usual.args[index]);
        expect([invocation.command, invocation.args.length, others.length <= 1]).toEqual([
          ...[usual.command, usual.args.length, true],
        ]);
      }),
    );
  });

  it('means a button only by what that button gives', () => {
    // The Cancel of zenity 4 has nothing to say: it is the choice that closing means.
    const [, ...others] = USUAL.choices;
    for (const { id, label } of program === zenity4 ? others : USUAL.choices) {
      const pressed = { zenity: { code: 1, output: `${label}\n` }, osascript: { code: 0, output: `${label}\n` } };
      const outcome = program.name in pressed ? pressed[program.name as 'zenity'] : { code: 0, output: id };
      expect(program.chosen(USUAL, outcome)).toBe(id);
    }
  });

  it.each([
    ['closing, Escape', { code: 1, output: '' }],
    ['a timeout', { code: 5, output: '' }],
    ['a crash', { code: 139, output: 'all' }],
    ['a signal, or a program that is missing', { code: null, output: 'all' }],
    ['nothing', { code: 0, output: '' }],
    ['what nobody offered', { code: 0, output: 'everything' }],
  ])('has no answer in %s', (_what, outcome) => {
    expect(program.chosen(USUAL, outcome)).toBeUndefined();
  });

  it('gives what was typed, and nothing when it was closed', () => {
    expect(program.typed({ code: 0, output: 'Yes, thanks' })).toBe('Yes, thanks');
    expect(program.typed({ code: 1, output: 'Yes' })).toBeUndefined();
    const { args, environment } = program.entry({ title: 'T', text: 'Your answer', timeoutSeconds: 9 });
    expect([...args, environment?.[DIALOG_VARIABLE]].join(' ')).toContain('Your answer');
  });
});

describe('texts', () => {
  it.each([zenity, zenity4])('reach zenity on its standard input, and never its command line', (program) => {
    const hostile = dialogOf('Anna Berg', 'anna@example.org', 'the <printer>', 'INC-7 & more');
    expect(program.ask(hostile).args).toEqual(program.ask(USUAL).args);
    expect(program.retold?.(hostile.lines)).toBe(program.ask(hostile).input);
  });

  it('that are told to zenity are one line, whatever they hold', () => {
    fc.assert(
      fc.property(fc.array(foreign), (texts) => {
        const lines = texts.map((text) => field(text));
        expect(zenity.retold?.(lines).split('\n')).toHaveLength(2);
      }),
    );
  });
});

describe('scripts', () => {
  it('are the same whatever is shown', () => {
    const hostile = dialogOf('"; do shell script "id', '$(calc)', '`', "'");
    expect(powershell.ask(hostile).args).toEqual(powershell.ask(USUAL).args);
    expect(osascript.ask(hostile).args.slice(0, 3)).toEqual(osascript.ask(USUAL).args.slice(0, 3));
  });
});
