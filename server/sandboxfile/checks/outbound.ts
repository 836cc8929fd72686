import { ownSandboxes, type Check } from './check.ts';

/** Rules narrow the scope: beyond the groups of a sandbox that reaches nothing there, they are idle. */
export const checkOutbound: Check = (subject, problems) => {
  for (const { fields, scope } of ownSandboxes(subject)) {
    if (scope !== 'none' && scope !== 'group') continue;
    for (const field of [fields.allow, fields.deny]) {
      if (field === undefined) continue;
      const message = `rules have no effect: with scope '${scope}' nothing outside is reached anyway`;
      problems.report('SBX-OUTBOUND-SCOPE', field.key, message);
    }
  }
};
