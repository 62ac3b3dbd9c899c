export * from './evaluate.ts';
export * from './fake-issuer.ts';
export * from './filter-text.ts';
export * from './manual-clock.ts';
export * from './memory-identity.ts';
export * from './memory-store.ts';
export * from './postgres.ts';
