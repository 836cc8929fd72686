import { BACK_ENDS, nearest, SCOPES } from '../../../sandboxfile/index.ts';
import { problemSpan, replaceScalar, word, written, type Fixer } from './fix.ts';

/** The known word that is closest to what is there. */
export const meantWord: Fixer = ({ document }, problem) => {
  const suggestion = word(problem, 'suggestion');
  if (suggestion === undefined) return [];
  const change = replaceScalar(document, problemSpan(problem), suggestion);
  return [{ title: `Change to '${suggestion}'`, preferred: true, changes: [change] }];
};

export const meantScope = oneOf(SCOPES);
export const meantBackEnd = oneOf(BACK_ENDS);

function oneOf(words: readonly string[]): Fixer {
  return ({ document }, problem) => {
    const span = problemSpan(problem);
    const meant = nearest(written(document, span), words);
    const rest = words.filter((each) => each !== meant);
    return [...(meant === undefined ? [] : [meant]), ...rest].map((each) => ({
      title: `Change to '${each}'`,
      preferred: each === meant,
      changes: [replaceScalar(document, span, each)],
    }));
  };
}
