import type { Readable } from 'node:stream';
import { fromFailure, SandboxError } from '../errors/index.ts';
import type { StartReportJson } from './gen/menv/machine/v1/machine_pb.js';

/** A report is one short line; more is not from our supervisor. */
const MAX_REPORT = 64 << 10;

/**
 * The lines that a supervisor says while it starts; undefined when it ended without another one, or said
 * more than it ever has to.
 */
export function reportLines(from: Readable): () => Promise<string | undefined> {
  const lines = read(from.setEncoding('utf8'));
  return async () => (await lines.next()).value ?? undefined;
}

async function* read(from: Readable): AsyncGenerator<string, undefined, undefined> {
  let text = '';
  try {
    for await (const chunk of from.iterator({ destroyOnReturn: false }) as AsyncIterable<string>) {
      text += chunk;
      for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
        yield text.slice(0, end);
        text = text.slice(end + 1);
      }
      if (text.length > MAX_REPORT) return undefined;
    }
  } catch {
    // A broken connection says no more than one that has ended.
  }
  return undefined;
}

/** The pid of the supervisor that listens now. */
export function listeningPid(line: string, sandbox: string): number {
  const { listening, failure } = parseReport(line, sandbox);
  if (failure !== undefined) throw fromFailure(failure, { sandbox });
  if (listening?.pid === undefined) throw new SandboxError('PROTOCOL', { subject: sandbox });
  return listening.pid;
}

export function parseReport(line: string, sandbox: string): StartReportJson {
  try {
    return JSON.parse(line) as StartReportJson;
  } catch (error) {
    throw new SandboxError('PROTOCOL', { subject: sandbox, cause: error });
  }
}
