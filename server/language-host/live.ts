import type { Engine } from '../engine/api.ts';
import type { Live } from '../language/providers.ts';
import { EngineImages } from './images.ts';
import { EngineSandboxes } from './sandboxes.ts';

/** What the engine knows, for the language server. The engine is loaded when something is asked for. */
export function openLive(): Live {
  let opened: Promise<Engine> | undefined;
  const engine = (): Promise<Engine> => (opened ??= load());
  const images = new EngineImages(engine);
  const sandboxes = new EngineSandboxes(engine);
  return {
    images,
    sandboxes,
    close: async () => {
      images.close();
      await sandboxes.close();
      // One that could not be loaded has nothing to close.
      await opened?.then(
        (engine) => engine.close(),
        () => undefined,
      );
    },
  };
}

async function load(): Promise<Engine> {
  const { createEngine } = await import('../engine/index.ts');
  return createEngine();
}
