export interface TreeNode {
  readonly text: string;
  readonly children: readonly TreeNode[];
}

/** `levels`: 1 shows the roots only. */
export function renderTree(roots: readonly TreeNode[], levels = Infinity): string {
  return roots.map((root) => `${root.text}\n${branches(root.children, '', levels - 1)}`).join('\n');
}

function branches(nodes: readonly TreeNode[], indent: string, levels: number): string {
  if (levels <= 0) return '';
  return nodes
    .map(({ text, children }, index) => {
      const last = index === nodes.length - 1;
      const below = branches(children, `${indent}${last ? '    ' : '│   '}`, levels - 1);
      return `${indent}${last ? '└── ' : '├── '}${text}\n${below}`;
    })
    .join('');
}
