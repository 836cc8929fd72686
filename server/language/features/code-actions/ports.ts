import { formatPort, port } from '../../../sandboxfile/index.ts';
import { freeHostPort } from '../free-port.ts';
import { problemSpan, replaceScalar, written, type Fixer } from './fix.ts';

/** The next host port that nobody in the file uses. */
export const freePort: Fixer = ({ document }, problem) => {
  const span = problemSpan(problem);
  const parsed = port(written(document, span));
  if (!parsed.ok) return [];
  const { host, protocol } = parsed.value;
  const free = freeHostPort(document.project, host, protocol);
  const text = formatPort({ ...parsed.value, host: free });
  return [
    {
      title: `Use host port ${String(free)}`,
      preferred: true,
      changes: [replaceScalar(document, span, text)],
    },
  ];
};
