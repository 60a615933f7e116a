/** Lines of a text by index, from 1; to be asked for in ascending order, so that a long text is walked once. */
export function lineCounter(text: string): (index: number) => number {
  let line = 1
  let end = text.indexOf('\n')
  return (index) => {
    for (; end !== -1 && end < index; end = text.indexOf('\n', end + 1)) line += 1
    return line
  }
}
