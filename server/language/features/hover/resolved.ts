import {
  envFilePath,
  formatEnv,
  imageSource,
  normalImage,
  resolveHostPath,
  type Build,
  type Image,
  type Located,
  type Sandbox,
} from '../../../sandboxfile/index.ts';
import type { LanguageDocument, LanguageWorkspace } from '../../document-types.ts';
import type { ImageFacts } from '../../providers.ts';
import { answer } from '../answer.ts';
import { code } from '../markdown.ts';

export interface HoverContext {
  readonly workspace: LanguageWorkspace;
  readonly document: LanguageDocument;
  readonly signal: AbortSignal;
}

/** What a component's key comes to, with defaults, the image's word and the host's paths; as Markdown. */
export async function resolvedValue(
  context: HoverContext,
  path: readonly string[],
  offset: number,
): Promise<string | undefined> {
  const [section, name = '', key, ...more] = path;
  const { sandboxes, builds } = context.document.project;
  const component =
    section === 'sandboxes' ? sandboxes.get(name) : section === 'builds' ? builds.get(name) : undefined;
  if (component === undefined || key === undefined || more.length > 0) return undefined;
  const value = await resolve(context, component, key, offset);
  return value === undefined ? undefined : `= ${value}`;
}

async function resolve(
  context: HoverContext,
  component: Sandbox | Build,
  key: string,
  offset: number,
): Promise<string | undefined> {
  const { folder } = component.origin;
  const { fields } = component;
  const absolute = (path: string) => (folder === '' ? path : resolveHostPath(folder, path));
  switch (key) {
    case 'image':
      return component.image === undefined
        ? undefined
        : imageForm(context.workspace, component.image, absolute);
    case 'memory':
    case 'ram':
      return `${String(component.memoryMib)} MiB`;
    case 'cpus':
      return String(component.cpus);
    case 'scope':
      return component.kind === 'sandbox' ? code(component.scope) : undefined;
    case 'vmm':
      return component.kind === 'sandbox' && component.vmm !== undefined ? code(component.vmm) : undefined;
    case 'volumes': {
      const volume = at(fields.volumes?.value, offset);
      if (volume === undefined) return undefined;
      const { host, guest, readOnly } = volume;
      return `${code(absolute(host))} on the host, ${code(guest)} in the guest, ${readOnly ? 'read-only' : 'read-write'}`;
    }
    case 'ports': {
      const port = at(fields.ports?.value, offset);
      if (port === undefined) return undefined;
      const { host, guest, protocol } = port;
      return `host port ${code(String(host))} to guest port ${code(String(guest))}, ${protocol.toUpperCase()}`;
    }
    case 'envs': {
      const entry = at(fields.envs?.value, offset);
      return entry === undefined ? undefined : code(formatEnv(entry));
    }
    case 'env_file': {
      const path = folder === '' ? undefined : envFilePath(component);
      return path === undefined ? undefined : code(path);
    }
    case 'workdir': {
      if (component.workdir !== undefined) return code(component.workdir);
      const found = (await imageFacts(context, component))?.workingDir ?? '';
      return found === '' ? code('/') : `${code(found)}, from the image`;
    }
    case 'shell':
      return code(component.shell ?? '/bin/sh');
    case 'command':
    case 'exec': {
      if (component.command.length > 0) return component.command.map(code).join(' ');
      const facts = await imageFacts(context, component);
      const words = [...(facts?.entrypoint ?? []), ...(facts?.cmd ?? [])];
      return words.length === 0 ? undefined : `${words.map(code).join(' ')}, from the image`;
    }
    default:
      return undefined;
  }
}

function imageForm(workspace: LanguageWorkspace, image: Image, absolute: (path: string) => string): string {
  if (image.kind === 'path') return code(absolute(image.text));
  if (image.kind === 'builtin') return `${code(image.text)}, which comes with the product`;
  const registry = workspace.providers.images?.registry;
  if (registry !== undefined || image.domain !== undefined) return code(normalImage(image, registry ?? ''));
  return `${code(normalImage(image, '').slice(1))} of the default registry`;
}

async function imageFacts(
  context: HoverContext,
  component: Sandbox | Build,
): Promise<ImageFacts | undefined> {
  const { images } = context.workspace.providers;
  const { image } = component;
  if (images === undefined || image === undefined) return undefined;
  return answer((limit) => images.config(imageSource(image, component.origin), limit), context.signal);
}

function at<T>(items: readonly Located<T>[] | undefined, offset: number): T | undefined {
  return items?.find(({ span }) => span.start <= offset && offset <= span.end)?.value;
}
