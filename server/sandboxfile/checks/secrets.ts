import { quote } from '../grammars/grammar.ts';
import { ownSandboxes, type Check } from './check.ts';

/** What the gateway takes of one sandbox, and of one secret. */
const MAX_SECRETS = 64;
const MAX_HOSTS = 64;

export const checkSecrets: Check = (subject, problems) => {
  for (const { fields, scope } of ownSandboxes(subject)) {
    const { secrets } = fields;
    if (secrets?.value === undefined) continue;
    if (scope === 'none' || scope === 'group') {
      const message = `secrets have no effect: with scope '${scope}' no host outside is reached`;
      problems.report('SBX-SECRET-SCOPE', secrets.key, message);
    }
    if (secrets.value.size > MAX_SECRETS) {
      problems.report('SBX-SECRET', secrets.key, `more than ${String(MAX_SECRETS)} secrets`);
    }
    for (const [name, { key, value }] of secrets.value) {
      if (value === undefined || !('length' in value)) continue;
      if (value.length === 0) {
        problems.report('SBX-SECRET', key, `the secret '${name}' is for no host, so that it cannot be used`);
      } else if (value.length > MAX_HOSTS) {
        problems.report(
          'SBX-SECRET',
          key,
          `the secret '${name}' is for more than ${String(MAX_HOSTS)} hosts`,
        );
      }
    }
    for (const { value, span } of fields.envs?.value ?? []) {
      const secret = secrets.value.get(value.name);
      if (secret === undefined) continue;
      const message = `'${quote(value.name)}' is a secret; its placeholder wins`;
      problems.report('SBX-ENV-DUP', span, message, {
        related: [{ range: problems.range(secret.key), message: 'the secret' }],
      });
    }
  }
};
