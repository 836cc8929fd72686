// The starts that terminals of this window are at: told to the model of the workspace, given up on request.

import { commands } from 'vscode';
import type { Disposable } from '../../host/disposables.ts';
import type { Approvals } from '../approval/approval.ts';
import type { Projects } from '../projects/projects.ts';
import type { Target } from '../run/target.ts';
import { StartReports } from './reports.ts';

export class Starts implements Disposable {
  readonly #projects: Projects;
  readonly #approvals: Approvals;
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
      onReport: (subject, report) => projects.at(subject)?.report(subject.sandbox, report),
      onApproved: (digest) => this.#approvals.remember(digest),
      // Nothing but the way there and back is wanted.
      page: () => commands.getCommands(true),
      onEnd: (subject) => projects.at(subject)?.giveUpStart(subject.sandbox),
    });
    return this.#reports.path;
  }

  /** Gives up a start, also before there is anything that could be stopped. */
  async cancel({ file, sandbox }: Target): Promise<void> {
    this.#reports?.cancel({ root: file.root, file: file.file, sandbox });
    await file.project?.stop([sandbox], { graceMs: 0 });
  }

  /** Gives up what this terminal is at. */
  cancelOf(record: string): void {
    this.#reports?.cancelOf(record);
  }

  dispose(): void {
    this.#reports?.dispose();
  }
}
