import { CompletionItemKind } from 'vscode-languageserver-types';
import { groupNamed } from '../names/local.ts';
import { ownComponent } from './names.ts';
import { all, NOTHING, type CompletionContext, type Found } from './suggestion.ts';

const SHELLS: readonly string[] = ['/bin/sh', '/bin/bash', '/bin/ash', '/bin/zsh'];
/** Addresses looked at for a free one. */
const MAX_TRIED = 1024;

export function shells(): Found {
  return values(SHELLS, CompletionItemKind.Value);
}

/** Guest folders that the component's volumes and imports bring. */
export function folders(context: CompletionContext): Found {
  const component = ownComponent(context);
  const mounts = [...(component?.volumes ?? []), ...(component?.imports ?? [])];
  return values([...mounts.map(({ guest }) => guest), '/'], CompletionItemKind.Folder);
}

/** Guest paths of volumes of which nothing more is said yet. */
export function volumesWithoutOptions(context: CompletionContext): Found {
  const component = ownComponent(context);
  const paths = (component?.volumes ?? []).map(({ guest }) => guest);
  return values(
    paths.filter((guest) => component?.volumeOptions.has(guest) !== true),
    CompletionItemKind.Folder,
  );
}

/** The first address of the group's subnet that no member has; its first host is the gateway's. */
export function addresses({ workspace, document, site }: CompletionContext): Found {
  const name = site.path[3]?.key ?? '';
  const subnet = groupNamed(workspace, document, name)?.subnet;
  if (subnet === undefined) return NOTHING;
  const { sandboxes, builds } = document.project;
  const used = new Set(
    [...sandboxes.values(), ...builds.values()].map((component) => component.groups.get(name)?.ip),
  );
  const hosts = Math.min(2 ** (32 - subnet.prefix) - 1, MAX_TRIED);
  for (let host = 2; host < hosts; host++) {
    const address = dotted(subnet.address + host);
    if (!used.has(address)) return values([address], CompletionItemKind.Value);
  }
  return NOTHING;
}

export function hostnames({ site }: CompletionContext): Found {
  const name = site.path[1]?.key?.toLowerCase() ?? '';
  return /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/.test(name) ? values([name], CompletionItemKind.Value) : NOTHING;
}

/** A private subnet that no group of the file has. */
export function subnets({ document }: CompletionContext): Found {
  const used = new Set([...document.project.groups.values()].map(({ subnet }) => subnet?.text));
  for (let third = 1; third < 256; third++) {
    const text = `10.0.${String(third)}.0/24`;
    if (!used.has(text)) return values([text], CompletionItemKind.Value);
  }
  return NOTHING;
}

function values(texts: readonly string[], kind: CompletionItemKind): Found {
  return all([...new Set(texts)].map((text) => ({ text, kind, rank: 1 })));
}

function dotted(address: number): string {
  return [24, 16, 8, 0].map((shift) => String(Math.floor(address / 2 ** shift) % 256)).join('.');
}
