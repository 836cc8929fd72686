// The starts that terminals of this window are at: told to the model of the workspace, given up on request.

import { commands } from 'vscode';
import type { Disposable } from '../../host/disposables.ts';
import type { Approvals } from '../approval/approval.ts';
import type { Projects } from '../projects/projects.ts';
import type { Target } from '../run/target.ts';
import type { TerminalRequest } from '../../../server/cli/editor-terminal/request.ts';
import { HeadStarts } from './head-starts.ts';
import { StartReports } from './reports.ts';

export class Starts implements Disposable {
  readonly #projects: Projects;
  readonly #approvals: Approvals;
  readonly #ahead = new HeadStarts();
  #reports: StartReports | undefined;

  constructor(projects: Projects, approvals: Approvals) {
    this.#projects = projects;
    this.#approvals = approvals;
  }

  /** Where a terminal tells of its start. */
  get path(): string {
    const projects = this.#projects;
    this.#reports ??= new StartReports({
      onBegin: (subject) => projects.at(subject)?.expectStart(subject.sandbox),
      onReport: (subject, report) => {
        projects.at(subject)?.report(subject.sandbox, report);
        if (report.kind === 'failed') this.#giveUp(subject);
      },
      onApproved: (digest) => this.#approvals.remember(digest),
      onStarted: ({ record }, size) => record !== undefined && this.#ahead.handOver(record, size),
      onGivenUp: (subject) => this.#giveUp(subject),
      // Nothing but the way there and back is wanted.
      page: () => commands.getCommands(true),
      onEnd: (subject) => projects.at(subject)?.giveUpStart(subject.sandbox),
    });
    return this.#reports.path;
  }

  /** Begins what the terminal of this request is for, before there is one. The user has agreed to it. */
  beginAhead({ file, sandbox }: Target, { key, record }: TerminalRequest): void {
    if (key === undefined || record === undefined || !file.isEngineAsSet) return;
    this.#ahead.begin(record, { file, sandbox, key });
  }

  /** Gives up a start, also before there is anything that could be stopped. */
  async cancel({ file, sandbox }: Target): Promise<void> {
    this.#reports?.cancel({ root: file.root, file: file.file, sandbox });
    await this.refuse({ file, sandbox });
    await file.project?.stop([sandbox], { graceMs: 0 });
  }

  /** What was begun of the sandbox is ended, and terminals that are to take it over come for nothing. */
  async refuse({ file, sandbox }: Target): Promise<void> {
    const ahead = this.#ahead.of(file, sandbox);
    for (const record of ahead) this.#reports?.refuse(record);
    await Promise.all(ahead.map((record) => this.#ahead.giveUp(record)));
  }

  /** Gives up what this terminal is at. */
  cancelOf(record: string): void {
    this.#reports?.cancelOf(record);
    this.#giveUp({ record });
  }

  dispose(): void {
    this.#reports?.dispose();
  }

  /** A sandbox that cannot be stopped shows that it runs. */
  #giveUp({ record }: { readonly record?: string }): void {
    if (record !== undefined) this.#ahead.giveUp(record).catch(() => undefined);
  }
}
