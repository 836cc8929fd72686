// What a command line means, after parsing and before anything is done.

import type { Definition, OneOffOptions, SaveFormat, Section, Selection } from '../engine/api.ts';
import type { LogLevel } from './log-level.ts';

export type Invocation =
  | { readonly command: 'init'; readonly path: string | undefined }
  | {
      readonly command: 'add';
      readonly path: string | undefined;
      readonly section: Section;
      readonly names: readonly string[];
      readonly definition: Definition;
    }
  | {
      readonly command: 'remove';
      readonly path: string | undefined;
      readonly section: Section;
      readonly names: readonly string[];
    }
  | {
      readonly command: 'check';
      readonly path: string | undefined;
      readonly json: boolean;
      /** Warnings fail too. */
      readonly strict: boolean;
    }
  | {
      readonly command: 'run';
      readonly path: string | undefined;
      readonly name: string;
      readonly selection: Selection;
      readonly detach: boolean;
    }
  | { readonly command: 'exe'; readonly machine: Omit<OneOffOptions, 'cwd'>; readonly selection: Selection }
  | { readonly command: 'status'; readonly path: string | undefined; readonly names: readonly string[] }
  | {
      readonly command: 'pause' | 'resume';
      readonly path: string | undefined;
      readonly names: readonly string[];
    }
  | {
      readonly command: 'snapshot-create';
      readonly path: string | undefined;
      readonly name: string;
      readonly snapshot: string;
      readonly description: string;
      readonly diskOnly: boolean;
    }
  | {
      readonly command: 'snapshot-restore';
      readonly path: string | undefined;
      readonly name: string;
      readonly snapshot: string;
      readonly diskOnly: boolean;
      /** Without being asked. */
      readonly yes: boolean;
    }
  | {
      readonly command: 'snapshot-export';
      readonly path: string | undefined;
      readonly name: string;
      readonly snapshot: string;
      readonly output: string;
    }
  | {
      readonly command: 'snapshot-import';
      readonly path: string | undefined;
      readonly name: string;
      readonly snapshot: string;
      readonly input: string;
      readonly diskOnly: boolean;
      readonly trust: boolean;
    }
  | {
      readonly command: 'snapshot-rm';
      readonly path: string | undefined;
      readonly name: string;
      readonly snapshot: string;
    }
  | {
      readonly command: 'fork';
      readonly path: string | undefined;
      readonly sandbox: string;
      readonly count: number;
      readonly name: string | undefined;
      readonly snapshot: string | undefined;
    }
  | { readonly command: 'snapshot-ls'; readonly path: string | undefined; readonly names: readonly string[] }
  | { readonly command: 'port-ls'; readonly path: string | undefined; readonly names: readonly string[] }
  | {
      readonly command: 'port-add';
      readonly path: string | undefined;
      readonly name: string;
      /** As typed. */
      readonly port: string;
      readonly address: string | undefined;
    }
  | {
      readonly command: 'port-rm';
      readonly path: string | undefined;
      readonly name: string;
      readonly port: string;
    }
  | { readonly command: 'secret-ls'; readonly path: string | undefined }
  | {
      readonly command: 'secret-set';
      readonly path: string | undefined;
      readonly name: string;
      /** The value comes from standard input. */
      readonly stdin: boolean;
    }
  | { readonly command: 'secret-rm'; readonly path: string | undefined; readonly name: string }
  | {
      readonly command: 'up';
      readonly path: string | undefined;
      readonly names: readonly string[];
      readonly detach: boolean;
    }
  | {
      readonly command: 'down';
      readonly path: string | undefined;
      readonly names: readonly string[];
      readonly save: boolean;
    }
  | {
      readonly command: 'log';
      readonly path: string | undefined;
      readonly name: string;
      readonly follow: boolean;
      readonly tail: number | undefined;
      /** Of what was denied. */
      readonly audit: boolean;
    }
  | {
      readonly command: 'doctor';
      readonly path: string | undefined;
      readonly json: boolean;
      readonly probe: boolean;
      readonly fix: boolean;
    }
  | { readonly command: 'list'; readonly path: string | undefined }
  | {
      readonly command: 'tree';
      readonly path: string | undefined;
      readonly section: Section;
      readonly names: readonly string[];
      readonly level: number | undefined;
    }
  | {
      readonly command: 'clean';
      readonly path: string | undefined;
      readonly name: string | undefined;
      readonly project: boolean;
      readonly home: boolean;
      readonly force: boolean;
    }
  | ImageInvocation;

type ImageInvocation =
  | { readonly command: 'pull'; readonly target: ImageTarget; readonly layerPath: string | undefined }
  | { readonly command: 'push'; readonly target: ImageTarget }
  | {
      readonly command: 'login';
      readonly registry: string | undefined;
      readonly username: string | undefined;
      readonly passwordStdin: boolean;
    }
  | { readonly command: 'logout'; readonly registry: string | undefined }
  | { readonly command: 'image-ls'; readonly format: 'table' | 'json' | 'digests' }
  | { readonly command: 'image-rm'; readonly images: readonly string[] }
  | { readonly command: 'image-prune'; readonly keep: string | undefined }
  | { readonly command: 'image-inspect'; readonly images: readonly string[] }
  | {
      readonly command: 'image-commit';
      readonly path: string | undefined;
      readonly name: string;
      readonly reference: string;
      readonly message: string | undefined;
    }
  | { readonly command: 'load'; readonly path: string; readonly name: string | undefined }
  | {
      readonly command: 'save';
      readonly images: readonly string[];
      readonly output: string;
      readonly format: SaveFormat;
    };

/** One image, or those that the members of a group of the Sandboxfile use. */
export type ImageTarget =
  | { readonly kind: 'image'; readonly image: string }
  | { readonly kind: 'group'; readonly group: string; readonly path: string | undefined };

export type Parsed =
  | { readonly kind: 'version' }
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'usage-error'; readonly message: string; readonly usage: string }
  | {
      readonly kind: 'invocation';
      readonly invocation: Invocation;
      readonly level: LogLevel;
      /** What runs the sandboxes that are started. */
      readonly vmm?: string;
      /** Deprecation notes for the user. */
      readonly notes: readonly string[];
    };
