// Every name that package.json and the code have in common; a test keeps the two equal.

export const COMMANDS = {
  run: 'sandboxfile.run',
  runScript: 'sandboxfile.runScript',
  test: 'sandboxfile.test',
  openTerminal: 'sandboxfile.openTerminal',
  stop: 'sandboxfile.stop',
  restart: 'sandboxfile.restart',
  pause: 'sandboxfile.pause',
  resume: 'sandboxfile.resume',
  save: 'sandboxfile.save',
  reset: 'sandboxfile.reset',
  showLogs: 'sandboxfile.showLogs',
  showDashboard: 'sandboxfile.showDashboard',
  browseFiles: 'sandboxfile.browseFiles',
  openPort: 'sandboxfile.openPort',
  openFile: 'sandboxfile.openFile',
  initialize: 'sandboxfile.initialize',
  addSandbox: 'sandboxfile.addSandbox',
  pullImage: 'sandboxfile.pullImage',
  createSnapshot: 'sandboxfile.createSnapshot',
  restoreSnapshot: 'sandboxfile.restoreSnapshot',
  deleteSnapshot: 'sandboxfile.deleteSnapshot',
  fork: 'sandboxfile.fork',
  deleteFork: 'sandboxfile.deleteFork',
  setSecret: 'sandboxfile.setSecret',
  doctor: 'sandboxfile.doctor',
  refresh: 'sandboxfile.refresh',
  forgetApprovals: 'sandboxfile.forgetApprovals',
  showOutput: 'sandboxfile.showOutput',
} as const;

export type CommandId = (typeof COMMANDS)[keyof typeof COMMANDS];

export const LANGUAGE = 'sandboxfile';

export const VIEWS = { sandboxes: 'sandboxfile.sandboxes' } as const;

export const TASK_TYPE = 'sandboxfile';

/** Without the `$` that tasks write before them. */
export const PROBLEM_MATCHERS = [
  'sandboxfile',
  'sandboxfile-gcc',
  'sandboxfile-go',
  'sandboxfile-tsc',
  'sandboxfile-tsc-watch',
  'sandboxfile-pytest',
] as const;

export const TERMINAL_PROFILE = 'sandboxfile.shell';

export const TOOLS = {
  list: 'sandboxfile_list',
  run: 'sandboxfile_run',
  exec: 'sandboxfile_exec',
  readFile: 'sandboxfile_readFile',
  logs: 'sandboxfile_logs',
} as const;

/** Of files that only the extension has. */
export const SCHEMES = { file: 'sandbox', log: 'sandbox-log' } as const;

/** The editor brings them back after a reload. */
export const PANELS = { dashboard: 'sandboxfile.dashboard', doctor: 'sandboxfile.doctor' } as const;

/** With the manifest's defaults. */
export const SETTINGS = {
  closeOnSuccess: { name: 'sandboxfile.terminal.closeOnSuccess', value: false },
  stopGraceSeconds: { name: 'sandboxfile.stop.graceSeconds', value: 10 },
  logLines: { name: 'sandboxfile.logs.lines', value: 5000 },
  statusBar: { name: 'sandboxfile.statusBar.visible', value: true },
  home: { name: 'sandboxfile.home', value: '' },
  vmm: { name: 'sandboxfile.vmm', value: '' },
  poolSize: { name: 'sandboxfile.pool.size', value: null },
  pauseAfterSeconds: { name: 'sandboxfile.idle.pauseAfterSeconds', value: 0 },
} as const;

export interface SettingValues {
  readonly closeOnSuccess: boolean;
  readonly stopGraceSeconds: number;
  readonly logLines: number;
  readonly statusBar: boolean;
  readonly home: string;
  readonly vmm: string;
  readonly poolSize: number | null;
  readonly pauseAfterSeconds: number;
}

/** Keys of `when` clauses that we set. */
export const CONTEXT_KEYS = {
  hasProject: 'sandboxfile.hasProject',
  someRunning: 'sandboxfile.someRunning',
  someHeld: 'sandboxfile.someHeld',
} as const;
