/** `remote-help agent …`: everything that is done on a device itself. */
import type { Command } from './command.ts';
import { narrowCommand, settingsCommand, statusCommand, stopCommand } from './control.ts';
import { enroll, unenroll } from './enroll.ts';
import { historyCommand } from './history.ts';
import { deviceRun, runCommand } from './run.ts';

export const commands: readonly Command[] = [
  enroll,
  runCommand,
  statusCommand,
  stopCommand,
  narrowCommand,
  historyCommand,
  settingsCommand,
  unenroll,
];

/** The same under their older names. */
export const deviceCommands: readonly Command[] = [
  { ...enroll, name: 'device enroll', summary: 'As `agent enroll`.' },
  deviceRun,
];
