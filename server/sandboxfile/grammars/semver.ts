import { accept, quote, reject, type Grammar } from './grammar.ts';

const NUMBER = '(?:0|[1-9]\\d*)';
const PRE = `(?:${NUMBER}|\\d*[A-Za-z-][0-9A-Za-z-]*)`;
const BUILD = '[0-9A-Za-z-]+';
const SEMVER = new RegExp(
  `^${NUMBER}\\.${NUMBER}\\.${NUMBER}(?:-${PRE}(?:\\.${PRE})*)?(?:\\+${BUILD}(?:\\.${BUILD})*)?$`,
);
/** Keeps the pattern's backtracking bounded. */
const MAX_LENGTH = 256;

export const semver: Grammar<string> = (text) =>
  text.length <= MAX_LENGTH && SEMVER.test(text)
    ? accept(text)
    : reject('SBX-VERSION', `invalid semantic version '${quote(text)}'`);
