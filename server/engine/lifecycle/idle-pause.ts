import { SandboxError } from '../errors/index.ts';

/** Milliseconds after which a sandbox that nobody wants anything of is paused, by MENV_IDLE_PAUSE; 0: never. */
export function idlePauseOf(env: NodeJS.ProcessEnv): number {
  const text = env[NAME]?.trim() ?? '';
  const seconds = Number(text);
  if (seconds >= 0 && seconds <= MAX_SECONDS) return Math.ceil(seconds * 1000);
  throw new SandboxError('SETTING', {
    subject: NAME,
    cause: `'${text}' is no number of seconds from 0, which is never, to ${MAX_SECONDS}`,
  });
}

const NAME = 'MENV_IDLE_PAUSE';
/** A timer of the supervisor's must still be able to count it: a year. */
const MAX_SECONDS = 365 * 86_400;
