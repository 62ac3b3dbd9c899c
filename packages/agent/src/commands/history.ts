/** `remote-help agent history`: who asked, looked and did what on this device. */
import { agentFiles } from '../agent-files.ts';
import { type HistoryRecord, readHistory } from '../history.ts';
import type { Helper } from '../sharer.ts';
import { END_REASON_TEXTS, foreign, grantsText } from '../terminal/text.ts';
import { type Command, textOf, UsageError } from './command.ts';
import { FILE_OPTION, fileOf } from './device-option.ts';

const USUAL = 50;

export const historyCommand: Command = {
  name: 'agent history',
  summary: 'Prints who asked, who looked, when, and what they could do: what this device wrote down itself.',
  options: {
    last: { value: 'NUMBER', doc: `So many entries; ${USUAL} when left out.` },
    json: { doc: 'Print a JSON object a line, for programs.' },
    ...FILE_OPTION,
  },
  run: async (args, terminal) => {
    const last = textOf(args, 'last') ?? String(USUAL);
    if (!/^[1-9]\d{0,6}$/.test(last)) throw new UsageError('--last takes a whole number.');
    const { records, unreadable } = await readHistory(agentFiles(fileOf(args)));
    for (const record of records.slice(-Number(last))) {
      terminal.out(args.options.json ? JSON.stringify(record) : historyLine(record));
    }
    if (unreadable > 0) terminal.error(`${unreadable} lines could not be read.`);
    if (records.length === 0) terminal.error('Nobody has asked yet.');
    return 0;
  },
};

/** The time is in UTC. */
export function historyLine(record: HistoryRecord): string {
  return `${foreign(record.at).replace('T', ' ').slice(0, 19)}Z  ${(record.session ?? '').padEnd(12)}  ${textOfRecord(record)}`;
}

const HOW = {
  byPerson: 'declined',
  reported: 'declined and reported',
  bySilence: 'declined, as nobody answered',
  switchedOff: 'declined, as the agent was switched off',
};

const DID = {
  came: 'came',
  left: 'left',
  looked: 'sees the screen from now on',
  lookedAway: 'does not see the screen any more',
};

const WANTED = {
  unattendedIsOff: 'wanted to come in with nobody here, which is off',
  askedTooOften: 'asked after too many requests within an hour',
};

function textOfRecord(record: HistoryRecord): string {
  switch (record.event) {
    case 'asked': {
      const { reason, ticket } = record.helperSays;
      const words = [reason, ticket].filter((text) => text !== null).map((text) => `“${foreign(text)}”`);
      const saying = words.length === 0 ? '' : `, saying ${words.join(', ')}`;
      return `${who(record.helper)} asked to ${grantsText(record.wants)}${record.isUnattended ? ' with nobody here' : ''}${saying}`;
    }
    case 'allowed':
      return `allowed ${who(record.helper)} to ${grantsText(record.grants)}`;
    case 'declined':
      return HOW[record.how];
    case 'withdrawn':
      return record.why === 'timedOut' ? 'nobody answered in time' : 'the request was taken back';
    case 'refused':
      return `${who(record.helper)} ${WANTED[record.why]}: declined`;
    case 'gathered':
      return `and more, counted alone: ${Object.entries(record.counts)
        .map(([event, count]) => `${count} × ${foreign(event)}`)
        .join(', ')}`;
    case 'began':
      return `the session began: ${who(record.helper)} may ${grantsText(record.grants)}`;
    case 'grants':
      return `helpers may ${grantsText(record.grants)} from now on`;
    case 'came':
    case 'left':
    case 'looked':
    case 'lookedAway':
      return `${foreign(record.name, 'somebody without a name')} ${DID[record.event]}`;
    case 'failed':
      return foreign(record.what);
    case 'ended':
      return `the session ended: ${END_REASON_TEXTS[record.reason] ?? foreign(record.reason)}`;
  }
}

function who({ name, mail, organization }: Helper): string {
  const address = mail === null ? '' : ` <${foreign(mail)}>`;
  return `${foreign(name, 'somebody without a name')}${address} of ${foreign(organization, 'an unknown organisation')}`;
}
