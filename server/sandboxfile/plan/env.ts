import { env, type EnvEntry } from '../grammars/env.ts';

/** The image's environment, then the env file's, then the file's own entries; later ones win. */
export function mergeEnv(
  image: readonly string[],
  envFile: readonly EnvEntry[],
  own: readonly EnvEntry[],
  placeholders: ReadonlyMap<string, string> = new Map(),
): readonly EnvEntry[] {
  const fromImage = image.flatMap((text) => {
    const parsed = env(text);
    return parsed.ok ? [parsed.value] : [];
  });
  const trust = placeholders.size === 0 ? [] : TRUST;
  const merged = new Map(
    [...trust, ...fromImage, ...envFile, ...own].map(({ name, value }) => [name, value]),
  );
  for (const [name, placeholder] of placeholders) merged.set(name, placeholder);
  return [...merged].map(([name, value]) => ({ name, value }));
}

/** Where the guest has whom it trusts: programs with roots of their own have to be told. */
const AUTHORITIES = '/.sandbox/authorities';
const TRUST: readonly EnvEntry[] = [
  { name: 'SSL_CERT_FILE', value: `${AUTHORITIES}/bundle.pem` },
  { name: 'REQUESTS_CA_BUNDLE', value: `${AUTHORITIES}/bundle.pem` },
  { name: 'NODE_EXTRA_CA_CERTS', value: `${AUTHORITIES}/project.pem` },
];
