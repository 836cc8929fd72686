import {
  DiagnosticSeverity,
  DiagnosticTag,
  type Diagnostic,
  type DiagnosticRelatedInformation,
  type Range,
} from 'vscode-languageserver-types';
import type { Problem, ProblemId, RelatedPlace, Severity } from '../../sandboxfile/index.ts';
import { uriOf } from '../documents/host-path.ts';

/** A problem as the editor shows it; `data` is what quick fixes need. */
export function toDiagnostic(problem: Problem, uri: string): Diagnostic {
  const { id, severity, message, range, related, data } = problem;
  const tag = TAGS[id];
  return {
    range: toRange(range),
    severity: SEVERITY[severity],
    code: id,
    source: 'sandboxfile',
    message,
    ...(tag === undefined ? {} : { tags: [tag] }),
    ...(related === undefined ? {} : { relatedInformation: related.map((place) => toRelated(place, uri)) }),
    ...(data === undefined ? {} : { data }),
  };
}

const TAGS: Readonly<Partial<Record<ProblemId, DiagnosticTag>>> = {
  'SBX-DEPRECATED': DiagnosticTag.Deprecated,
  'SBX-UNUSED': DiagnosticTag.Unnecessary,
};

const SEVERITY: Readonly<Record<Severity, DiagnosticSeverity>> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  hint: DiagnosticSeverity.Hint,
};

function toRelated({ file, range, message }: RelatedPlace, uri: string): DiagnosticRelatedInformation {
  return { location: { uri: file === undefined ? uri : uriOf(file), range: toRange(range) }, message };
}

/** The language counts from 1, LSP from 0. */
function toRange({ start, end }: Problem['range']): Range {
  return {
    start: { line: start.line - 1, character: start.column - 1 },
    end: { line: end.line - 1, character: end.column - 1 },
  };
}
