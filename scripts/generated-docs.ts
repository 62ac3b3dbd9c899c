/** The parts of the documents that code knows better: tables between `<!-- generated:name -->` and `<!-- /generated -->`. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { model, type Permissions } from '../packages/protocol/src/index.ts';
import { settingRows } from '../packages/server/src/config.ts';
import { ERROR_CODES, type ErrorCode } from '../packages/server/src/errors.ts';
import { HTTP_ERRORS } from '../packages/server/src/odata/error-body.ts';

const ROOT = resolve(import.meta.dirname, '..');

/** Documents that hold generated parts, by path from the root. */
export const GENERATED_DOCUMENTS = ['docs/operations.md', 'docs/spec/errors.md', 'docs/spec/identity.md'];

const PARTS: Readonly<Record<string, () => string>> = {
  settings: () =>
    table(
      ['Setting', 'Default', 'Meaning'],
      settingRows().map(({ name, defaultText, doc }) => [
        `\`${name}\``,
        defaultText === undefined ? '' : `\`${defaultText}\``,
        doc,
      ]),
    ),
  errors: () =>
    table(
      ['Code here', 'Status', '`error.code`', 'Meaning'],
      (Object.keys(ERROR_CODES) as ErrorCode[])
        .toSorted((a, b) => HTTP_ERRORS[a].status - HTTP_ERRORS[b].status)
        .map((code) => [
          `\`${code}\``,
          String(HTTP_ERRORS[code].status),
          `\`${HTTP_ERRORS[code].code}\``,
          ERROR_CODES[code],
        ]),
    ),
  permissions: () =>
    table(
      ['Paths', 'To read', 'To write or act'],
      [...Map.groupBy(served(), ({ read, write }) => JSON.stringify([read, write])).values()].map((group) => [
        group.map(({ path }) => `\`/${path}\``).join(', '),
        names(group[0]?.read ?? []),
        names(group[0]?.write ?? []),
      ]),
    ),
};

/** Everything with a path, and the permissions of each. */
function served(): { readonly path: string; readonly read: Permissions; readonly write: Permissions }[] {
  const actions = model.operations.flatMap(({ boundTo, name, permissions }) =>
    model.sets
      .filter((set) => boundTo.includes(set.name))
      .map((set) => ({ path: `${set.path}/{id}/${name}`, read: [], write: permissions })),
  );
  return [...model.sets.map(({ path, permissions }) => ({ path, ...permissions })), ...actions];
}

function names(permissions: Permissions): string {
  return permissions.map((permission) => `\`${permission}\``).join(' ') || '–';
}

/** The text of a document with its generated parts made anew. */
export function withGeneratedParts(path: string): { readonly present: string; readonly wanted: string } {
  const present = readFileSync(resolve(ROOT, path), 'utf8');
  const wanted = present.replace(
    /(<!-- generated:(\w+) -->\n)[\s\S]*?(<!-- \/generated -->)/g,
    (_, open: string, name: string, close: string) => {
      const part = PARTS[name];
      if (!part) throw new Error(`${path}: nothing generates ${name}`);
      return `${open}${part()}\n${close}`;
    },
  );
  return { present, wanted };
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
