import { normalImage } from '../../sandboxfile/index.ts';
import type { Image } from '../../sandboxfile/index.ts';

/** What a name without a registry means. */
export function defaultRegistry(env: NodeJS.ProcessEnv = process.env): string {
  const replaced = env['OCI_REGISTRY_DOMAIN'];
  return replaced === undefined || replaced === '' ? 'docker.io' : replaced;
}

/** An image as messages and lists show it. */
export function displayImage(image: Image): string {
  return normalImage(image, defaultRegistry());
}
