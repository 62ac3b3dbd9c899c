/**
 * Tokens to a syntax tree, by recursive descent with one token of look-ahead. The grammar is the part of OData ABNF 4.01
 * that is served; spaces and tabs may stand between any two tokens:
 *
 *   filter     = or end
 *   orderby    = item *( "," item ) end
 *   item       = or [ "asc" / "desc" ]
 *   or         = and *( "or" and )
 *   and        = comparison *( "and" comparison )
 *   comparison = unary [ relation unary / "in" list / "has" literal ]      ; never chained: a eq b eq c is refused
 *   relation   = "eq" / "ne" / "gt" / "ge" / "lt" / "le"
 *   unary      = "not" unary / primary
 *   primary    = "(" or ")" / literal / name "(" [ or *( "," or ) ] ")" / name [ "/" name ]
 *   list       = "(" [ literal *( "," literal ) ] ")"
 *   literal    = string / typed / number / instant / guid / "true" / "false" / "null"
 */
import type { ComparisonOperator } from '../../store/expression.ts';
import { nextToken, type Token } from './lexer.ts';
import { Budget, refusal, type Source, type Span } from './source.ts';
import type { LiteralSyntax, OrderItemSyntax, Syntax } from './syntax.ts';

const RELATIONS: ReadonlySet<string> = new Set<ComparisonOperator>(['eq', 'ne', 'gt', 'ge', 'lt', 'le']);
const ARITHMETIC: ReadonlySet<string> = new Set(['add', 'sub', 'mul', 'div', 'divby', 'mod']);
const OPERATORS: ReadonlySet<string> = new Set([...RELATIONS, ...ARITHMETIC, 'and', 'or', 'not', 'in', 'has']);
const UNSERVED_NUMBERS: ReadonlySet<string> = new Set(['NaN', 'INF']);

/** @throws DomainError badRequest, with the place */
export function parseFilterSyntax(source: Source): Syntax {
  const parser = new Parser(source);
  const syntax = parser.or();
  parser.expectEnd('an operator');
  return syntax;
}

/** @throws DomainError badRequest, with the place */
export function parseOrderBySyntax(source: Source): OrderItemSyntax[] {
  const parser = new Parser(source);
  const items = [parser.orderItem()];
  while (parser.takes('mark', ',')) items.push(parser.orderItem());
  parser.expectEnd('asc, desc, a comma');
  return items;
}

class Parser {
  readonly #source: Source;
  readonly #budget: Budget;
  #token: Token;

  constructor(source: Source) {
    this.#source = source;
    this.#budget = new Budget(source);
    this.#token = nextToken(source, 0);
  }

  orderItem(): OrderItemSyntax {
    const expression = this.or();
    const isDescending = this.takes('name', 'desc') !== undefined;
    if (!isDescending) this.takes('name', 'asc');
    return { expression, isDescending };
  }

  or(): Syntax {
    return this.#joined('or', () => this.#joined('and', () => this.#comparison()));
  }

  /** `otherwise` names what else might stand there. */
  expectEnd(otherwise: string): void {
    const token = this.#token;
    if (token.kind === 'end') return;
    if (token.kind === 'name' && OPERATORS.has(token.value.toLowerCase())) {
      throw this.#refuse(token, OPERATORS.has(token.value) ? 'a misplaced operator' : 'operators are lower-case');
    }
    throw this.#refuse(token, `expected ${otherwise} or the end`);
  }

  /** Takes the token if it is this one. */
  takes(kind: Token['kind'], value: string): Token | undefined {
    const token = this.#token;
    return token.kind === kind && token.value === value ? this.#advance() : undefined;
  }

  #joined(kind: 'and' | 'or', parse: () => Syntax): Syntax {
    const first = parse();
    const operands = [first];
    for (let operator = this.takes('name', kind); operator; operator = this.takes('name', kind)) {
      this.#budget.spend(operator);
      operands.push(parse());
    }
    return operands.length === 1 ? first : { kind, operands, ...spanOf(operands) };
  }

  #comparison(): Syntax {
    const left = this.#unary();
    const operator = this.#token;
    if (operator.kind !== 'name') return left;
    if (RELATIONS.has(operator.value)) {
      this.#budget.spend(this.#advance());
      const right = this.#unary();
      this.#refuseChain();
      const relation = operator.value as ComparisonOperator;
      return { kind: 'comparison', operator: relation, left, right, ...spanOf([left, right]) };
    }
    if (operator.value === 'in') {
      this.#budget.spend(this.#advance());
      const list = this.#list();
      return { kind: 'in', left, list, start: left.start, end: list.at(-1)?.end ?? operator.end };
    }
    if (operator.value === 'has') {
      this.#budget.spend(this.#advance());
      const right = this.#literal();
      return { kind: 'has', left, right, ...spanOf([left, right]) };
    }
    if (ARITHMETIC.has(operator.value)) throw this.#refuse(operator, `the operator ${operator.value} is not supported`);
    return left;
  }

  #refuseChain(): void {
    if (this.#token.kind === 'name' && RELATIONS.has(this.#token.value)) {
      throw this.#refuse(this.#token, 'a comparison of a comparison needs parentheses');
    }
  }

  #unary(): Syntax {
    const not = this.takes('name', 'not');
    if (!not) return this.#primary();
    this.#budget.spend(not);
    const operand = this.#budget.nested(not, () => this.#unary());
    return { kind: 'not', operand, start: not.start, end: operand.end };
  }

  #primary(): Syntax {
    const open = this.takes('mark', '(');
    if (open) {
      const inner = this.#budget.nested(open, () => this.or());
      this.#expectMark(')');
      return inner;
    }
    const literal = this.#tryLiteral();
    if (literal) return literal;
    const name = this.#token;
    if (name.kind !== 'name' || OPERATORS.has(name.value)) throw this.#refuse(name, 'expected a value');
    if (UNSERVED_NUMBERS.has(name.value)) throw this.#refuse(name, `${name.value} is not supported`);
    this.#budget.spend(this.#advance());
    return this.#token.kind === 'mark' && this.#token.value === '(' ? this.#call(name) : this.#path(name);
  }

  #call(name: Token): Syntax {
    const open = this.#expectMark('(');
    const args: Syntax[] = [];
    this.#budget.nested(open, () => {
      if (this.#token.kind === 'mark' && this.#token.value === ')') return;
      do args.push(this.or());
      while (this.takes('mark', ','));
    });
    const close = this.#expectMark(')');
    return { kind: 'call', name: name.value, args, start: name.start, end: close.end };
  }

  #path(first: Token): Syntax {
    if (!this.takes('mark', '/')) return { kind: 'path', names: [first.value], start: first.start, end: first.end };
    const member = this.#token;
    if (member.kind !== 'name' || OPERATORS.has(member.value)) throw this.#refuse(member, 'expected a name after /');
    if (member.value === 'any' || member.value === 'all') {
      throw this.#refuse(member, `the lambda operator ${member.value} is not supported`);
    }
    this.#advance();
    const deeper = this.takes('mark', '/');
    if (deeper) throw this.#refuse(deeper, 'a path of more than two names is not supported');
    return { kind: 'path', names: [first.value, member.value], start: first.start, end: member.end };
  }

  #list(): LiteralSyntax[] {
    this.#expectMark('(');
    const list: LiteralSyntax[] = [];
    if (this.takes('mark', ')')) return list;
    do list.push(this.#literal());
    while (this.takes('mark', ','));
    this.#expectMark(')');
    return list;
  }

  #literal(): LiteralSyntax {
    const literal = this.#tryLiteral();
    if (!literal) throw this.#refuse(this.#token, 'expected a literal');
    return literal;
  }

  #tryLiteral(): LiteralSyntax | undefined {
    const token = this.#token;
    const form = literalForm(token);
    if (!form) return undefined;
    this.#budget.spend(this.#advance());
    const { value, start, end, typeName } = token;
    return { kind: 'literal', form, value, start, end, ...(typeName === undefined ? {} : { typeName }) };
  }

  #expectMark(mark: '(' | ')'): Token {
    const token = this.takes('mark', mark);
    if (!token) throw this.#refuse(this.#token, `expected ${mark}`);
    return token;
  }

  #advance(): Token {
    const token = this.#token;
    this.#token = nextToken(this.#source, token.end);
    return token;
  }

  #refuse(span: Span, what: string): Error {
    return refusal(this.#source, span, what);
  }
}

function literalForm(token: Token): LiteralSyntax['form'] | undefined {
  switch (token.kind) {
    case 'string':
    case 'typed':
    case 'number':
    case 'instant':
    case 'guid':
      return token.kind;
    case 'name':
      if (token.value === 'null') return 'null';
      return token.value === 'true' || token.value === 'false' ? 'boolean' : undefined;
    default:
      return undefined;
  }
}

function spanOf(parts: readonly Span[]): Span {
  return { start: parts[0]?.start ?? 0, end: parts.at(-1)?.end ?? 0 };
}
