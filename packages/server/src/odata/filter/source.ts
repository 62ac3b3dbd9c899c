/** The text of a query option, the places in it, and refusals that point at them. */
import { DomainError } from '../../errors.ts';

/** A decoded query option: `option` is its name with `$`, for messages. */
export interface Source {
  readonly option: string;
  readonly text: string;
}

/** A piece of the text, in UTF-16 code units; `end` is exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

const LONGEST_QUOTE = 40;

/** A 400 that says what is wrong, at which character (counted from 1), and quotes the piece. */
export function refusal(source: Source, span: Span, what: string, target = source.option): DomainError {
  const place = `position ${span.start + 1}: ${quoted(source.text.slice(span.start, span.end))}`;
  return new DomainError('badRequest', `${source.option}: ${what}, at ${place}`, { target });
}

function quoted(piece: string): string {
  if (piece === '') return 'end of text';
  const characters = [...piece.slice(0, 2 * LONGEST_QUOTE + 2)];
  const isLong = characters.length > LONGEST_QUOTE;
  return `"${characters.slice(0, LONGEST_QUOTE).join('')}${isLong ? '…' : ''}"`.toWellFormed();
}

/** @throws DomainError when the text holds what no stored string can: U+0000, half of a surrogate pair */
export function refuseUnstorable(source: Source, span: Span, value: string): void {
  if (value.includes('\0')) throw refusal(source, span, 'U+0000 can be in no value');
  if (!value.isWellFormed()) throw refusal(source, span, 'half of a surrogate pair can be in no value');
}

const MOST_NODES = 100;
const DEEPEST_NESTING = 32;

/**
 * Bounds what one option may ask: literals, properties, operators and calls count as nodes; parentheses, calls and
 * `not` as nesting. Both are checked while parsing, so that no text can exhaust the stack.
 */
export class Budget {
  readonly #source: Source;
  #nodes = 0;
  #depth = 0;

  constructor(source: Source) {
    this.#source = source;
  }

  /** Counts a node that stands at `span`. */
  spend(span: Span): void {
    if (++this.#nodes > MOST_NODES) {
      throw refusal(this.#source, span, `more than ${MOST_NODES} literals, properties, operators and calls`);
    }
  }

  /** Parses one level deeper. */
  nested<T>(span: Span, parse: () => T): T {
    if (++this.#depth > DEEPEST_NESTING) {
      throw refusal(this.#source, span, `nested deeper than ${DEEPEST_NESTING} levels`);
    }
    const result = parse();
    this.#depth--;
    return result;
  }
}
