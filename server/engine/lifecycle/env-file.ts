import { envFilePath, parseEnvFile } from '../../sandboxfile/index.ts';
import type { EnvEntry, Sandbox as Definition } from '../../sandboxfile/index.ts';
import { SandboxError } from '../errors/index.ts';
import { readTextFile } from '../text-file.ts';

/** Entries of the file that `env_file` names; a missing file or a wrong line is an error at start. */
export async function readEnvFile(definition: Definition): Promise<readonly EnvEntry[]> {
  const path = envFilePath(definition);
  if (path === undefined || definition.envFile === undefined) return [];
  const { entries, faults } = parseEnvFile(await text(path), definition.envFile);
  const fault = faults[0];
  if (fault !== undefined) {
    throw new SandboxError('ENV_FILE_INVALID', { subject: `${definition.envFile}:${fault.line}` });
  }
  return entries;
}

async function text(path: string): Promise<string> {
  try {
    return await readTextFile(path);
  } catch (error) {
    throw new SandboxError('ENV_FILE', { subject: path, cause: error });
  }
}
