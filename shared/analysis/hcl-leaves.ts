/** The leaves of a syntax tree, in order: what the language calls tokens, comments left out. */
import type { Node } from 'web-tree-sitter'

export interface Leaf {
  readonly type: string
  /** Types of the nodes around it, the nearest last. Only valid until the next leaf is asked for. */
  readonly around: readonly string[]
  readonly start: number
  readonly end: number
  /** Which part of a body or an object begins with it, if any. */
  readonly begins: 'attribute' | 'block' | 'object_elem' | undefined
}

function itemType(type: string): Leaf['begins'] {
  return type === 'attribute' || type === 'block' || type === 'object_elem' ? type : undefined
}

/** With a cursor and not by recursion: nesting is the author's choice. */
export function* leavesOf(root: Node): Generator<Leaf> {
  const cursor = root.walk()
  const around: string[] = []
  let begins: Leaf['begins']
  try {
    for (;;) {
      const type = cursor.nodeType
      begins ??= itemType(type)
      // The digits of an index without brackets are no node of their own.
      if (type !== 'legacy_index' && cursor.gotoFirstChild()) {
        around.push(type)
        continue
      }
      if (type !== 'comment') {
        yield { type, around, start: cursor.startIndex, end: cursor.endIndex, begins }
        begins = undefined
      }
      while (!cursor.gotoNextSibling()) {
        if (!cursor.gotoParent()) return
        around.pop()
      }
    }
  } finally {
    cursor.delete()
  }
}
