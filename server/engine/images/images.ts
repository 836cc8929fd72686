import { realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import type {
  EventBody,
  ImageDetails,
  ImageOptions,
  Images,
  LoadedImage,
  LoadOptions,
  PruneOptions,
  PulledImage,
  PullOptions,
  PushedImage,
  RegistryLogin,
  RemovedImages,
  SaveOptions,
  StoredImage,
} from '../api.ts';
import { hasCode } from '../errors/index.ts';
import {
  expect,
  imageDetails,
  loadedImages,
  pulledImage,
  pushedImage,
  removedImages,
  resolvedImage,
  storedImages,
} from '../machine/image-answers.ts';
import { callImage } from '../machine/image-process.ts';
import type { ImageCall, ImageTool } from '../machine/image-process.ts';
import { text, texts } from '../machine/json.ts';
import type { Json } from '../machine/json.ts';
import { defaultRegistry } from './registry.ts';

/** Images by way of `menv image`; nothing of them is kept here. */
export class ImageLibrary implements Images {
  readonly defaultRegistry = defaultRegistry();
  readonly #tool: ImageTool;
  readonly #emit: (event: EventBody) => void;

  constructor(tool: ImageTool, emit: (event: EventBody) => void) {
    this.#tool = tool;
    this.#emit = emit;
  }

  async pull(reference: string, options: PullOptions = {}): Promise<PulledImage> {
    this.#emit({ kind: 'image', image: reference, stage: 'resolving', done: 0, total: 0 });
    const { layerPath } = options;
    const flags = layerPath === undefined ? [] : ['--layer-path', layerPath];
    const call = { verb: 'pull', flags, args: [reference], subject: reference } as const;
    try {
      const answer = await this.#call(call, options);
      if (layerPath !== undefined) await this.#warnOfPlace(answer, reference, layerPath);
      return pulledImage(answer, reference);
    } catch (error) {
      if (!hasCode(error, 'REGISTRY_UNAVAILABLE') && !hasCode(error, 'REGISTRY_TIMEOUT')) throw error;
      const stored = await this.#stored(reference, options);
      if (stored === undefined) throw error;
      const message = `${error.message}; ${stored.reference} stays as it was pulled last`;
      this.#emit({ kind: 'warning', code: error.code, message });
      return stored;
    }
  }

  async push(reference: string, options: ImageOptions = {}): Promise<PushedImage> {
    const call = { verb: 'push', args: [reference], subject: reference } as const;
    return pushedImage(await this.#call(call, options), reference);
  }

  async login(login: RegistryLogin, options: ImageOptions = {}): Promise<{ readonly registry: string }> {
    const { registry = this.defaultRegistry, username, password } = login;
    const input = JSON.stringify({ username, password });
    const answer = await this.#call({ verb: 'login', args: [registry], subject: registry, input }, options);
    return { registry: text(expect(answer, 'login', registry)['registry']) };
  }

  async logout(
    registry = this.defaultRegistry,
    options: ImageOptions = {},
  ): Promise<{ readonly registry: string; readonly removed: boolean }> {
    const answer = await this.#call({ verb: 'logout', args: [registry], subject: registry }, options);
    const logout = expect(answer, 'logout', registry);
    return { registry: text(logout['registry']), removed: logout['removed'] === true };
  }

  async tags(repository: string, options: ImageOptions = {}): Promise<readonly string[]> {
    const call = { verb: 'tags', args: [repository], subject: repository } as const;
    return texts((await this.#call(call, options))['tags']);
  }

  async list(options: ImageOptions = {}): Promise<readonly StoredImage[]> {
    return storedImages(await this.#call({ verb: 'ls', args: [], subject: this.#tool.store }, options));
  }

  async remove(images: readonly string[], options: ImageOptions = {}): Promise<RemovedImages> {
    const subject = images.join(', ');
    return removedImages(await this.#call({ verb: 'rm', args: images, subject }, options), subject);
  }

  async prune(options: PruneOptions = {}): Promise<RemovedImages> {
    const flags = options.keep === undefined ? [] : ['--keep', options.keep];
    const call = { verb: 'prune', flags, args: [], subject: this.#tool.store } as const;
    return removedImages(await this.#call(call, options), this.#tool.store);
  }

  async inspect(image: string, options: ImageOptions = {}): Promise<ImageDetails> {
    return imageDetails(await this.#call({ verb: 'inspect', args: [image], subject: image }, options), image);
  }

  async load(
    source: string | AsyncIterable<Uint8Array>,
    options: LoadOptions = {},
  ): Promise<readonly LoadedImage[]> {
    const flags = options.name === undefined ? [] : ['--name', options.name];
    const call: ImageCall =
      typeof source === 'string'
        ? { verb: 'load', flags, args: [source], subject: source }
        : { verb: 'load', flags, args: ['-'], subject: 'standard input', input: source };
    return loadedImages(await this.#call(call, options));
  }

  async save(images: readonly string[], options: SaveOptions): Promise<{ readonly path: string }> {
    const { output, format } = options;
    const flags = ['--output', output, '--format', format];
    const answer = await this.#call({ verb: 'save', flags, args: images, subject: output }, options);
    return { path: text(expect(answer, 'saved', output)['path']) };
  }

  async #warnOfPlace(answer: Json, reference: string, layerPath: string): Promise<void> {
    const { rootDisk } = resolvedImage(answer['image'], reference);
    const [place, wanted] = await Promise.all([
      realpath(rootDisk),
      realpath(layerPath).catch(() => layerPath),
    ]);
    if (place.startsWith(`${wanted}/`)) return;
    const message = `${reference} is on this machine already and stays in ${dirname(place)}`;
    this.#emit({ kind: 'warning', code: 'NO_EFFECT', message });
  }

  /** The image as far as it is known without its registry. */
  async #stored(reference: string, options: ImageOptions): Promise<PulledImage | undefined> {
    const flags = ['--pull', 'never'];
    const call = { verb: 'resolve', flags, args: [reference], subject: reference } as const;
    return this.#call(call, options).then(
      (answer) => pulledImage(answer, reference),
      () => undefined,
    );
  }

  #call(call: ImageCall, { signal }: ImageOptions): Promise<Json> {
    return callImage(this.#tool, { ...call, onEvent: this.#emit, signal });
  }
}
