import type { PublishDiagnosticsParams } from 'vscode-languageserver';
import { checkInSteps, exportSignature, loadReading, type Problem } from '../../sandboxfile/index.ts';
import type { LanguageDocument } from '../document-types.ts';
import type { Snapshot } from '../documents/snapshot.ts';
import type { SourceFile } from '../documents/source-file.ts';
import { Turn } from '../documents/turn.ts';
import type { Workspace } from '../documents/workspace.ts';
import { Debounce } from './debounce.ts';
import { toDiagnostic } from './diagnostic.ts';

export interface PublisherOptions {
  readonly workspace: Workspace;
  readonly send: (diagnostics: PublishDiagnosticsParams) => void;
  readonly fail: (error: unknown) => void;
}

/** Checks open files after they changed, and those that import from them. */
export class DiagnosticsPublisher {
  readonly #options: PublisherOptions;
  readonly #debounce = new Debounce();
  /** Files being checked; one at a time each, the newest text last. */
  readonly #running = new Map<SourceFile, Promise<void>>();
  /** What other files saw of each when it was last checked. */
  readonly #exports = new WeakMap<SourceFile, string>();

  constructor(options: PublisherOptions) {
    this.#options = options;
  }

  /** After a first look at a file nobody types yet: it is checked at once. */
  opened(file: SourceFile): void {
    this.#start(file);
  }

  changed(file: SourceFile): void {
    this.#schedule(file);
  }

  closed(file: SourceFile): void {
    this.#debounce.cancel(file.uri);
    this.#options.send({ uri: file.uri, diagnostics: [] });
    // What is on disk may be something else.
    this.#scheduleImporters(file, true);
  }

  /** Something outside of the open files changed. */
  refresh(): void {
    for (const file of this.#options.workspace.openFiles()) this.#schedule(file);
  }

  dispose(): void {
    this.#debounce.dispose();
  }

  #schedule(file: SourceFile): void {
    this.#debounce.schedule(file.uri, file.lastReadingMs, () => this.#start(file));
  }

  #start(file: SourceFile): void {
    const before = this.#running.get(file) ?? Promise.resolve();
    const check = before.then(() => this.#check(file)).catch(this.#options.fail);
    this.#running.set(file, check);
    void check.finally(() => {
      if (this.#running.get(file) === check) this.#running.delete(file);
    });
  }

  async #check(file: SourceFile): Promise<void> {
    const { workspace, send } = this.#options;
    const snapshot = await file.snapshot();
    const problems = await this.#problems(snapshot);
    // A newer text is checked after its own pause; a closed file has no problems.
    if (file.source.version !== snapshot.version || workspace.get(file.uri) !== file) return;
    snapshot.found(problems);
    const { uri, version } = snapshot;
    send({ uri, version, diagnostics: problems.map((problem) => toDiagnostic(problem, uri)) });
    this.#tellImporters(file, snapshot);
  }

  /** They are checked again when what they see of the file is not what it was. */
  #tellImporters(file: SourceFile, { reading, problems }: Snapshot): void {
    const error = problems.find(({ severity }) => severity === 'error');
    const place = error && `${String(error.range.start.line)} ${error.message}`;
    const exported = `${exportSignature(reading.project)} ${place ?? ''}`;
    const before = this.#exports.get(file);
    this.#exports.set(file, exported);
    this.#scheduleImporters(file, before !== exported);
  }

  async #problems({ path, reading }: Snapshot): Promise<readonly Problem[]> {
    const { workspace } = this.#options;
    const turn = new Turn();
    if (workspace.isTrusted && path !== '') {
      return (await loadReading(reading, workspace.projectFiles(turn))).problems;
    }
    const steps = checkInSteps(reading);
    for (;;) {
      const step = steps.next();
      if (step.done === true) return step.value.problems;
      await turn.pause();
    }
  }

  /** Also over several files, each once. `all`: not only those with problems that show places of this file. */
  #scheduleImporters(file: SourceFile, all: boolean): void {
    const { workspace } = this.#options;
    const seen = new Set([file.uri]);
    const queue = file.latest === undefined ? [] : [file.latest];
    for (const document of queue) {
      for (const { document: importer } of workspace.importers(document)) {
        if (seen.has(importer.uri)) continue;
        seen.add(importer.uri);
        const open = workspace.get(importer.uri);
        if (open !== undefined && (all || pointsInto(importer, file.path))) this.#schedule(open);
        if (open?.latest !== undefined) queue.push(open.latest);
      }
    }
  }
}

function pointsInto({ problems }: LanguageDocument, path: string): boolean {
  return problems.some(({ related }) => related?.some(({ file }) => file === path));
}
