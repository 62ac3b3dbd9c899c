export * from './live-terminal.ts';
export * from './text.ts';
