// Every name that package.json and the code have in common; a test keeps the two equal.

export const COMMANDS = {
  run: 'sandboxfile.run',
  runScript: 'sandboxfile.runScript',
  test: 'sandboxfile.test',
  openTerminal: 'sandboxfile.openTerminal',
  stop: 'sandboxfile.stop',
  restart: 'sandboxfile.restart',
  showLogs: 'sandboxfile.showLogs',
  openFile: 'sandboxfile.openFile',
  initialize: 'sandboxfile.initialize',
  showOutput: 'sandboxfile.showOutput',
} as const;

export type CommandId = (typeof COMMANDS)[keyof typeof COMMANDS];

export const LANGUAGE = 'sandboxfile';

export const VIEWS = { sandboxes: 'sandboxfile.sandboxes' } as const;

export const TASK_TYPE = 'sandboxfile';

export const TERMINAL_PROFILE = 'sandboxfile.shell';

/** Keys of `when` clauses that we set. */
export const CONTEXT_KEYS = {
  hasProject: 'sandboxfile.hasProject',
  someRunning: 'sandboxfile.someRunning',
} as const;
