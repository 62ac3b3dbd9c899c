/** `remote-help config` and `remote-help version`. */
import { describeConfig } from '../config.ts';
import { PRODUCT_VERSION } from '../version.ts';
import type { Command } from './command.ts';

export const commands: readonly Command[] = [
  {
    name: 'config',
    summary: 'Checks the settings and shows what is in force; secrets are withheld.',
    run: async (_args, terminal) => {
      for (const line of describeConfig()) terminal.out(line);
      return 0;
    },
  },
  {
    name: 'version',
    summary: 'Shows the version of Open Remote Help and of Node.',
    run: async (_args, terminal) => {
      terminal.out(`Open Remote Help ${PRODUCT_VERSION} on Node ${process.versions.node}`);
      return 0;
    },
  },
];
