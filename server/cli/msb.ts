// msb: parse -> engine -> render.

import { createContext } from './context.ts';
import type { Context } from './context.ts';
import { execute } from './commands/index.ts';
import { exitBrokenPipe, exitFailure, exitUsage } from './exit-codes.ts';
import { exitCodeOf } from './interrupts.ts';
import { chooseLogLevel, includes } from './log-level.ts';
import { parse } from './parse/index.ts';
import { renderError, renderUsageError, renderWarning } from './render/error.ts';
import type { Invocation } from './invocation.ts';
import { UsageError } from './usage-error.ts';
import { version } from './version.ts';

const parsed = await parse(process.argv.slice(2), process.env);
const level = parsed.kind === 'invocation' ? parsed.level : chooseLogLevel({});
const context = createContext(level, parsed.kind === 'invocation' ? parsed.vmm : undefined);
process.exitCode = await act(context);
await leave(context);

async function act(context: Context): Promise<number> {
  const { stdout, stderr, errorStyle } = context;
  switch (parsed.kind) {
    case 'version':
      await stdout.write(`${version}\n`);
      return 0;
    case 'help':
      await stdout.write(parsed.text);
      return 0;
    case 'usage-error':
      await stderr.write(renderUsageError(parsed.message, parsed.usage, errorStyle));
      return exitUsage;
    case 'invocation':
      for (const note of parsed.notes) await stderr.write(renderWarning(note, errorStyle));
      return carryOut(context, parsed.invocation);
  }
}

async function carryOut(context: Context, invocation: Invocation): Promise<number> {
  const { interrupts, stdout, stderr, errorStyle } = context;
  try {
    const code = await execute(context, invocation);
    // What was asked for is not there before the system has taken it.
    await stdout.flush();
    if (code !== 0 || stdout.failure === undefined) return code;
    if (stdout.failure.code === 'EPIPE') return exitBrokenPipe;
    throw new Error('cannot write standard output', { cause: stdout.failure });
  } catch (error) {
    // The user's own wish is no error, whatever it made fail.
    if (interrupts.received !== undefined) return exitCodeOf(interrupts.received);
    if (error instanceof UsageError) {
      await stderr.write(renderUsageError(error.message, error.usage, errorStyle));
      return exitUsage;
    }
    await stderr.write(renderError(error, errorStyle, includes(context.level, 'debug')));
    return exitFailure;
  }
}

/** Ends the process; nothing that the engine still holds open may keep it. */
async function leave(context: Context): Promise<never> {
  await context.close().catch(() => undefined);
  await context.stdout.flush();
  await context.stderr.flush();
  process.exit();
}
