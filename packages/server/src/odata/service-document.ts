/** The service document (OData JSON 4.01, 5): what stands below the service root. */
import type { Model } from '@open-remote-help/protocol';
import { entityContainer } from './entity-container.ts';

/** JSON-ready. */
export interface ServiceDocument {
  readonly '@odata.context': string;
  readonly value: readonly { readonly name: string; readonly kind: 'EntitySet' | 'Singleton'; readonly url: string }[];
}

/**
 * @param serviceRoot without a slash at its end: `https://host/beta`
 */
export function serviceDocument(model: Model, serviceRoot: string): ServiceDocument {
  // A set of containers, `users`, can't be listed itself: `$metadata` says so with IncludeInServiceDocument.
  const listed = entityContainer(model).resources.filter(
    (resource) => 'set' in resource || resource.kind === 'Singleton',
  );
  return {
    '@odata.context': `${serviceRoot}/$metadata`,
    value: listed.map(({ name, kind }) => ({ name, kind, url: name })),
  };
}
