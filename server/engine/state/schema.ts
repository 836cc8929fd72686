import type { DatabaseSync } from 'node:sqlite';
import { SandboxError } from '../errors/index.ts';

/** Times are milliseconds since 1970, UTC. Each entry leads from the version before to its own. */
const MIGRATIONS = [
  `CREATE TABLE sandboxes (
     id INTEGER PRIMARY KEY,
     file TEXT NOT NULL,
     name TEXT NOT NULL,
     UNIQUE (file, name)
   ) STRICT;
   CREATE TABLE runs (
     id INTEGER PRIMARY KEY,
     sandbox_id INTEGER NOT NULL REFERENCES sandboxes (id) ON DELETE CASCADE,
     started_at INTEGER NOT NULL,
     ended_at INTEGER NOT NULL,
     clean INTEGER NOT NULL,
     exit_code INTEGER,
     exit_signal INTEGER,
     out_of_memory INTEGER,
     error_code TEXT,
     error_message TEXT,
     UNIQUE (sandbox_id, started_at)
   ) STRICT;`,
] as const;

/** Brings the database to this version's schema; refuses one from a newer version untouched. */
export function migrate(database: DatabaseSync, path: string): void {
  const found = version(database);
  if (found > MIGRATIONS.length) throw new SandboxError('STATE_DB_NEWER', { subject: path });
  if (found === MIGRATIONS.length) return;
  // The version is read again under the write lock: another engine may migrate at the same time.
  database.exec('BEGIN IMMEDIATE');
  try {
    for (const step of MIGRATIONS.slice(version(database))) database.exec(step);
    database.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
    database.exec('COMMIT');
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}

function version(database: DatabaseSync): number {
  const row = database.prepare('PRAGMA user_version').get();
  return Number(row?.['user_version'] ?? 0);
}
