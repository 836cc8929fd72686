import { componentName } from '../../sandboxfile/index.ts';
import { SandboxError } from '../errors/index.ts';

/** Of one call. */
export const MAX_COUNT = 100;

export interface NameRequest {
  readonly parent: string;
  readonly count: number;
  /** As the caller wants it. */
  readonly name: string | undefined;
  readonly isTaken: (name: string) => Promise<boolean>;
}

/**
 * One fork has the name that was asked for, several have numbers behind it; without one they are numbered
 * behind the parent's. Only a name that was asked for is refused when there is such a sandbox.
 */
export async function chooseNames({ parent, count, name, isTaken }: NameRequest): Promise<readonly string[]> {
  const chosen: string[] = [];
  if (name !== undefined && count === 1) chosen.push(name);
  for (let number = 1; chosen.length < count; number++) {
    const next = `${name ?? parent}-${String(number)}`;
    if (name !== undefined || !(await isTaken(next))) chosen.push(next);
  }
  for (const each of chosen) {
    if (!componentName(each).ok) throw new SandboxError('FORK_NAME', { subject: each });
    if (await isTaken(each)) throw new SandboxError('FORK_EXISTS', { subject: each });
  }
  return chosen;
}
