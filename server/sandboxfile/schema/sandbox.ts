import { scriptName } from '../grammars/name.ts';
import { outbound } from '../grammars/outbound.ts';
import { secretHost, secretName } from '../grammars/secret.ts';
import { DEFAULT_SCOPE, scope, SCOPES } from '../grammars/scope.ts';
import { semver } from '../grammars/semver.ts';
import { backEnd, BACK_ENDS } from '../grammars/vmm.ts';
import { names, string } from './common.ts';
import { componentKeys } from './component.ts';
import { meta } from './meta.ts';
import { key, record } from './record.ts';
import { anything, either, list, map, text } from './values.ts';

export const version = text(semver, { wanted: 'a semantic version', examples: ['1.0.0'] });

const scopeWord = text(scope, { wanted: 'a network scope', words: SCOPES });

const rules = list(
  text(outbound, {
    wanted: 'a network rule',
    examples: ['api.example.com', '*.example.com:443', '203.0.113.0/24'],
  }),
  'a list of network rules',
);

const secretHostText = text(secretHost, {
  wanted: 'a host name',
  examples: ['api.example.com', '*.example.com', 'api.example.com:8443'],
});

export const sandbox = record(
  {
    version: key(version, 'Version of the definition, `X.Y.Z`.'),
    meta: key(meta, 'Description for people.'),
    ...componentKeys,
    depends_on: key(names('sandbox'), 'Sandboxes that start before this one.'),
    scripts: key(
      map({ grammar: scriptName, name: 'script name' }, string, 'a map of scripts'),
      'Commands by name; `msb run NAME~SCRIPT` runs one, `start` is the default.',
    ),
    scope: key(
      scopeWord,
      'What the guest may reach: `none`, its `group`, `public` addresses, or `any` address.',
      { default: DEFAULT_SCOPE },
    ),
    allow: key(
      rules,
      'Outbound rules: of what `scope` allows only this, by name, `*.name`, address or network, with `:port` if needed. A name counts when the sandbox has resolved it, and of TLS when it is asked for.',
    ),
    deny: key(rules, 'Outbound rules: what may not be reached, whatever `scope` and `allow` say.'),
    secrets: key(
      map(
        { grammar: secretName, name: 'variable' },
        either({ scalar: secretHostText, list: list(secretHostText, 'a list of hosts') }, 'a list of hosts'),
        'a map of variables to hosts',
      ),
      'Values that the guest may use and never gets: by variable, the hosts that each is for. The variable has a placeholder, for which the value is put into HTTPS requests to those hosts. `msb secret set NAME` asks for the value, which is never written here.',
    ),
    vmm: key(
      text(backEnd, { wanted: 'a back end', words: BACK_ENDS }),
      'What runs the guest: `libkrun` on the hardware, `qemu` in software, which can also keep its memory (snapshots, forks, pause), or `auto`: libkrun where it works, else QEMU. Default: the user’s setting, else `auto`; `--vmm` and MENV_VMM win over it.',
    ),
    network: key(
      record(
        {
          scope: key(scopeWord, 'What the guest may reach.'),
          reach: key(scopeWord, 'Oldest spelling of `scope`.'),
        },
        'a map with scope',
      ),
      'Older place of `scope`.',
      { deprecated: { instead: 'scope' } },
    ),
    proxy: key(anything(), 'Serverless routing; has no effect.', { deprecated: {} }),
  },
  'a map',
);
