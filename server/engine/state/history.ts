import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { SandboxError } from '../errors/index.ts';
import type { ExitStatus } from '../api.ts';
import { migrate } from './schema.ts';

/** One ended run of a sandbox. */
export interface RunRecord {
  readonly startedAt: Date;
  readonly endedAt: Date;
  readonly clean: boolean;
  readonly status?: ExitStatus;
  readonly error?: { readonly code: string; readonly message: string };
}

/** The ended runs of one project, in its `state.db`. */
export class History implements Disposable {
  readonly #database: DatabaseSync;

  /** Throws STATE_DB, or STATE_DB_NEWER for a file that a newer version wrote. */
  static async open(path: string): Promise<History> {
    try {
      const { DatabaseSync } = await import('node:sqlite');
      // The wait blocks this thread, so it is short.
      const database = new DatabaseSync(path, {
        timeout: BUSY_TIMEOUT_MS,
        enableForeignKeyConstraints: true,
      });
      try {
        migrate(database, path);
        database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
        return new History(database);
      } catch (error) {
        database.close();
        throw error;
      }
    } catch (error) {
      if (error instanceof SandboxError) throw error;
      throw new SandboxError('STATE_DB', { subject: path, cause: error });
    }
  }

  private constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Durable when it returns. A run that is known already stays as it was first recorded. */
  record(file: string, name: string, run: RunRecord): void {
    const database = this.#database;
    database.exec('BEGIN IMMEDIATE');
    try {
      database.prepare('INSERT OR IGNORE INTO sandboxes (file, name) VALUES (?, ?)').run(file, name);
      const id = database.prepare('SELECT id FROM sandboxes WHERE file = ? AND name = ?').get(file, name)?.[
        'id'
      ];
      database
        .prepare(INSERT_RUN)
        .run(
          id ?? null,
          run.startedAt.getTime(),
          run.endedAt.getTime(),
          run.clean ? 1 : 0,
          run.status?.code ?? null,
          run.status?.signal ?? null,
          run.status === undefined ? null : Number(run.status.outOfMemory),
          run.error?.code ?? null,
          run.error?.message ?? null,
        );
      database.prepare(TRIM_RUNS).run(id ?? null, id ?? null, KEPT_RUNS);
      database.exec('COMMIT');
    } catch (error) {
      database.exec('ROLLBACK');
      throw error;
    }
  }

  forget(file: string, name: string): void {
    this.#database.prepare('DELETE FROM sandboxes WHERE file = ? AND name = ?').run(file, name);
  }

  /** The last ended run of each sandbox of `file`, by name. */
  lastRuns(file: string): ReadonlyMap<string, RunRecord> {
    const rows = this.#database.prepare(LAST_RUNS).all(file);
    return new Map(rows.map((row) => [String(row['name']), runRecord(row)]));
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}

const BUSY_TIMEOUT_MS = 500;
/** Per sandbox; a sandbox run in a loop must not grow the file for ever. */
const KEPT_RUNS = 1000;

const INSERT_RUN = `
  INSERT OR IGNORE INTO runs
    (sandbox_id, started_at, ended_at, clean, exit_code, exit_signal, out_of_memory, error_code, error_message)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`;

const TRIM_RUNS = `
  DELETE FROM runs WHERE sandbox_id = ? AND id NOT IN
    (SELECT id FROM runs WHERE sandbox_id = ? ORDER BY started_at DESC LIMIT ?)`;

// SQLite takes the other columns of a row with max() from the row that has the maximum.
const LAST_RUNS = `
  SELECT sandboxes.name, max(runs.started_at) AS started_at, ended_at, clean,
         exit_code, exit_signal, out_of_memory, error_code, error_message
  FROM runs JOIN sandboxes ON sandboxes.id = runs.sandbox_id
  WHERE sandboxes.file = ? GROUP BY runs.sandbox_id`;

function runRecord(row: Record<string, SQLOutputValue>): RunRecord {
  const common = {
    startedAt: new Date(Number(row['started_at'])),
    endedAt: new Date(Number(row['ended_at'])),
    clean: row['clean'] === 1,
  };
  const status = row['exit_code'] === null ? {} : { status: exitStatus(row) };
  const error =
    row['error_code'] === null
      ? {}
      : { error: { code: String(row['error_code']), message: String(row['error_message']) } };
  return { ...common, ...status, ...error };
}

function exitStatus(row: Record<string, SQLOutputValue>): ExitStatus {
  return {
    code: Number(row['exit_code']),
    signal: Number(row['exit_signal']),
    outOfMemory: row['out_of_memory'] === 1,
  };
}
