/** `remote-help backup` and `remote-help restore`. */
import { resolve } from 'node:path';
import { backUpData, restoreData } from '../backup.ts';
import { readConfig } from '../config.ts';
import { DomainError } from '../errors.ts';
import { type Command, onlyWord } from './command.ts';

export const commands: readonly Command[] = [
  {
    name: 'backup',
    words: 'FILE',
    summary:
      'Copies the embedded database to a new file while the service runs. The master key is not in it: keep it apart.',
    run: async (args, terminal) => {
      const file = resolve(onlyWord(args, 'the file to write'));
      await backUpData(readConfig(), file).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'EEXIST') throw new DomainError('conflict', `${file} exists already.`);
        throw error;
      });
      terminal.error(
        `Backed up to ${file}. Keep master.key of the data folder somewhere else: without it the backup opens nowhere.`,
      );
      return 0;
    },
  },
  {
    name: 'restore',
    words: 'FILE',
    summary:
      'Puts a backup in the place of the database, after checking both backup and master key. The service must be stopped.',
    run: async (args, terminal) => {
      const file = resolve(onlyWord(args, 'the backup to restore'));
      const former = await restoreData(readConfig(), file);
      terminal.error(`Restored ${file}.${former ? ` The database that was there is now ${former}.` : ''}`);
      return 0;
    },
  },
];
