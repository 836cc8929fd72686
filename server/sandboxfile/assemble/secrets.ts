import type { SecretHost } from '../grammars/secret.ts';
import type { SandboxFields } from '../schema/fields.ts';

/** Those without a host, of a file with errors, are left out. */
export function assembleSecrets(field: SandboxFields['secrets']): ReadonlyMap<string, readonly SecretHost[]> {
  const secrets = new Map<string, readonly SecretHost[]>();
  for (const [name, { value }] of field?.value ?? []) {
    const hosts = value === undefined ? [] : 'domain' in value ? [value] : value.map((item) => item.value);
    if (hosts.length > 0) secrets.set(name, hosts);
  }
  return secrets;
}
