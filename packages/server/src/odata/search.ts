/**
 * `$search` (OData URL conventions 5.1.7, and Graph's `"property:text"`): words and phrases become case-insensitive
 * `contains` over the searchable strings of the type.
 *
 *   search  = or end
 *   or      = and *( "OR" and )
 *   and     = not *( [ "AND" ] not )
 *   not     = "NOT" not / primary
 *   primary = "(" or ")" / word / phrase           ; in a phrase \" and \\ stand for " and \
 */
import { type EntityType, isSearchable, type Property } from '@open-remote-help/protocol';
import { BOOLEAN, type Expression, foldAscii, literal, STRING } from '../store/expression.ts';
import { Budget, refusal, refuseUnstorable, type Source, type Span } from './filter/source.ts';

/**
 * @param text decoded value of `$search`
 * @throws DomainError badRequest, target `$search` or the secret property that is named
 */
export function parseSearch(text: string, type: EntityType): Expression {
  const parser = new SearchParser({ option: '$search', text }, type);
  const expression = parser.or();
  parser.expectEnd();
  return expression;
}

interface Token extends Span {
  readonly kind: 'word' | 'phrase' | 'operator' | 'end';
  /** An operator as written, a phrase unescaped. */
  readonly value: string;
}

const SPACE = /[ \t]*/y;
const PHRASE = /"((?:[^"\\]|\\.)*)"/sy;
const WORD = /[^ \t()"]+/y;
const KEYWORDS: ReadonlySet<string> = new Set(['AND', 'OR', 'NOT']);

function nextToken(source: Source, from: number): Token {
  const { text } = source;
  const start = from + (matched(SPACE, text, from)?.[0].length ?? 0);
  const first = text[start];
  if (first === undefined) return { kind: 'end', value: '', start, end: start };
  if (first === '(' || first === ')') return { kind: 'operator', value: first, start, end: start + 1 };
  const word = matched(WORD, text, start)?.[0];
  if (word !== undefined) {
    return { kind: KEYWORDS.has(word) ? 'operator' : 'word', value: word, start, end: start + word.length };
  }
  const phrase = matched(PHRASE, text, start);
  if (!phrase) throw refusal(source, { start, end: text.length }, 'a phrase that is not closed');
  const value = (phrase[1] ?? '').replace(/\\(.)/gs, '$1');
  return { kind: 'phrase', value, start, end: start + phrase[0].length };
}

function matched(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** Each is looked for in every searchable property of every row. */
const MOST_TERMS = 10;

class SearchParser {
  readonly #source: Source;
  readonly #type: EntityType;
  readonly #budget: Budget;
  #terms = 0;
  #token: Token;

  constructor(source: Source, type: EntityType) {
    this.#source = source;
    this.#type = type;
    this.#budget = new Budget(source);
    this.#token = nextToken(source, 0);
  }

  or(): Expression {
    const operands = [this.#and()];
    while (this.#takes('OR')) operands.push(this.#and());
    return joinedBy('or', operands);
  }

  expectEnd(): void {
    if (this.#token.kind !== 'end') throw refusal(this.#source, this.#token, 'expected a word, a phrase or the end');
  }

  #and(): Expression {
    const operands = [this.#not()];
    while (this.#takes('AND') || this.#beginsTerm()) operands.push(this.#not());
    return joinedBy('and', operands);
  }

  #beginsTerm(): boolean {
    const { kind, value } = this.#token;
    return kind === 'word' || kind === 'phrase' || (kind === 'operator' && (value === 'NOT' || value === '('));
  }

  #not(): Expression {
    const not = this.#takes('NOT');
    if (!not) return this.#primary();
    const found = this.#budget.nested(not, () => this.#not());
    // A property that is null holds no text: made two-valued, so that NOT shows such rows.
    const isFound: Expression = {
      kind: 'comparison',
      type: BOOLEAN,
      operator: 'eq',
      left: found,
      right: literal(true),
    };
    return { kind: 'not', type: BOOLEAN, operand: isFound };
  }

  #primary(): Expression {
    const open = this.#takes('(');
    if (open) {
      const inner = this.#budget.nested(open, () => this.or());
      if (!this.#takes(')')) throw refusal(this.#source, this.#token, 'expected )');
      return inner;
    }
    const term = this.#token;
    if (term.kind !== 'word' && term.kind !== 'phrase') {
      throw refusal(this.#source, term, 'expected a word or a phrase');
    }
    this.#advance();
    if (++this.#terms > MOST_TERMS) throw refusal(this.#source, term, `more than ${MOST_TERMS} words and phrases`);
    this.#budget.spend(term);
    return this.#found(term);
  }

  #found(term: Token): Expression {
    refuseUnstorable(this.#source, term, term.value);
    const colon = term.value.indexOf(':');
    const name = term.value.slice(0, Math.max(colon, 0));
    const { properties } = this.#type;
    const named = Object.hasOwn(properties, name) ? properties[name] : undefined;
    const text = named ? term.value.slice(colon + 1) : term.value;
    if (text.trim() === '') throw refusal(this.#source, term, 'nothing to search for');
    if (named) {
      this.#refuseUnsearchable(term, name, named);
      return containsText(name, named, text);
    }
    const searchable = Object.entries(properties).filter(([, property]) => isSearchable(property));
    if (searchable.length === 0) throw refusal(this.#source, term, `${this.#type.name} has nothing to search in`);
    return joinedBy(
      'or',
      searchable.map(([property, declaration]) => containsText(property, declaration, text)),
    );
  }

  #refuseUnsearchable(term: Token, name: string, property: Property): void {
    if (property.isSecret) {
      throw refusal(this.#source, term, `${name} is secret: it can't be filtered, sorted or searched`, name);
    }
    if (!isSearchable(property)) throw refusal(this.#source, term, `${name} can't be searched`);
  }

  #takes(operator: string): Token | undefined {
    return this.#token.kind === 'operator' && this.#token.value === operator ? this.#advance() : undefined;
  }

  #advance(): Token {
    const token = this.#token;
    this.#token = nextToken(this.#source, token.end);
    return token;
  }
}

function containsText(name: string, property: Property, text: string): Expression {
  const value: Expression = { kind: 'property', type: STRING, path: [name], property };
  const folded: Expression = { kind: 'call', type: STRING, name: 'tolower', args: [value] };
  return { kind: 'call', type: BOOLEAN, name: 'contains', args: [folded, literal(foldAscii(text))] };
}

function joinedBy(kind: 'and' | 'or', operands: readonly Expression[]): Expression {
  const [first] = operands;
  return first && operands.length === 1 ? first : { kind, type: BOOLEAN, operands };
}
