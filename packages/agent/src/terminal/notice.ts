/** What happens on the device, in words. Pure. */
import type { Notice } from '../sharer.ts';
import { durationText, END_REASON_TEXTS, foreign, grantsText, type Styler } from './text.ts';

const NAMELESS = 'somebody without a name';

/** The lines of a notice. @param now epoch milliseconds */
export function noticeLines(notice: Notice, now: number, style: Styler): string[] {
  switch (notice.kind) {
    case 'online':
      return [style('green', 'This device is on: helpers can ask. Nobody sees anything before you say yes.')];
    case 'offline':
      return [style('yellow', 'The server cannot be reached; trying again.')];
    case 'withdrawn':
      return [
        notice.why === 'timedOut' ? 'Nobody answered in time: it counts as a no.' : 'The request was taken back.',
      ];
    case 'refusedUnattended':
      return [
        `${foreign(notice.helper.name, NAMELESS)} wanted to come in with nobody here: declined.`,
        style('dim', '`remote-help agent settings --unattended on` allows that on this device.'),
      ];
    case 'refusedUnasked':
      return [`${foreign(notice.helper.name, NAMELESS)} asked too: declined, after too many requests within an hour.`];
    case 'began':
      return [
        style('green', `The session is on: ${foreign(notice.helper.name, NAMELESS)} may ${grantsText(notice.grants)}.`),
        endLine(notice, now),
      ];
    case 'granted':
      return [`Helpers may ${grantsText(notice.grants)}.`];
    case 'presence':
      return [`${foreign(notice.name, NAMELESS)} ${notice.isPresent ? 'is here' : 'has left'}.`];
    case 'looking':
      return [
        notice.isLooking
          ? style('yellow', `${foreign(notice.name, NAMELESS)} sees this screen now.`)
          : `${foreign(notice.name, NAMELESS)} does not see this screen any more.`,
      ];
    case 'interrupted':
      return [style('yellow', 'The connection of the session is broken; trying again.')];
    case 'resumed':
      return ['The connection of the session is back.'];
    case 'sealed':
      return sealedLines(notice, style);
    case 'chat':
      return [`${style('bold', foreign(notice.name, NAMELESS))}: ${foreign(notice.text)}`];
    case 'renewed':
      return [`The session was extended: it ends in ${durationText(notice.expiresAt - now)}.`];
    case 'policy':
      return [notice.isChatBlocked ? 'Chat is switched off for this organisation.' : 'Chat is on.'];
    case 'failed':
      return [style('red', `${notice.what}: ${foreign(notice.why)}`)];
    case 'ended':
      return [style('bold', `The session is over: ${END_REASON_TEXTS[notice.reason] ?? notice.reason}.`)];
  }
}

function endLine({ expiresAt, latestAt }: Extract<Notice, { kind: 'began' }>, now: number): string {
  const end = `It ends by itself in ${durationText(expiresAt - now)}`;
  if (latestAt === undefined) return `${end}.`;
  return `${end}; helpers can make that ${durationText(latestAt - now)}, and no more.`;
}

function sealedLines({ name, assurance }: Extract<Notice, { kind: 'sealed' }>, style: Styler): string[] {
  const who = foreign(name, NAMELESS);
  if (assurance.kind === 'serverKey') {
    return [style('yellow', `Chat with ${who} is encrypted, but the server could read it.`)];
  }
  const digits = `${assurance.digits.slice(0, 3)} ${assurance.digits.slice(3)}`;
  return [
    `Chat with ${who} is sealed from end to end. Six digits: ${style('bold', digits)}`,
    'Ask which six digits they see. If theirs are others, somebody reads along: stop the session.',
  ];
}
