// What the features see of the files being edited. Positions are LSP's: lines and UTF-16 units from 0.

import type { Position, Range } from 'vscode-languageserver-types';
import type { Problem, Project, Span } from '../sandboxfile/index.ts';
import type { Providers } from './providers.ts';

/** One version of one file, parsed once. Immutable. */
export interface LanguageDocument {
  readonly uri: string;
  readonly version: number;
  /** The client has it open and counts its versions. */
  readonly isOpen: boolean;
  /** Absolute path on this host; empty when the file is not on it. */
  readonly path: string;
  readonly text: string;
  readonly lines: Lines;
  /** What this file says by itself: components of modules are not in it. */
  readonly project: Project;
  /** Latest known, in file order. */
  readonly problems: readonly Problem[];
}

export interface Lines {
  readonly count: number;
  positionAt(offset: number): Position;
  /** Positions behind a line's end are moved to it. */
  offsetAt(position: Position): number;
  rangeOf(span: Span): Range;
}

/** The files that belong together. Answers come from memory: what is not loaded is unknown. */
export interface LanguageWorkspace {
  readonly providers: Providers;
  /** All known files, the open ones first. */
  documents(): Iterable<LanguageDocument>;
  /** The file that a module path of `from` means; undefined when it is not known. */
  module(from: LanguageDocument, path: string): LanguageDocument | undefined;
  /** Whether it is the user's to change: open, or below a folder of the workspace. */
  mayEdit(document: LanguageDocument): boolean;
  /** Known files with a module path that means `document`. */
  importers(document: LanguageDocument): Iterable<Importer>;
}

export interface Importer {
  readonly document: LanguageDocument;
  /** Module path as `document` writes it. */
  readonly path: string;
}
