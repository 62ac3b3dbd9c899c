export * from './device.ts';
export * from './device-client.ts';
export * from './device-error.ts';
export * from './device-lock.ts';
export * from './device-server.ts';
export * from './sharer.ts';
