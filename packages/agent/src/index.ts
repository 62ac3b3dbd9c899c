export * from './device.ts';
export * from './device-client.ts';
export * from './device-error.ts';
export * from './device-lock.ts';
export * from './device-server.ts';
export * from './put-question.ts';
export * from './sharer.ts';
