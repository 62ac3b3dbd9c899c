export type { RelayKeys } from '../events/derivation.ts';
export * from './binary-socket.ts';
export * from './limits.ts';
export * from './relay-control.ts';
export * from './relay-end.ts';
export * from './relay-offer.ts';
