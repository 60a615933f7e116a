/** What the escapes in texts of the language stand for. Source: HCL native syntax, "Template Literals". Pure. */

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\' }

/** Escapes with a backslash, which texts in quotes have. Unknown ones stay as they are. */
export function unescaped(source: string): string {
  return source.replace(
    /\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))/gs,
    (all, short?: string, long?: string, one?: string) => {
      const code = short ?? long
      if (code !== undefined) return codePoint(code) ?? all
      return escapes[one ?? ''] ?? all
    },
  )
}

function codePoint(hexadecimal: string): string | undefined {
  const code = Number.parseInt(hexadecimal, 16)
  return code <= 0x10ffff ? String.fromCodePoint(code) : undefined
}

/** True when an escape names a number that is no character. */
export function hasStrangeEscape(source: string): boolean {
  return [...source.matchAll(/\\(?:u([\dA-Fa-f]{4})|U([\dA-Fa-f]{8})|.)/gs)].some(([, short, long]) => {
    const code = Number.parseInt(short ?? long ?? '0', 16)
    return code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)
  })
}

/** Signs before a brace that are doubled so that they begin no interpolation, in texts of every kind. */
export function plainSigns(text: string): string {
  return text.replaceAll('$${', '${').replaceAll('%%{', '%{')
}
