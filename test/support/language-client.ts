// A language server as an editor drives it: its own process, the protocol over its pipes.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { pathToFileURL } from 'node:url';
import {
  createProtocolConnection,
  StreamMessageReader,
  StreamMessageWriter,
  type ClientCapabilities,
  type Diagnostic,
  type InitializeResult,
  type ProtocolConnection,
  type PublishDiagnosticsParams,
} from 'vscode-languageserver/node';

export interface ServerCommand {
  readonly program: string;
  readonly args: readonly string[];
  /** It talks to us beside the protocol too. */
  readonly hasChannel?: boolean;
}

export interface ClientOptions {
  /** The workspace's folder. */
  readonly folder: string;
  readonly initializationOptions?: unknown;
  /** Answers `workspace/configuration`, for servers that ask. */
  readonly settings?: unknown;
  readonly env?: Readonly<Record<string, string>>;
  /** Instead of an editor's. */
  readonly capabilities?: ClientCapabilities;
}

/** What editors of today can do, as far as servers ask. */
const EDITOR: ClientCapabilities = {
  workspace: {
    configuration: true,
    workspaceFolders: true,
    applyEdit: true,
    workspaceEdit: { documentChanges: true },
    didChangeWatchedFiles: { dynamicRegistration: true },
    codeLens: { refreshSupport: true },
  },
  textDocument: {
    publishDiagnostics: { relatedInformation: true, versionSupport: true },
    definition: { linkSupport: true },
    documentSymbol: { hierarchicalDocumentSymbolSupport: true },
    hover: { contentFormat: ['markdown', 'plaintext'] },
    rename: { prepareSupport: true },
    codeAction: {
      codeActionLiteralSupport: { codeActionKind: { valueSet: ['quickfix'] } },
      dataSupport: true,
      resolveSupport: { properties: ['edit'] },
    },
    completion: {
      completionItem: { snippetSupport: true, documentationFormat: ['markdown', 'plaintext'] },
    },
  },
};

interface OpenText {
  version: number;
  text: string;
}

export class LanguageClient implements AsyncDisposable {
  readonly connection: ProtocolConnection;
  readonly initialized: InitializeResult;
  readonly #child: ChildProcess;
  readonly #open = new Map<string, OpenText>();
  readonly #published = new Map<string, PublishDiagnosticsParams>();
  readonly #counts = new Map<string, number>();
  readonly #waiting = new Set<() => void>();
  readonly stderr: () => string;

  private constructor(child: ChildProcess, connection: ProtocolConnection, initialized: InitializeResult) {
    this.#child = child;
    this.connection = connection;
    this.initialized = initialized;
    let stderr = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    this.stderr = () => stderr;
    connection.onNotification('textDocument/publishDiagnostics', (params: PublishDiagnosticsParams) => {
      this.#published.set(params.uri, params);
      this.#counts.set(params.uri, this.publications(params.uri) + 1);
      for (const wake of [...this.#waiting]) wake();
    });
    child.once('exit', () => {
      for (const wake of [...this.#waiting]) wake();
    });
  }

  static async start(
    { program, args, hasChannel }: ServerCommand,
    options: ClientOptions,
  ): Promise<LanguageClient> {
    const child = spawn(program, args, {
      stdio: ['pipe', 'pipe', 'pipe', hasChannel === true ? 'ipc' : 'ignore'],
      env: { ...process.env, ...options.env },
    });
    const { stdin, stdout } = child;
    if (stdin === null || stdout === null) throw new Error('the server has no pipes');
    const connection = createProtocolConnection(
      new StreamMessageReader(stdout),
      new StreamMessageWriter(stdin),
    );
    connection.onRequest('client/registerCapability', () => null);
    connection.onRequest('workspace/configuration', ({ items }: { items: readonly unknown[] }) =>
      items.map(() => options.settings ?? {}),
    );
    connection.listen();
    const uri = pathToFileURL(options.folder).href;
    const initialized = await connection.sendRequest<InitializeResult>('initialize', {
      processId: process.pid,
      rootUri: uri,
      workspaceFolders: [{ uri, name: 'test' }],
      initializationOptions: options.initializationOptions,
      capabilities: options.capabilities ?? EDITOR,
    });
    const client = new LanguageClient(child, connection, initialized);
    await connection.sendNotification('initialized', {});
    return client;
  }

  /** What the server says to a message beside the protocol. */
  async tell(message: string): Promise<unknown> {
    const answer = once(this.#child, 'message');
    this.#child.send(message);
    const [said] = (await answer) as readonly unknown[];
    return said;
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error('the server did not start');
    return this.#child.pid;
  }

  async open(uri: string, text: string, languageId = 'sandboxfile'): Promise<void> {
    this.#open.set(uri, { version: 1, text });
    await this.notify('textDocument/didOpen', { textDocument: { uri, languageId, version: 1, text } });
  }

  /** Replaces the text between two offsets, as typing does. */
  async edit(uri: string, start: number, end: number, inserted: string): Promise<void> {
    const open = this.#openText(uri);
    const range = { start: positionAt(open.text, start), end: positionAt(open.text, end) };
    open.text = open.text.slice(0, start) + inserted + open.text.slice(end);
    open.version++;
    await this.notify('textDocument/didChange', {
      textDocument: { uri, version: open.version },
      contentChanges: [{ range, text: inserted }],
    });
  }

  async close(uri: string): Promise<void> {
    this.#open.delete(uri);
    await this.notify('textDocument/didClose', { textDocument: { uri } });
  }

  /** What was published for the newest version, once it was. */
  async diagnostics(uri: string): Promise<readonly Diagnostic[]> {
    for (;;) {
      const [published, open] = [this.#published.get(uri), this.#open.get(uri)];
      if (published !== undefined && published.version === open?.version) return published.diagnostics;
      await this.#publication();
    }
  }

  /** How often diagnostics of a file were published. */
  publications(uri: string): number {
    return this.#counts.get(uri) ?? 0;
  }

  /** Whatever is published next for the file. */
  async nextDiagnostics(uri: string): Promise<readonly Diagnostic[]> {
    const before = this.#published.get(uri);
    for (;;) {
      await this.#publication();
      const now = this.#published.get(uri);
      if (now !== undefined && now !== before) return now.diagnostics;
    }
  }

  /** The first published diagnostics that are as wanted. */
  async until(
    uri: string,
    wanted: (diagnostics: readonly Diagnostic[]) => boolean,
  ): Promise<readonly Diagnostic[]> {
    for (;;) {
      const diagnostics = await this.diagnostics(uri);
      if (wanted(diagnostics)) return diagnostics;
      await this.#publication();
    }
  }

  /** Resolves with the next published diagnostics, whatever they are of. */
  #publication(): Promise<void> {
    return new Promise((resolve, reject) => {
      const wake = (): void => {
        this.#waiting.delete(wake);
        if (this.#child.exitCode === null && this.#child.signalCode === null) resolve();
        else reject(new Error(`the server has ended: ${this.stderr()}`));
      };
      this.#waiting.add(wake);
    });
  }

  request<R>(method: string, params: unknown): Promise<R> {
    return this.connection.sendRequest<R>(method, params);
  }

  notify(method: string, params: unknown): Promise<void> {
    return this.connection.sendNotification(method, params);
  }

  /** A request about a place in an open file. */
  at<R>(method: string, uri: string, offset: number, more: object = {}): Promise<R> {
    const position = positionAt(this.#openText(uri).text, offset);
    return this.request<R>(method, { textDocument: { uri }, position, ...more });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { exitCode, signalCode } = this.#child;
    if (exitCode !== null || signalCode !== null) return;
    const exit = once(this.#child, 'exit');
    await this.request('shutdown', undefined);
    await this.notify('exit', undefined);
    await exit;
    this.connection.dispose();
  }

  #openText(uri: string): OpenText {
    const open = this.#open.get(uri);
    if (open === undefined) throw new Error(`not open: ${uri}`);
    return open;
  }
}

export function positionAt(text: string, offset: number): { line: number; character: number } {
  const before = text.slice(0, offset);
  const line = before.split('\n').length - 1;
  return { line, character: offset - (before.lastIndexOf('\n') + 1) };
}
