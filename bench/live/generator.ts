/** The load of live connections, in a process of its own. The first wrong message ends the run. */

import type { ServedRound } from '../throughput.ts';
import { performIdle } from './idle.ts';
import type { LiveJob } from './jobs.ts';
import { performSessions } from './operations.ts';
import { performRecovery } from './recovery.ts';
import { performRelay } from './relay.ts';

function perform(job: LiveJob): Promise<ServedRound> {
  switch (job.kind) {
    case 'relay':
      return performRelay(job);
    case 'idle':
      return performIdle(job);
    case 'recovery':
      return performRecovery(job);
    case 'sessions':
      return performSessions(job);
  }
}

process.on('message', (job: LiveJob) => {
  perform(job).then(
    (round) => process.send?.({ round }),
    (error: Error) => process.send?.({ error: error.stack ?? error.message }),
  );
});
process.on('disconnect', () => process.exit());
