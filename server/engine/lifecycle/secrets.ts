import { formatSecretHost, plannedSecrets } from '../../sandboxfile/index.ts';
import { SandboxError } from '../errors/index.ts';
import type { SecretUsesJson } from '../machine/gen/menv/network/v1/secrets_pb.js';
import { SecretStore } from '../secrets/store.ts';
import type { SandboxContext } from './context.ts';

/**
 * What the guest has in place of its secrets, by name. Throws SECRET_MISSING and SECRET_HOSTS: a file
 * cannot have a value that the user has not given, nor have one sent where the user has not given it for.
 */
export async function readPlaceholders(context: SandboxContext): Promise<ReadonlyMap<string, string>> {
  const secrets = plannedSecrets(context.definition);
  if (secrets.length === 0) return new Map();
  const given = await new SecretStore(context.secrets).read();
  return new Map(
    secrets.map(({ name, hosts }) => {
      const secret = given.get(name);
      if (secret === undefined) {
        throw new SandboxError('SECRET_MISSING', { subject: name, context: context.name });
      }
      const more = hosts.map(formatSecretHost).filter((host) => !secret.hosts.includes(host));
      if (more.length > 0)
        throw new SandboxError('SECRET_HOSTS', { subject: name, context: more.join(', ') });
      return [name, secret.placeholder];
    }),
  );
}

/** Where the supervisor finds the values; they are on no other way. */
export function secretUses(context: SandboxContext): SecretUsesJson | undefined {
  const secrets = plannedSecrets(context.definition);
  if (secrets.length === 0) return undefined;
  return {
    folder: context.secrets,
    uses: secrets.map(({ name, hosts }) => ({ name, hosts: [...hosts] })),
  };
}
