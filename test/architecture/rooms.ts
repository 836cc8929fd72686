// The rooms of the design and the arrows between them. What is not here is not allowed.

/** A folder or file of TypeScript. A file belongs to the innermost room that contains it. */
export interface Room {
  readonly path: string;
  /** Paths of the rooms it may import besides itself. */
  readonly imports: readonly string[];
  /** The only files that other rooms may import; all when absent. */
  readonly faces?: readonly string[];
  /** Whether it may use Node's own modules, and so do I/O. */
  readonly node: boolean;
  /** npm packages. */
  readonly packages: readonly string[];
}

export const rooms: readonly Room[] = [
  { path: 'server/sandboxfile', imports: [], faces: ['index.ts'], node: false, packages: ['yaml'] },
  {
    path: 'server/language',
    imports: ['server/sandboxfile'],
    faces: ['stdio.ts', 'providers.ts'],
    node: true,
    packages: [
      'vscode-languageserver',
      'vscode-languageserver-textdocument',
      'vscode-languageserver-types',
      'yaml',
    ],
  },

  // Where language and engine, which do not know each other, meet: the server that is shipped.
  {
    path: 'server/language-host',
    imports: [
      'server/compile-cache.ts',
      'server/language',
      'server/sandboxfile',
      'server/engine',
      'server/engine/api.ts',
    ],
    node: true,
    packages: [],
  },

  // The wire contract, generated.
  { path: 'server/engine/machine/gen', imports: [], node: false, packages: ['@bufbuild/protobuf'] },
  // What the engine looks like from outside; types only.
  {
    path: 'server/engine/api.ts',
    imports: [
      'server/sandboxfile',
      'server/engine/doctor-api.ts',
      'server/engine/files-api.ts',
      'server/engine/fork-api.ts',
      'server/engine/image-api.ts',
      'server/engine/network-api.ts',
      'server/engine/port-api.ts',
      'server/engine/run-api.ts',
      'server/engine/secret-api.ts',
      'server/engine/snapshot-api.ts',
      'server/engine/stats-api.ts',
      'server/engine/volume-api.ts',
    ],
    node: false,
    packages: [],
  },
  // Parts of api.ts; reached through it.
  { path: 'server/engine/doctor-api.ts', imports: [], node: false, packages: [] },
  { path: 'server/engine/files-api.ts', imports: [], node: false, packages: [] },
  { path: 'server/engine/fork-api.ts', imports: ['server/sandboxfile'], node: false, packages: [] },
  { path: 'server/engine/image-api.ts', imports: [], node: false, packages: [] },
  { path: 'server/engine/network-api.ts', imports: [], node: false, packages: [] },
  { path: 'server/engine/port-api.ts', imports: [], node: false, packages: [] },
  { path: 'server/engine/run-api.ts', imports: [], node: false, packages: [] },
  { path: 'server/engine/secret-api.ts', imports: [], node: false, packages: [] },
  { path: 'server/engine/snapshot-api.ts', imports: [], node: false, packages: [] },
  { path: 'server/engine/stats-api.ts', imports: [], node: false, packages: [] },
  { path: 'server/engine/volume-api.ts', imports: [], node: false, packages: [] },
  { path: 'server/engine/deferred.ts', imports: [], node: false, packages: [] },
  { path: 'server/engine/errors', imports: ['server/engine/machine/gen'], node: true, packages: [] },
  {
    path: 'server/engine/machine',
    imports: [
      'server/engine/machine/gen',
      'server/engine/api.ts',
      'server/engine/deferred.ts',
      'server/engine/errors',
    ],
    node: true,
    packages: ['@bufbuild/protobuf', '@connectrpc/connect', '@connectrpc/connect-node'],
  },
  {
    path: 'server/engine',
    imports: [
      'server/engine/api.ts',
      'server/engine/deferred.ts',
      'server/engine/errors',
      'server/engine/machine',
      'server/engine/machine/gen',
      'server/sandboxfile',
    ],
    faces: ['index.ts'],
    node: true,
    packages: ['@bufbuild/protobuf'],
  },

  // For programs, before they load anything else.
  { path: 'server/compile-cache.ts', imports: [], node: true, packages: [] },
  // For what is bundled, which names it without importing it.
  { path: 'server/headers.ts', imports: [], node: false, packages: [] },
  // What the editor asks of its terminals; types and their encoding.
  { path: 'server/cli/editor-terminal/request.ts', imports: [], node: false, packages: [] },
  // What its terminals tell the editor; types too.
  {
    path: 'server/cli/editor-terminal/report.ts',
    imports: ['server/engine/api.ts'],
    node: false,
    packages: [],
  },
  // What both show of a start, and call an agreement by.
  {
    path: 'server/cli/editor-terminal/review.ts',
    imports: ['server/engine/api.ts'],
    node: true,
    packages: [],
  },
  // What is kept of them; a type and a name.
  { path: 'server/cli/editor-terminal/record.ts', imports: [], node: false, packages: [] },
  {
    path: 'server/cli',
    imports: [
      'server/compile-cache.ts',
      'server/engine',
      'server/engine/api.ts',
      'server/cli/editor-terminal/request.ts',
      'server/cli/editor-terminal/report.ts',
      'server/cli/editor-terminal/review.ts',
      'server/cli/editor-terminal/record.ts',
      'package.json',
    ],
    node: true,
    packages: ['commander'],
  },
  { path: 'server/api', imports: ['server/engine', 'server/engine/api.ts'], node: true, packages: [] },
  { path: 'server/sdk', imports: [], node: true, packages: [] },
  {
    path: 'extension',
    imports: [
      'server/engine',
      'server/engine/api.ts',
      'server/cli/editor-terminal/request.ts',
      'server/cli/editor-terminal/report.ts',
      'server/cli/editor-terminal/review.ts',
      'server/cli/editor-terminal/record.ts',
    ],
    node: true,
    packages: ['vscode', 'vscode-languageclient'],
  },
  // The version.
  { path: 'package.json', imports: [], node: false, packages: [] },
];

/** Who starts processes; everybody else asks the engine. */
export const spawners: readonly string[] = [
  'server/engine/machine',
  // stty, for what Node's raw mode leaves on.
  'server/cli/terminal/raw-mode.ts',
];
export const modulesThatSpawn = ['node:child_process', 'node:cluster'];

export const maxLines = 400;
