/** `remote-help device …`: a token for a device; the rest of it is the agent's, under older names. */
import { deviceCommands } from '@open-remote-help/agent/commands';
import { foreign } from '@open-remote-help/agent/terminal';
import { type Command, textOf } from './command.ts';
import { SERVICE_OPTIONS, serviceClient } from './service-client.ts';

export const commands: readonly Command[] = [
  {
    name: 'device token',
    summary: 'Prints a token with which one device enrols, within a day.',
    options: {
      name: { value: 'NAME', doc: 'The name that the device gets, whatever it calls itself.' },
      device: { value: 'ID', doc: 'The device that enrols anew: one that was parked, or lost its key.' },
      ...SERVICE_OPTIONS,
    },
    run: async (args, terminal) => {
      const [deviceName, managedDeviceId] = [textOf(args, 'name'), textOf(args, 'device')];
      const { token } = await serviceClient(args).post('remoteHelp/enrollmentTokens', {
        ...(deviceName === undefined ? {} : { deviceName }),
        ...(managedDeviceId === undefined ? {} : { managedDeviceId }),
      });
      terminal.out(foreign(token));
      return 0;
    },
  },
  ...deviceCommands,
];
