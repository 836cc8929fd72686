import { nearest, SCOPES } from '../../../sandboxfile/index.ts';
import { problemSpan, replaceScalar, word, written, type Fixer } from './fix.ts';

/** The known word that is closest to what is there. */
export const meantWord: Fixer = ({ document }, problem) => {
  const suggestion = word(problem, 'suggestion');
  if (suggestion === undefined) return [];
  const change = replaceScalar(document, problemSpan(problem), suggestion);
  return [{ title: `Change to '${suggestion}'`, preferred: true, changes: [change] }];
};

export const meantScope: Fixer = ({ document }, problem) => {
  const span = problemSpan(problem);
  const meant = nearest(written(document, span), SCOPES);
  const rest = SCOPES.filter((scope) => scope !== meant);
  return [...(meant === undefined ? [] : [meant]), ...rest].map((scope) => ({
    title: `Change to '${scope}'`,
    preferred: scope === meant,
    changes: [replaceScalar(document, span, scope)],
  }));
};
