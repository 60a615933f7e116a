/** Where the parser's two WebAssembly files are. In a function's bundle another module with the same exports takes this one's place. */
import { fileURLToPath } from 'node:url'

const path = (specifier: string) => fileURLToPath(import.meta.resolve(specifier))

export const parserFile = path('web-tree-sitter/web-tree-sitter.wasm')
export const grammarFile = path('@tree-sitter-grammars/tree-sitter-hcl/tree-sitter-terraform.wasm')
