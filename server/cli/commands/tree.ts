import type { ImageLayer, Project } from '../../engine/api.ts';
import { displayImage, hasCode, SandboxError } from '../../engine/index.ts';
import type { BuildModel, SandboxModel } from '../../engine/index.ts';
import type { Context } from '../context.ts';
import { withProject } from '../open-project.ts';
import { formatBytes } from '../render/bytes.ts';
import { printable } from '../render/style.ts';
import { renderTree } from '../render/tree.ts';
import type { TreeNode } from '../render/tree.ts';
import type { InvocationOf } from './index.ts';

type Component = SandboxModel | BuildModel;

export function tree(context: Context, invocation: InvocationOf<'tree'>): Promise<number> {
  const { path, section, names, level } = invocation;
  return withProject(context, path, async (project) => {
    const nodes: TreeNode[] = [];
    for (const name of known(project, section, names))
      nodes.push(await nodeOf(context, project, section, name));
    await context.stdout.write(renderTree(nodes, level));
    return 0;
  });
}

type Section = InvocationOf<'tree'>['section'];

const unknownCodes = {
  sandboxes: 'SANDBOX_UNKNOWN',
  builds: 'BUILD_UNKNOWN',
  groups: 'GROUP_UNKNOWN',
} as const;

function known({ model, file }: Project, section: Section, names: readonly string[]): readonly string[] {
  const unknown = names.filter((name) => !model[section].has(name));
  if (unknown.length === 0) return names;
  throw new SandboxError(unknownCodes[section], { subject: unknown.join(', '), context: file });
}

async function nodeOf(context: Context, project: Project, section: Section, name: string): Promise<TreeNode> {
  const { sandboxes, builds } = project.model;
  if (section === 'groups') {
    const members = [...sandboxes.values(), ...builds.values()].filter(({ groups }) => groups.has(name));
    const children: TreeNode[] = [];
    for (const member of members) children.push(await componentNode(context, project, member));
    return { text: printable(name), children };
  }
  const component = section === 'builds' ? builds.get(name) : sandboxes.get(name);
  return component === undefined
    ? { text: printable(name), children: [] }
    : componentNode(context, project, component);
}

async function componentNode(context: Context, project: Project, component: Component): Promise<TreeNode> {
  const own = component.kind === 'sandbox' ? await ownLayers(context, project, component) : [];
  const image = await imageNode(context, component, own);
  return { text: printable(component.name), children: image === undefined ? own : [image] };
}

/** What the sandbox adds on top of its image. */
async function ownLayers(
  context: Context,
  project: Project,
  { name, scripts, volumes }: SandboxModel,
): Promise<readonly TreeNode[]> {
  const patches = [scripts.size > 0 ? 'scripts' : '', volumes.length > 0 ? 'mounts' : ''].filter(Boolean);
  const [status] = await project.status([name], { signal: context.interrupts.signal });
  const disk = status?.diskBytes;
  return [
    ...(patches.length > 0 ? [leaf(`patch (${patches.join(', ')})`)] : []),
    leaf(disk === undefined ? 'rw (empty)' : `rw ${formatBytes(disk, 2)}`),
  ];
}

async function imageNode(
  context: Context,
  { image }: Component,
  above: readonly TreeNode[],
): Promise<TreeNode | undefined> {
  if (image === undefined) return undefined;
  const layers = image.kind === 'path' ? [] : await layersOf(context, image.text);
  return { text: printable(displayImage(image)), children: [...layers.map(layerNode), ...above] };
}

/** Of an image that is on this machine; nothing is fetched to be looked at. */
async function layersOf(context: Context, image: string): Promise<readonly (ImageLayer | undefined)[]> {
  const { images } = await context.engine();
  try {
    return (await images.inspect(image, { signal: context.interrupts.signal })).layers;
  } catch (error) {
    if (hasCode(error, 'IMAGE_NOT_CACHED') || hasCode(error, 'IMAGE_NOT_FOUND')) return [undefined];
    throw error;
  }
}

function layerNode(layer: ImageLayer | undefined): TreeNode {
  if (layer === undefined) return leaf('(not on this machine)');
  const digest = printable(layer.digest);
  const shown = digest.slice(0, digest.indexOf(':') + 1 + shownDigits);
  return leaf(`${shown}… ${formatBytes(layer.sizeBytes, 1)}`);
}

const shownDigits = 10;

function leaf(text: string): TreeNode {
  return { text, children: [] };
}
