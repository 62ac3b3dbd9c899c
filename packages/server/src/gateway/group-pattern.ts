/**
 * Group patterns of the wildcard roles (Web PubSub, "wildcard group roles"): `?` is one character other than a dot, `*` a
 * run without dots, `**` any run, and a backslash takes the special meaning from `\`, `*` and `?`.
 */
import { DomainError } from '../errors.ts';

/** At most so many `*` in one pattern. */
const MOST_STARS = 5;

type Token = { readonly kind: 'one' | 'run' | 'anyRun' } | { readonly kind: 'literal'; readonly character: string };

export class GroupPattern {
  readonly #tokens: readonly Token[];

  /** @throws DomainError badRequest for more than five stars, a dangling backslash or an empty pattern */
  constructor(pattern: string) {
    this.#tokens = tokensOf(pattern);
  }

  /** Takes time in proportion to both lengths, whatever the pattern: names come from clients. */
  matches(group: string): boolean {
    const tokens = this.#tokens;
    let reached = withEmptyRuns(tokens.map((_, index) => index === 0).concat(tokens.length === 0), tokens);
    for (const character of group) {
      const next = new Array<boolean>(tokens.length + 1).fill(false);
      tokens.forEach((token, index) => {
        if (!reached[index] || !accepts(token, character)) return;
        next[token.kind === 'run' || token.kind === 'anyRun' ? index : index + 1] = true;
      });
      reached = withEmptyRuns(next, tokens);
    }
    return reached[tokens.length] === true;
  }
}

function accepts(token: Token, character: string): boolean {
  if (token.kind === 'literal') return token.character === character;
  return token.kind === 'anyRun' || character !== '.';
}

/** Where a run begins, its end is reached too. */
function withEmptyRuns(reached: boolean[], tokens: readonly Token[]): boolean[] {
  tokens.forEach(({ kind }, index) => {
    if (reached[index] && (kind === 'run' || kind === 'anyRun')) reached[index + 1] = true;
  });
  return reached;
}

function tokensOf(pattern: string): Token[] {
  const tokens: Token[] = [];
  for (const [text] of pattern.matchAll(/\\[\s\S]?|\*\*?|[\s\S]/gu)) {
    if (text === '*') tokens.push({ kind: 'run' });
    else if (text === '**') tokens.push({ kind: 'anyRun' });
    else if (text === '?') tokens.push({ kind: 'one' });
    else if (!text.startsWith('\\')) tokens.push({ kind: 'literal', character: text });
    else if (/^\\[\\*?]$/.test(text)) tokens.push({ kind: 'literal', character: text.slice(1) });
    else throw refusal('A backslash stands before a backslash, a star or a question mark.');
  }
  if (tokens.length === 0) throw refusal('A group pattern is not empty.');
  if (starsIn(pattern) > MOST_STARS) throw refusal(`A group pattern has at most ${MOST_STARS} stars.`);
  return tokens;
}

function starsIn(pattern: string): number {
  return pattern.replace(/\\[\s\S]/g, '').split('*').length - 1;
}

function refusal(message: string): DomainError {
  return new DomainError('badRequest', message, { target: 'role' });
}
