/** `$filter` and `$orderby`, from text to typed trees. */
import type { EntityType } from '@open-remote-help/protocol';
import type { Expression } from '../../store/expression.ts';
import type { OrderBy } from '../../store/store.ts';
import { bind, bindCondition } from './bind.ts';
import { parseFilterSyntax, parseOrderBySyntax } from './parser.ts';
import { refusal, type Source } from './source.ts';

/**
 * @param text decoded value of `$filter`
 * @throws DomainError badRequest, target `$filter` or the secret property that is named
 */
export function parseFilter(text: string, type: EntityType): Expression {
  const source: Source = { option: '$filter', text };
  return bindCondition(source, type, parseFilterSyntax(source));
}

/**
 * @param text decoded value of `$orderby`
 * @throws DomainError badRequest, target `$orderby` or the secret property that is named
 */
export function parseOrderBy(text: string, type: EntityType): OrderBy[] {
  const source: Source = { option: '$orderby', text };
  return parseOrderBySyntax(source).map(({ expression: syntax, isDescending }) => {
    if (syntax.kind !== 'path' && syntax.kind !== 'call') {
      throw refusal(source, syntax, 'expected a property or a function of properties');
    }
    return { expression: bind(source, type, syntax), isDescending };
  });
}
