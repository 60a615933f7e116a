/** Where the parser's two WebAssembly files are. In a function's bundle another module with the same exports takes this one's place. */
import { fileURLToPath } from 'node:url'

export function parserFile(): string {
  return fileURLToPath(import.meta.resolve('web-tree-sitter/web-tree-sitter.wasm'))
}

export function grammarFile(): string {
  return fileURLToPath(import.meta.resolve('@tree-sitter-grammars/tree-sitter-hcl/tree-sitter-terraform.wasm'))
}
