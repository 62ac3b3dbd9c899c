/**
 * What a schema change can't express as a new column: numbered statements, run once each, in order, never edited after
 * a release. The model's own tables and columns need no entry here.
 */
export interface Migration {
  readonly id: number;
  readonly name: string;
  readonly statements: readonly string[];
}

export const MIGRATIONS: readonly Migration[] = [];

/** Written into the database; a server that finds a greater one refuses to start. Raise it with each incompatible change. */
export const SCHEMA_VERSION = 2;
