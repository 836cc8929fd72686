import type { Finding, FindingId } from '../api.ts';

/** What a finding is about, whatever is found. */
export interface Subject {
  readonly id: FindingId;
  readonly title: string;
  readonly why: string;
}

export function good(subject: Subject, found: string): Finding {
  return { ...subject, state: 'good', found };
}

/** Sandboxes run, with less or slower. */
export function limited(subject: Subject, found: string, fix: string): Finding {
  return { ...subject, state: 'limited', found, fix };
}

/** Some or all sandboxes do not run. */
export function bad(subject: Subject, found: string, fix: string): Finding {
  return { ...subject, state: 'bad', found, fix };
}

/** Whole MiB below one GiB, GiB with one decimal above. */
export function amount(bytes: number): string {
  return bytes < GIB ? `${String(Math.floor(bytes / MIB))} MiB` : `${(bytes / GIB).toFixed(1)} GiB`;
}

export const MIB = 1024 ** 2;
export const GIB = 1024 ** 3;
