import type { Range } from './position.ts';

/** error: the file or one component cannot be used; warning: it loads, the user is told; hint: a remark. */
export type Severity = 'error' | 'warning' | 'hint';

/** Every diagnostic with its severity, unless the place that reports it knows better. */
export const SEVERITIES = {
  'SBX-YAML': 'error',
  'SBX-ROOT': 'error',
  'SBX-TYPE': 'error',
  'SBX-REQUIRED': 'error',
  'SBX-DUP-KEY': 'error',
  'SBX-UNKNOWN-KEY': 'warning',
  'SBX-IMAGE': 'error',
  'SBX-IMAGE-PATH': 'warning',
  'SBX-MEMORY': 'error',
  'SBX-CPUS': 'error',
  'SBX-VOLUME': 'error',
  'SBX-VOLUME-GUEST': 'error',
  'SBX-VOLUME-OVERLAP': 'error',
  'SBX-VOLUME-HOST': 'warning',
  'SBX-VOLUME-OPTION': 'error',
  'SBX-VOLUME-SHOWN': 'warning',
  'SBX-PORT': 'error',
  'SBX-PORT-DUP': 'error',
  'SBX-PORT-AGENT': 'warning',
  'SBX-ENV': 'error',
  'SBX-ENV-DUP': 'warning',
  'SBX-ENVFILE': 'error',
  'SBX-ENVFILE-PATH': 'warning',
  'SBX-SCOPE': 'error',
  'SBX-VMM': 'error',
  'SBX-OUTBOUND': 'error',
  'SBX-OUTBOUND-SCOPE': 'warning',
  'SBX-SECRET': 'error',
  'SBX-SECRET-SCOPE': 'warning',
  'SBX-VERSION': 'error',
  'SBX-URL': 'hint',
  'SBX-NAME': 'error',
  'SBX-NAME-RPC': 'warning',
  'SBX-SCRIPT-NAME': 'error',
  'SBX-WORKDIR': 'error',
  'SBX-DEP-UNKNOWN': 'warning',
  'SBX-DEP-DUP': 'warning',
  'SBX-DEP-CYCLE': 'error',
  'SBX-DEP-DEPTH': 'error',
  'SBX-IMPORT-BUILD': 'error',
  'SBX-IMPORT-EXPORT': 'error',
  'SBX-IMPORT-AMBIGUOUS': 'error',
  'SBX-IMPORT-PATH': 'error',
  'SBX-EXPORT-PATH': 'error',
  'SBX-MODULE-NOT-FOUND': 'error',
  'SBX-MODULE-INVALID': 'error',
  'SBX-MODULE-COMPONENT': 'error',
  'SBX-MODULE-CONFLICT': 'error',
  'SBX-MODULE-CYCLE': 'error',
  'SBX-MODULE-DEPTH': 'error',
  'SBX-GROUP-UNKNOWN': 'error',
  'SBX-GROUP-NET': 'error',
  'SBX-GROUP-VOLUME': 'error',
  'SBX-DEPRECATED': 'warning',
  'SBX-UNUSED': 'hint',
  'SBX-NO-ENTRY': 'hint',
} as const satisfies Record<string, Severity>;

export type ProblemId = keyof typeof SEVERITIES;

export interface Problem {
  readonly id: ProblemId;
  readonly severity: Severity;
  readonly message: string;
  readonly range: Range;
  /** Other places that belong to it, such as the first of two equal keys. */
  readonly related?: readonly RelatedPlace[];
  /** What a quick fix needs, such as the nearest known key. */
  readonly data?: Readonly<Record<string, string | number | readonly string[]>>;
}

export interface RelatedPlace {
  /** Path of another file; absent: the same file. */
  readonly file?: string;
  readonly range: Range;
  readonly message: string;
}

export function hasErrors(problems: readonly Problem[]): boolean {
  return problems.some((problem) => problem.severity === 'error');
}
