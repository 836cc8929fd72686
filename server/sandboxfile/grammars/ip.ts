import { isIPv4Text } from './ipv4.ts';

const MAX_GROUPS = 8;
const GROUP = /^[0-9a-f]{1,4}$/i;

/** The version of the IP address that the text is; 0 for anything else. */
export function isIP(text: string): 0 | 4 | 6 {
  if (isIPv4Text(text)) return 4;
  return isIPv6(text) ? 6 : 0;
}

/** Hexadecimal groups, of which `::` leaves some out; without the spelling that ends in an IPv4 address. */
function isIPv6(text: string): boolean {
  const halves = text.split('::');
  if (halves.length > 2 || !text.includes(':')) return false;
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  if (!groups.every((group) => GROUP.test(group))) return false;
  return halves.length === 2 ? groups.length < MAX_GROUPS : groups.length === MAX_GROUPS;
}
