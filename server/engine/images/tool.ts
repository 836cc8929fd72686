import type { Installation } from '../lifecycle/context.ts';
import { guestPlatform } from '../machine/assets.ts';
import type { ImageTool } from '../machine/image-process.ts';

/** How this installation runs `menv image`. */
export function imageTool({ assets, home }: Installation): ImageTool {
  const { menv, busybox } = assets;
  return { menv, busybox, home: home.root, store: home.images, platform: guestPlatform() };
}
