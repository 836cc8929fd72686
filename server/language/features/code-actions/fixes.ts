import type { ProblemId } from '../../../sandboxfile/index.ts';
import { createComponent } from './creation.ts';
import { migrate } from './deprecated.ts';
import { removeDuplicate, renameDuplicate } from './duplicate.ts';
import { createEnvFile, createModule } from './files.ts';
import type { Fixer } from './fix.ts';
import { nestUnderBuild } from './imports.ts';
import { removeItem, spacesForTabs } from './lines.ts';
import { renameImport } from './modules.ts';
import { freePort } from './ports.ts';
import { addRequired } from './required.ts';
import { removeUnused } from './unused.ts';
import { meantBackEnd, meantScope, meantWord } from './suggestions.ts';
import { absoluteGuest } from './volumes.ts';

/** Each problem's ways out, the likeliest first. */
export const FIXES: Readonly<Partial<Record<ProblemId, Fixer>>> = {
  'SBX-YAML': spacesForTabs,
  'SBX-DUP-KEY': both(removeDuplicate, renameDuplicate),
  'SBX-UNKNOWN-KEY': meantWord,
  'SBX-REQUIRED': addRequired,
  'SBX-SCOPE': meantScope,
  'SBX-VMM': meantBackEnd,
  'SBX-PORT-DUP': freePort,
  'SBX-VOLUME-GUEST': absoluteGuest,
  'SBX-DEP-UNKNOWN': both(meantWord, createComponent),
  'SBX-DEP-DUP': removeItem,
  'SBX-GROUP-UNKNOWN': both(meantWord, createComponent),
  'SBX-IMPORT-BUILD': both(meantWord, createComponent),
  'SBX-IMPORT-EXPORT': meantWord,
  'SBX-IMPORT-AMBIGUOUS': nestUnderBuild,
  'SBX-MODULE-NOT-FOUND': createModule,
  'SBX-ENVFILE-PATH': createEnvFile,
  'SBX-MODULE-COMPONENT': meantWord,
  'SBX-MODULE-CONFLICT': renameImport,
  'SBX-DEPRECATED': migrate,
  'SBX-UNUSED': removeUnused,
};

function both(first: Fixer, second: Fixer): Fixer {
  return (context, problem) => [...first(context, problem), ...second(context, problem)];
}
