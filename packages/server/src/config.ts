/**
 * The settings as they are given. Nobody else reads the environment; one schema (`config-schema.ts`) gives type, default
 * and check here, and the table of `docs/operations.md`.
 */
import { ConfigError, refuseContradictions } from './config-contradictions.ts';
import { type Config, SETTINGS, type Setting } from './config-schema.ts';

export { ConfigError } from './config-contradictions.ts';
export type { Config, Port } from './config-schema.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads every setting.
 * @param environment `process.env` unless a test gives another
 * @throws ConfigError that names the first setting at fault
 */
export function readConfig(environment: Environment = process.env): Config {
  refuseUnknown(environment);
  const entries = Object.entries(SETTINGS).map(([key, declared]) => [key, readSetting(declared, environment)]);
  const config = Object.fromEntries(entries) as Config;
  refuseContradictions(config);
  return config;
}

/** Rows of the settings table: name, default, doc. */
export function settingRows(): readonly { name: string; defaultText: string | undefined; doc: string }[] {
  return Object.values(SETTINGS).map(({ name, defaultText, doc }) => ({ name, defaultText, doc }));
}

/** Effective settings as text, secrets withheld, for `remote-help config`. */
export function describeConfig(environment: Environment = process.env): string[] {
  readConfig(environment);
  return Object.values(SETTINGS as Readonly<Record<string, Setting<unknown>>>).map(
    ({ name, defaultText, isSecret }) => {
      const given = givenText(environment, name);
      if (given === undefined) return `${name}=${defaultText ?? ''}`;
      return `${name}=${isSecret ? '(hidden)' : given}`;
    },
  );
}

function givenText(environment: Environment, name: string): string | undefined {
  const text = environment[name]?.trim();
  return text === '' ? undefined : text;
}

function readSetting({ name, defaultText, read }: Setting<unknown>, environment: Environment): unknown {
  const text = givenText(environment, name) ?? defaultText;
  if (text === undefined) return undefined;
  try {
    return read(text);
  } catch (error) {
    throw new ConfigError(`${name} ${(error as Error).message}.`);
  }
}

/** A misspelt name would otherwise silently leave the default in force. */
function refuseUnknown(environment: Environment): void {
  const known = new Set(Object.values(SETTINGS).map(({ name }) => name as string));
  const unknown = Object.keys(environment).find((name) => name.startsWith('REMOTE_HELP_') && !known.has(name));
  if (unknown) throw new ConfigError(`${unknown} is no setting. \`remote-help config\` lists them all.`);
}
