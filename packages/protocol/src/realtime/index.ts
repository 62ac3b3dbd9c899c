export * from './hub-connection.ts';
export * from './hub-frames.ts';
export * from './socket.ts';
