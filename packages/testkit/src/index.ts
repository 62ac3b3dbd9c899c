export * from './manual-clock.ts';
export * from './memory-store.ts';
