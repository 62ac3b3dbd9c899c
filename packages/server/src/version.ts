import { readFileSync } from 'node:fs';

/** The version of the whole product, from the server's package.json. */
export const PRODUCT_VERSION: string = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
).version;
