#!/usr/bin/env node
// Plain JavaScript, so that a Node too old to read TypeScript gets as far as saying so.
import module from 'node:module';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(`remote-help-agent needs Node 22.18 or newer, this is ${process.versions.node}.\n`);
  process.exit(1);
}
module.enableCompileCache?.();
const { run } = await import('../src/commands/main.ts');
process.exitCode = await run(process.argv.slice(2));
