import { quote } from '../grammars/grammar.ts';
import type { Span } from '../position.ts';
import { ownComponents, type Check } from './check.ts';

export const checkEnvs: Check = (subject, problems) => {
  for (const { fields } of ownComponents(subject)) {
    const seen = new Map<string, Span>();
    for (const { value, span } of fields.envs?.value ?? []) {
      const first = seen.get(value.name);
      if (first === undefined) {
        seen.set(value.name, span);
        continue;
      }
      const message = `'${quote(value.name)}' is set more than once; the last one wins`;
      problems.report('SBX-ENV-DUP', span, message, {
        related: [{ range: problems.range(first), message: 'first set here' }],
      });
    }
  }
};
