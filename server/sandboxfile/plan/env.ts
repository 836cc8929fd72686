import { env, type EnvEntry } from '../grammars/env.ts';

/** The image's environment, then the env file's, then the file's own entries; later ones win. */
export function mergeEnv(
  image: readonly string[],
  envFile: readonly EnvEntry[],
  own: readonly EnvEntry[],
): readonly EnvEntry[] {
  const fromImage = image.flatMap((text) => {
    const parsed = env(text);
    return parsed.ok ? [parsed.value] : [];
  });
  const merged = new Map([...fromImage, ...envFile, ...own].map((entry) => [entry.name, entry.value]));
  return [...merged].map(([name, value]) => ({ name, value }));
}
