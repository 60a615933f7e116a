/** By how many bytes the memory of this process grows at most while `work` goes on. */
export async function memoryWhile(work: () => Promise<unknown>): Promise<{ grownBy: number }> {
  const before = process.memoryUsage.rss()
  let most = before
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss())
  }, 20)
  await work().finally(() => clearInterval(timer))
  return { grownBy: most - before }
}
