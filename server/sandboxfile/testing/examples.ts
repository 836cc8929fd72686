import { fileURLToPath } from 'node:url';

export interface Example {
  readonly id: string;
  readonly file: string;
  /** `<problem> <line>`. */
  readonly expected: readonly string[];
}

const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  V1: [],
  V2: [],
  V3: [],
  V4: [],
  V5: ['SBX-DEP-UNKNOWN 18'],
  V6: [],
  V7: [],
  V8: [],
  V9: ['SBX-DEPRECATED 4', 'SBX-DEPRECATED 5', 'SBX-DEPRECATED 6'],
  V10: [],
  I1: ['SBX-SCOPE 5'],
  I2: ['SBX-VERSION 4'],
  I3: ['SBX-REQUIRED 2'],
  I4: ['SBX-PORT 5', 'SBX-PORT 6', 'SBX-PORT 7'],
  I5: ['SBX-ENV 5', 'SBX-ENV 6'],
  I6: ['SBX-VOLUME 5', 'SBX-VOLUME-GUEST 6'],
  I7: ['SBX-VOLUME-OVERLAP 6'],
  I8: ['SBX-IMAGE 3', 'SBX-IMAGE 5'],
  I9: ['SBX-MEMORY 4', 'SBX-CPUS 5', 'SBX-MEMORY 8'],
  I10: ['SBX-DEP-CYCLE 4', 'SBX-DEP-CYCLE 7'],
  I11: ['SBX-SCRIPT-NAME 5', 'SBX-SCRIPT-NAME 6'],
  I12: ['SBX-DUP-KEY 4'],
  I13: ['SBX-IMPORT-EXPORT 10', 'SBX-IMPORT-BUILD 11'],
  I14: ['SBX-GROUP-NET 4', 'SBX-GROUP-NET 11', 'SBX-GROUP-UNKNOWN 12'],
  I15: ['SBX-ROOT 1'],
  I16: ['SBX-TYPE 2'],
  I17: ['SBX-TYPE 4'],
  I18: ['SBX-UNKNOWN-KEY 4'],
};

/** The worked examples of the reference, one file each. */
export const EXAMPLES: readonly Example[] = Object.entries(EXPECTED).map(([id, expected]) => ({
  id,
  file: fileURLToPath(new URL(`examples/${id}.sandboxfile`, import.meta.url)),
  expected,
}));
