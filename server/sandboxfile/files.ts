import type { ImageConfig } from './plan/image-config.ts';
import type { Component } from './model.ts';
import type { FileReading } from './read.ts';

type Answer<T> = T | undefined | Promise<T | undefined>;

/** The host as the caller lets this room see it. What it throws goes through to the caller. */
export interface ProjectFiles {
  /** Text of the file at an absolute path; undefined when there is none that can be read. */
  readFile(path: string): Answer<string>;
  /** The file at an absolute path, read before; undefined: its text is asked for and read. */
  reading?(path: string): Answer<FileReading>;
  /** Whether a file or folder is there; undefined when that is not known. */
  exists?(path: string): Answer<boolean>;
  /** What a component's image says; undefined when that is not known. */
  imageConfig?(component: Component): Answer<ImageConfig>;
  /** Lets others work between two steps; rejects when nobody wants the result any more. */
  pause?(): Promise<void>;
}
