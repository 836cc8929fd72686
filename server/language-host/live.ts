import type { Engine } from '../engine/api.ts';
import type { Live } from '../language/providers.ts';
import { EngineImages } from './images.ts';

/** What the engine knows, for the language server. The engine is loaded when something is asked for. */
export function openLive(): Live {
  let opened: Promise<Engine> | undefined;
  const engine = (): Promise<Engine> => (opened ??= load());
  const images = new EngineImages(engine);
  return {
    images,
    close: async () => {
      images.close();
      await (await opened)?.close();
    },
  };
}

async function load(): Promise<Engine> {
  const { createEngine } = await import('../engine/index.ts');
  return createEngine();
}
