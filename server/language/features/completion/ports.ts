import { CompletionItemKind } from 'vscode-languageserver-types';
import { imageSource } from '../../../sandboxfile/index.ts';
import { answer } from '../answer.ts';
import { freeHostPort } from '../free-port.ts';
import { ownComponent } from './names.ts';
import { all, typed, type CompletionContext, type Found, type Suggestion } from './suggestion.ts';

/** Guest ports that programs use by habit, when the image says nothing. */
const COMMON_PORTS: readonly string[] = ['80', '3000', '8000', '8080'];

/** Each with a host port that no other sandbox of the file uses. */
export async function ports(context: CompletionContext): Promise<Found> {
  const prefix = typed(context);
  const slash = prefix.indexOf('/');
  if (slash >= 0) {
    const pair = prefix.slice(0, slash);
    return all(['tcp', 'udp'].map((protocol) => suggest(`${pair}/${protocol}`, 1, '')));
  }
  const exposed = await exposedPorts(context);
  const guests = exposed ?? COMMON_PORTS;
  const detail = exposed === undefined ? '' : 'exposed by the image';
  const colon = prefix.indexOf(':');
  const suggestions = guests.map((port) => {
    const [guest = '', protocol = 'tcp'] = port.split('/');
    const host =
      colon < 0
        ? String(freeHostPort(context.document.project, Number(guest), protocol === 'udp' ? 'udp' : 'tcp'))
        : prefix.slice(0, colon);
    return suggest(`${host}:${guest}${protocol === 'udp' ? '/udp' : ''}`, 1, detail);
  });
  return { suggestions, complete: exposed !== undefined || context.workspace.providers.images === undefined };
}

async function exposedPorts(context: CompletionContext): Promise<readonly string[] | undefined> {
  const { images } = context.workspace.providers;
  const component = ownComponent(context);
  if (images === undefined || component?.image === undefined) return undefined;
  const source = imageSource(component.image, component.origin);
  const facts = await answer((limit) => images.config(source, limit), context.signal);
  return facts === undefined || facts.exposedPorts.length === 0 ? undefined : facts.exposedPorts;
}

function suggest(text: string, rank: number, detail: string): Suggestion {
  return { text, kind: CompletionItemKind.Value, rank, ...(detail === '' ? {} : { detail }) };
}
