import { accept, quote, reject, type Grammar } from './grammar.ts';
import { domainPattern } from './outbound.ts';

/** Where a secret may be sent: over TLS, and nowhere else. */
export interface SecretHost {
  /** Lower case; `*.example.org` is every name below example.org. */
  readonly domain: string;
  readonly port: number;
}

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;
const HOST = /^([^:]+?)(?::(\d{1,5}))?$/;
const HTTPS = 443;
const MAX_PORT = 65535;

/** Name of a secret, and of the variable that has its placeholder. */
export const secretName: Grammar<string> = (text) =>
  VARIABLE.test(text)
    ? accept(text)
    : reject(
        'SBX-SECRET',
        `invalid name of a secret: '${quote(text)}', expected the name of a variable: letters, digits and '_', no digit first`,
      );

/** `name` or `*.name`, with `:port` if it is not 443. What is refused is not quoted: it may be the secret. */
export const secretHost: Grammar<SecretHost> = (text) => {
  const match = HOST.exec(text);
  const domain = domainPattern(match?.[1] ?? '');
  const port = Number(match?.[2] ?? HTTPS);
  // A name without a dot would be a host of this network, and looks like a key; `*.com` is everybody's.
  if (domain?.replace('*.', '').includes('.') !== true || port < 1 || port > MAX_PORT) {
    return reject(
      'SBX-SECRET',
      'not a host, expected one as api.example.com or *.example.com, with :port if needed; ' +
        'the value of a secret is never written here: `msb secret set NAME` asks for it',
    );
  }
  return accept({ domain, port });
};

export function formatSecretHost({ domain, port }: SecretHost): string {
  return port === HTTPS ? domain : `${domain}:${String(port)}`;
}
