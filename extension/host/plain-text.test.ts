import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withoutIcons, withoutLinks } from './plain-text.ts';

/** As the editor looks for them. */
const LINK = /\[([^\]]+)\]\(((?:https?:\/\/|command:|file:)[^)\s]+)(?: (["'])(.+?)(\3))?\)/gi;
const ICON = /(?<!\\)\$\([A-Za-z0-9-]+(?:~[A-Za-z]+)?\)/;

test('a link is only what it is written as', () => {
  const name = "Sandbox '[Fix](command:workbench.action.quit)[b](https://example.com)' failed";
  assert.match(name, LINK);
  assert.doesNotMatch(withoutLinks(name), LINK);
  assert.equal(withoutLinks(name).replaceAll('\u2060', ''), name);
  assert.equal(withoutLinks('a (b) [c]'), 'a (b) [c]');
});

test('an icon is only what it is written as', () => {
  const script = 'echo $(hostname) and $(sync~spin), $(wc -l) $1 $((1 + 1))';
  assert.doesNotMatch(withoutIcons(script), ICON);
  assert.equal(withoutIcons(script), String.raw`echo \$(hostname) and \$(sync~spin), $(wc -l) $1 $((1 + 1))`);
});
