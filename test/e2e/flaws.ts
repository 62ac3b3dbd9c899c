/** What axe finds wrong with a page for people who use it otherwise than by eye and mouse. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface WithAxe {
  readonly axe: {
    run(context: { readonly exclude: readonly string[][] }): Promise<{
      readonly violations: readonly { readonly id: string; readonly nodes: readonly { readonly html: string }[] }[];
    }>;
  };
}

/** Fluent's guards at the ends of the page hand the focus on at once, and are no place where anybody ends up. */
const GUARDS = [['[data-tabster-dummy]']];

/** Each flaw: the rule, and where. */
export async function flawsOf(page: Page): Promise<readonly string[]> {
  await page.evaluate(AXE);
  const violations = await page.evaluate(
    async (exclude) => (await (globalThis as unknown as WithAxe).axe.run({ exclude })).violations,
    GUARDS,
  );
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}
