// Runs on any Node: `npm start` and `npm test` first see whether npm gave them the Node that the lock file pins.
import { readFileSync } from 'node:fs';

const { dependencies } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const pinned = `v${dependencies.node}`;
if (process.version !== pinned) {
  process.stderr.write(
    `This is Node ${process.version}; the project runs on ${pinned}, which \`npm ci\` puts into node_modules.\n` +
      'Run `npm ci` and start again through npm (`npm start`, `npm test`). If npm held back install scripts, allow the\n' +
      'one of the package `node`: `npm install-scripts approve node`, then `npm rebuild node`.\n',
  );
  process.exit(1);
}
