export * from './device-client.ts';
export * from './device-error.ts';
