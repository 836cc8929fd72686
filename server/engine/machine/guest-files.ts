import { createClient } from '@connectrpc/connect';
import type { Client } from '@connectrpc/connect';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { FileChange_Kind, FileService, FileType } from './gen/menv/agent/v1/agent_pb.js';
import type { FileInfo, WatchResponse, WriteRequestSchema } from './gen/menv/agent/v1/agent_pb.js';
import type { FileChange, GuestFile, SandboxFiles } from '../api.ts';
import { SandboxError } from '../errors/index.ts';
import { callOptions, fromRpc } from './call.ts';
import type { Connection } from './connection.ts';
import { pieces } from './outbox.ts';

/** Quick for any file system that works; a hung one must not hang the caller. */
const DEADLINE_MS = 30_000;
/** The guest is hostile: a listing that goes on for ever is cut here. */
const MAX_ENTRIES = 1_000_000;

type WriteOptions = Parameters<SandboxFiles['write']>[2];
type ReadOptions = Parameters<SandboxFiles['read']>[1];

export class GuestFiles implements SandboxFiles {
  readonly #client: Client<typeof FileService>;
  readonly #sandbox: string;

  constructor(connection: Connection, sandbox: string) {
    this.#client = createClient(FileService, connection.transport);
    this.#sandbox = sandbox;
  }

  async stat(path: string, options: { readonly follow?: boolean } = {}): Promise<GuestFile> {
    const request = { path: bytes(path), follow: options.follow ?? true };
    const { info } = await this.#call(this.#client.stat(request, callOptions(DEADLINE_MS, undefined)));
    return this.#guestFile(info);
  }

  async list(path: string): Promise<readonly GuestFile[]> {
    const files: GuestFile[] = [];
    try {
      for await (const { entries } of this.#client.listDir(
        { path: bytes(path) },
        { timeoutMs: DEADLINE_MS },
      )) {
        for (const entry of entries) files.push(this.#guestFile(entry));
        if (files.length > MAX_ENTRIES) throw new SandboxError('LIMIT', { subject: `entries of ${path}` });
      }
    } catch (error) {
      throw fromRpc(error, this.#sandbox);
    }
    return files;
  }

  async *read(path: string, options: ReadOptions = {}): AsyncGenerator<Uint8Array, void, undefined> {
    const { offset = 0, length = 0, signal } = options;
    const request = { path: bytes(path), offset: BigInt(offset), length: BigInt(length) };
    // Connect's iterators do not see their reader leave: the call would stay open in the guest.
    const left = new AbortController();
    const either = signal === undefined ? left.signal : AbortSignal.any([signal, left.signal]);
    try {
      for await (const { data } of this.#client.read(request, callOptions(undefined, either))) yield data;
    } catch (error) {
      throw fromRpc(error, this.#sandbox, signal);
    } finally {
      left.abort();
    }
  }

  async write(
    path: string,
    data: AsyncIterable<Uint8Array> | Uint8Array,
    options: WriteOptions = {},
  ): Promise<GuestFile> {
    const { mode = 0, create = true, overwrite = true, append = false, signal } = options;
    const header = { path: bytes(path), mode, create, overwrite, append };
    const requests = writeRequests(header, data);
    const { info } = await this.#call(this.#client.write(requests, callOptions(undefined, signal)), signal);
    return this.#guestFile(info);
  }

  async makeDir(
    path: string,
    options: { readonly mode?: number; readonly parents?: boolean } = {},
  ): Promise<void> {
    const { mode = 0, parents = false } = options;
    await this.#call(this.#client.makeDir({ path: bytes(path), mode, parents }, { timeoutMs: DEADLINE_MS }));
  }

  async remove(path: string, options: { readonly recursive?: boolean } = {}): Promise<void> {
    const recursive = options.recursive ?? false;
    await this.#call(this.#client.remove({ path: bytes(path), recursive }, { timeoutMs: DEADLINE_MS }));
  }

  async rename(from: string, to: string, options: { readonly overwrite?: boolean } = {}): Promise<void> {
    const overwrite = options.overwrite ?? false;
    const request = { from: bytes(from), to: bytes(to), overwrite };
    await this.#call(this.#client.rename(request, { timeoutMs: DEADLINE_MS }));
  }

  async watch(
    path: string,
    options: { readonly recursive?: boolean; readonly signal: AbortSignal },
  ): Promise<AsyncIterable<FileChange>> {
    const { recursive = false, signal } = options;
    const changes = this.#client.watch({ path: bytes(path), recursive }, { signal })[Symbol.asyncIterator]();
    const first = await this.#call(changes.next(), signal);
    if (first.done === true || first.value.kind.case !== 'watching') {
      throw new SandboxError('PROTOCOL', { subject: this.#sandbox });
    }
    return this.#changes(changes, signal);
  }

  async *#changes(
    responses: AsyncIterator<WatchResponse>,
    signal: AbortSignal,
  ): AsyncGenerator<FileChange, void, undefined> {
    for (;;) {
      const next = await this.#call(responses.next(), signal);
      if (next.done === true) return;
      const { kind } = next.value;
      if (kind.case === 'overflow') yield { kind: 'overflow' };
      if (kind.case !== 'changes') continue;
      for (const change of kind.value.changes) {
        yield { kind: changeKind(change.kind), path: text(change.path) };
      }
    }
  }

  async #call<T>(answer: Promise<T>, signal?: AbortSignal): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      throw fromRpc(error, this.#sandbox, signal);
    }
  }

  #guestFile(info: FileInfo | undefined): GuestFile {
    if (info === undefined) throw new SandboxError('PROTOCOL', { subject: this.#sandbox });
    const file = {
      name: text(info.name),
      type: fileType(info.type),
      size: Number(info.size),
      mode: info.mode,
      mtime: date(info.mtimeNs),
      ctime: date(info.ctimeNs),
      uid: info.uid,
      gid: info.gid,
    };
    return info.linkTarget.length === 0 ? file : { ...file, linkTarget: text(info.linkTarget) };
  }
}

type WriteMessage = MessageInitShape<typeof WriteRequestSchema>;
type WriteHeader = Extract<NonNullable<WriteMessage['kind']>, { case: 'header' }>['value'];

async function* writeRequests(
  header: WriteHeader,
  data: AsyncIterable<Uint8Array> | Uint8Array,
): AsyncGenerator<WriteMessage, void, undefined> {
  yield { kind: { case: 'header', value: header } };
  const chunks = data instanceof Uint8Array ? [data] : data;
  for await (const chunk of chunks) {
    for (const value of pieces(chunk)) yield { kind: { case: 'data', value } };
  }
}

function bytes(path: string): Uint8Array {
  return Buffer.from(path, 'utf8');
}

/** Names that are no UTF-8 come out with replacement characters. */
function text(raw: Uint8Array): string {
  return Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength).toString('utf8');
}

function date(nanos: bigint): Date {
  return new Date(Number(nanos / 1_000_000n));
}

function fileType(type: FileType): GuestFile['type'] {
  switch (type) {
    case FileType.FILE:
      return 'file';
    case FileType.DIRECTORY:
      return 'directory';
    case FileType.SYMLINK:
      return 'symlink';
    case FileType.OTHER:
    case FileType.UNSPECIFIED:
      return 'other';
  }
}

function changeKind(kind: FileChange_Kind): 'created' | 'changed' | 'deleted' {
  switch (kind) {
    case FileChange_Kind.CREATED:
      return 'created';
    case FileChange_Kind.DELETED:
      return 'deleted';
    case FileChange_Kind.CHANGED:
    case FileChange_Kind.UNSPECIFIED:
      return 'changed';
  }
}
