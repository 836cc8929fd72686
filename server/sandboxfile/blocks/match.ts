import type { Block } from './block.ts';
import type { Piece } from './split.ts';

/** The block that each piece already was: those before the first change and those behind the last. */
export function matching(
  blocks: readonly Block[],
  pieces: readonly Piece[],
  text: string,
): (index: number) => Block | undefined {
  const same = (block: number, piece: number): boolean => {
    const [known, wanted] = [blocks[block], pieces[piece]];
    return known !== undefined && wanted !== undefined && known.is(wanted, text);
  };
  let before = 0;
  while (same(before, before)) before++;
  const shift = blocks.length - pieces.length;
  let behind = pieces.length;
  while (behind > before && behind - 1 + shift >= before && same(behind - 1 + shift, behind - 1)) behind--;
  return (index) => (index < before ? blocks[index] : index >= behind ? blocks[index + shift] : undefined);
}
