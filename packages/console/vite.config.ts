/** Builds the console: pages, hashed assets, each also compressed, and `routes.json`, by which the server knows what to answer. */
import { resolve } from 'node:path';
import { defineConfig, type InlineConfig } from 'vite';
import { groupsOfFirstVisit } from './build/first-visit.ts';
import { compressed, firstLoad, listOfRoutes } from './build/plugins.ts';
import { DOCUMENTS } from './src/route-paths.ts';

/** Stands for the nonce of a response in the pages as built; the server fills it in. */
const NONCE = '{{nonce}}';

const base: InlineConfig = {
  root: import.meta.dirname,
  logLevel: 'warn',
  html: { cspNonce: NONCE },
  build: {
    target: 'es2022',
    // The policy lets scripts and styles in by address alone, so nothing becomes a data: URL.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1_000,
    rolldownOptions: {
      input: Object.fromEntries(
        DOCUMENTS.map((file) => [file.replace(/\.html$/, ''), resolve(import.meta.dirname, file)]),
      ),
      // `use client` of Fluent UI's modules means something to servers that draw React; there is none here.
      onLog: (level, log, handle) => {
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') handle(level, log);
      },
    },
  },
};

export default defineConfig(async () => ({
  ...base,
  build: {
    ...base.build,
    rolldownOptions: {
      ...base.build?.rolldownOptions,
      output: { codeSplitting: { groups: await groupsOfFirstVisit(base) } },
    },
  },
  plugins: [listOfRoutes(), firstLoad(), compressed()],
}));
