// The one list of what can go wrong, in the words that a user reads. `subject` is the thing that
// failed; `context` the second word a few messages need.

import type { CatalogueEntry } from './entry.ts';
import { imageEntries } from './image-entries.ts';
import { secretEntries } from './secret-entries.ts';

export type { CatalogueEntry };

export const catalogue = {
  // The project and its file.
  FILE_NOT_FOUND: {
    message: (folder) => `microsandbox config file not found at: ${folder}`,
    hint: 'run `msb init` to make one, or name it with --file',
  },
  FILE_INVALID: {
    message: (file, problems) => `${file} has errors:\n${problems}`,
    hint: 'correct the file; `msb check` lists every problem',
  },
  PROJECT_UNREADABLE: {
    message: (path) => `cannot use the project folder: ${path}`,
    hint: 'check that the folder exists and that you may read and write it',
  },
  EDIT_REFUSED: {
    message: (reason) => reason,
    hint: 'nothing was written',
  },
  SANDBOX_UNKNOWN: {
    message: (names, file) => `cannot find sandbox: '${names}' in '${file}'`,
    hint: '`msb list` shows the names the file defines',
  },
  BUILD_UNKNOWN: {
    message: (names, file) => `cannot find build: '${names}' in '${file}'`,
    hint: '`msb list --build` shows the names the file defines',
  },
  GROUP_UNKNOWN: {
    message: (names, file) => `cannot find group: '${names}' in '${file}'`,
    hint: '`msb list --group` shows the names the file defines',
  },
  SCRIPT_UNKNOWN: {
    message: (script, name) => `script '${script}' not found in sandbox configuration '${name}'`,
    hint: 'add it under `scripts`, or use `~shell`',
  },
  NO_ENTRY: {
    message: () => 'missing start script or exec command or shell',
    hint: 'give the sandbox a `start` script, a `command` or a `shell`, or name a program with --exec',
  },
  SELECTION_CONFLICT: {
    message: () => 'cannot specify both a script and an `--exec` option.',
  },
  DEPENDENCY_UNKNOWN: {
    message: (dependency, name) => `'${name}' depends on unknown sandbox '${dependency}'`,
    hint: 'define it, or take it out of `depends_on`',
  },
  ENV_FILE: {
    message: (path) => `cannot read env_file: ${path}`,
    hint: 'correct the path or the permissions of the file named by `env_file`',
  },
  ENV_FILE_INVALID: {
    message: (place) => `${place}: expected KEY=VALUE`,
  },
  LOG_NOT_FOUND: {
    message: (path) => `log not found: Log file not found at ${path}`,
    hint: 'the log is made by the first run, that of the network by the first denial',
  },

  DOCTOR_FAILED: {
    message: () => 'the machine could not be looked at',
    hint: 'install the product again; in a clone, `npm start` builds it',
  },

  // Cleaning.
  CLEAN_CONFIGURED: {
    message: () => 'Configuration file exists. Use --force to clean the entire environment',
  },
  CLEAN_DEFINED: {
    message: (name) => `Sandbox '${name}' exists in configuration. Use --force to clean it`,
  },
  CLEAN_INSTALLED: {
    message: (home) => `installed sandboxes exist in ${home}. Use --force to clean them too`,
    hint: '`msb uninstall` removes one',
  },
  CLEAN_RUNNING: {
    message: (name) => `sandbox '${name}' is running; nothing was deleted`,
    hint: '`msb down` stops it',
  },
  CLEAN_HOME_RUNNING: {
    message: (home) => `sandboxes of ${home} are running; nothing was deleted`,
    hint: '`msb down` in their projects stops them',
  },

  // Running.
  ALREADY_RUNNING: {
    message: (name, script) =>
      script === ''
        ? `sandbox '${name}' is already running`
        : `sandbox '${name}' is already running '${script}'`,
    hint: '`msb down` stops it',
  },
  UNRESPONSIVE: {
    message: (name) => `sandbox '${name}' does not answer`,
    hint: '`msb down` ends it by force if it stays that way',
  },
  STOPPED: { message: (name) => `sandbox '${name}' has stopped` },
  PAUSED: {
    message: (name) => `sandbox '${name}' is paused`,
    hint: 'let it go on with `msb resume`',
  },
  SUPERVISOR_LOST: {
    message: (name) => `the supervisor of sandbox '${name}' was killed`,
    hint: 'what the guest had synced is kept; start the sandbox again',
  },
  BASE_UNKNOWN: {
    message: (name) => `sandbox '${name}' does not tell which image it runs from`,
    hint: 'it was started by an older version; stop it with `msb down` and start it again',
  },
  CANNOT_STOP: {
    message: (name) => `sandbox '${name}' could not be stopped`,
    hint: 'end the process named above by hand',
  },
  SUPERVISOR_FAILED: {
    message: (name) => `the supervisor of sandbox '${name}' could not be started`,
  },
  PROTOCOL: {
    message: (name) => `sandbox '${name}' answered in a way this version does not understand`,
    hint: 'stop it and start it again with this version',
  },
  RUN_FOLDER: {
    message: (path) => `cannot use the run folder: ${path}`,
    hint: 'check owner and permissions, or set MENV_HOME to a folder of yours',
  },
  SOCKET_PATH_TOO_LONG: {
    message: (path) => `path is too long for a socket: ${path}`,
    hint: 'set MENV_HOME to a shorter path',
  },
  VMM_MISSING: { message: (program) => `${program} is not installed; sandboxes need it to run` },
  VMM_FAILED: {
    message: () => 'the virtual machine did not start, or died',
    hint: 'run it again; when that fails too, `msb doctor` tells what this machine lacks',
  },
  NO_SPACE: {
    message: (path) => `no space left to write ${path}`,
    hint: 'free some space on that disk and try again',
  },
  DISK: {
    message: (path) => `the sandbox's disk cannot be used: ${path}`,
    hint: 'delete it to start from the image again; what was saved in it is lost',
  },
  ASSET_MISSING: {
    message: (path) => `a part of this installation is missing: ${path}`,
    hint: 'install the product again; in a clone, `npm start` builds it',
  },
  BOOT_TIMEOUT: {
    message: () => 'the virtual machine did not start in time',
    hint: 'the machine may be overloaded; try again, or give the sandbox more memory',
  },
  GUEST_PANIC: {
    message: () => 'the guest kernel crashed',
    hint: 'more `memory` often helps',
  },
  LINK: { message: () => 'the guest broke the connection to its supervisor' },
  NETWORK: {
    message: (sandbox) => `sandbox ${sandbox} has no network at the moment`,
    hint: 'it is connected as soon as that is possible; if not, stop the sandbox and start it again',
  },
  TEMPLATE: {
    message: (name) => `sandbox '${name}' was booted: the template for a fast start could not be used`,
    hint: 'nothing has to be done; a new template is made for the next start',
  },
  SNAPSHOT: {
    message: (folder) => `the snapshot cannot be made or used: ${folder}`,
    hint: '`msb snapshot ls` shows what there is',
  },
  SNAPSHOT_OTHER: {
    message: (folder) => `the snapshot's memory cannot go on here: ${folder}`,
    hint: 'start the sandbox from its disk alone: `msb snapshot restore --disk`',
  },
  SNAPSHOT_DESCRIPTION: {
    message: (most) => `the description has more than ${most} bytes`,
    hint: 'shorten it',
  },
  SNAPSHOT_FILE: {
    message: (path) => `not a snapshot that can be used: ${path}`,
    hint: '`msb snapshot export` writes one',
  },
  VOLUME: { message: (path) => `not a folder or file that can be mounted in the sandbox: ${path}` },
  VOLUME_MISSING: {
    message: (path) => `host path does not exist: ${path}`,
    hint: 'create it, or change `volumes` in the Sandboxfile',
  },
  SNAPSHOT_FOREIGN: {
    message: (path) => `its memory was not exported by you, or has been changed since: ${path}`,
    hint: 'who made it could take over QEMU and so your account: `--disk` leaves the memory out, `--trust` takes it',
  },
  SNAPSHOT_VOLUMES: {
    message: (volume) => `the snapshot was made with a volume that the Sandboxfile does not list: ${volume}`,
    hint: "add it to `volumes` of the sandbox as it was, or start from the snapshot's disk alone with `--disk`",
  },
  SNAPSHOT_NAME: {
    message: (name) => `not a name for a snapshot: '${name}'`,
    hint: 'up to 64 letters, digits, dots, dashes and underscores, beginning with a letter or digit',
  },
  SNAPSHOT_EXISTS: {
    message: (name) => `there is a snapshot '${name}' already`,
    hint: 'choose another name, or delete it with `msb snapshot rm`',
  },
  SNAPSHOT_UNKNOWN: {
    message: (name) => `there is no snapshot '${name}'`,
    hint: '`msb snapshot ls` shows what there is',
  },
  SAVED: {
    message: (name) => `sandbox '${name}' starts anew: what was saved of it cannot be used`,
    hint: 'its disk is as it was; sandboxes are saved for the machine and the version that they ran with',
  },
  RESTORE_UNCONFIRMED: {
    message: (snapshot) => `nobody was asked whether what came after snapshot '${snapshot}' may be lost`,
    hint: 'say so with --yes, or answer on a terminal',
  },
  FORK_STOPPED: {
    message: (name) => `sandbox '${name}' does not run; only what runs, or a snapshot, can be forked`,
    hint: 'start it with `msb run`, or name a snapshot of it with --snapshot',
  },
  FORK_COUNT: {
    message: (count, most) => `between 1 and ${most} forks can be made at a time, not ${count}`,
  },
  FORK_LIMIT: {
    message: (most) => `a Sandboxfile can have ${most} forks at most`,
    hint: '`msb remove` deletes forks that nobody needs any more',
  },
  FORK_NAME: {
    message: (name) => `not a name for a sandbox: '${name}'`,
    hint: 'choose another one with --name',
  },
  FORK_EXISTS: {
    message: (name) => `there is a sandbox '${name}' already, or something is left of one`,
    hint: 'choose another name, or delete what is left with `msb clean`',
  },
  PORT: {
    message: (port) => `port cannot be published: ${port}`,
    hint: 'choose another host port under `ports`, and an address that this machine has',
  },
  PORT_INVALID: {
    message: (text) => `invalid port pair: ${text}`,
    hint: 'write `8080:80`, `8080`, or with `/udp` behind it',
  },
  PORT_PRIVILEGED: {
    message: (port) => `this user may not publish on host port ${port}`,
    hint: 'write a host port from 1024 on, such as `8080:80`; below that only root may, unless `net.ipv4.ip_unprivileged_port_start` says otherwise',
  },
  PORT_TAKEN: { message: (port, instead) => `host port ${port} is taken; ${instead}` },
  PORT_UNKNOWN: {
    message: (port) => `nothing is published on host port ${port}`,
    hint: '`msb port ls` shows what is',
  },
  NOT_RUNNING: {
    message: (name) => `sandbox '${name}' does not run`,
    hint: 'start it with `msb run`',
  },
  SPEC: { message: (field) => `the sandbox cannot be started as defined: ${field}` },
  STATE_DB: {
    message: (path) => `run history is not available: ${path}`,
    hint: 'sandboxes run without it; delete the file to begin a new history',
  },
  STATE_DB_NEWER: {
    message: (path) => `run history was written by a newer version: ${path}`,
    hint: 'upgrade, or delete the file to begin a new history',
  },

  SETTING: {
    message: (name) => `setting makes no sense: ${name}`,
    hint: 'correct it or leave it out',
  },

  // In the guest.
  CONFIGURE: { message: (step) => `the guest could not be set up: ${step}` },
  VOLUME_POINT: {
    message: (path) => `the volume cannot be mounted at ${path} in the sandbox`,
    hint: 'below `/`, a folder is mounted on a folder and a file on a file; correct `volumes` in the Sandboxfile',
  },
  PROGRAM_NOT_FOUND: {
    message: (program) => `program not found in the sandbox: ${program}`,
    hint: 'check the name and the PATH of the image',
  },
  PROGRAM_NOT_EXECUTABLE: {
    message: (program) => `program cannot be executed: ${program}`,
    hint: 'check its mode, its format and the interpreter of its first line',
  },
  WORKDIR: {
    message: (path) => `working directory cannot be used: ${path}`,
    hint: 'correct `workdir`, or make the folder in the sandbox',
  },
  PROCESS_UNKNOWN: { message: (id) => `no such program in the sandbox: ${id}` },
  PROCESS_EXISTS: { message: (id) => `a program with this id runs already: ${id}` },
  LIMIT: { message: (what) => `a limit of the sandbox was reached: ${what}` },
  USER_UNKNOWN: { message: (user) => `no such user in the sandbox: ${user}` },
  GUEST_FILE_NOT_FOUND: { message: (path) => `no such file in the sandbox: ${path}` },
  GUEST_FILE_EXISTS: { message: (path) => `file exists in the sandbox: ${path}` },
  GUEST_FILE_DENIED: { message: (path) => `no permission in the sandbox: ${path}` },
  GUEST_FILE_FAILED: { message: (path) => `file operation failed in the sandbox: ${path}` },
  DIAL: {
    message: (address) => `nothing answers in the sandbox at ${address}`,
    hint: 'check that the server in the sandbox runs and listens there',
  },

  ...imageEntries,
  ...secretEntries,
  LIBKRUN_MISSING: {
    message: (file) => `libkrun is not installed: ${file}`,
    hint: 'install libkrun 1.17 or newer, or run sandboxes with `--vmm qemu`',
  },
  LIBKRUN_UNUSABLE: {
    message: (path) => `libkrun cannot be loaded: ${path}`,
    hint: 'install the product again, and libcap-ng, which it needs; or run sandboxes with `--vmm qemu`',
  },
  LIBKRUN_ARCHITECTURE: {
    message: (path) => `libkrun is made for another machine: ${path}`,
    hint: 'install the product for this machine; or run sandboxes with `--vmm qemu`',
  },
  LIBKRUN_OLD: {
    message: (path) => `libkrun is too old: ${path}`,
    hint: 'install libkrun 1.17 or newer, or run sandboxes with `--vmm qemu`',
  },
  HYPERVISOR: {
    message: (device) => `hardware virtualisation cannot be used: ${device}`,
    hint: '`msb doctor` says what to do; until then QEMU emulates, which is slower',
  },
  BACK_END: {
    message: (name) => `sandbox '${name}' runs on libkrun, which cannot keep its memory`,
    hint: '`down --save`, forks of what runs and the way back to a memory need QEMU: say `vmm: qemu` in the Sandboxfile, or `--vmm qemu`; what is of the disk alone (`--disk`) needs nothing',
  },
} as const satisfies Record<string, CatalogueEntry>;

export type ErrorCode = keyof typeof catalogue;
