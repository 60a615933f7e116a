/** Where the parser's two WebAssembly files are. In a bundle they lie beside the code: the bundler rewrites the two addresses. */
import { fileURLToPath } from 'node:url'

export function parserFile(): string {
  return fileURLToPath(import.meta.resolve('web-tree-sitter/web-tree-sitter.wasm'))
}

export function grammarFile(): string {
  return fileURLToPath(import.meta.resolve('@tree-sitter-grammars/tree-sitter-hcl/tree-sitter-terraform.wasm'))
}
