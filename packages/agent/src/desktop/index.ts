export * from './desktop-sharer.ts';
export * from './dialog-runner.ts';
export * from './find-desktop.ts';
