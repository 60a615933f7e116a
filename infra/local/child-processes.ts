/**
 * The programs that a function's thread has started and that must not outlive it. On AWS the whole machine of the
 * function goes; here a terminated thread leaves its children running unless somebody ends them.
 *
 * A program that leads a process group (the engine does) takes its whole group with it, also the members it leaves behind
 * when it ends first; with a confined one goes whatever it has started. Of other programs, their descendants are found by
 * parent. What leaves its group and its parent (a daemon) is not found. What is ended so stays in the process table as a
 * zombie of this process until it exits: the event loop that would have collected it went with its thread.
 */
import { spawnSync } from 'node:child_process'

export type ChildProcesses = {
  started(pid: number, leadsGroup: boolean): void
  ended(pid: number): void
  /** Ends them all at once, by SIGKILL. Synchronous, so that it can run while the process exits. */
  killAll(): void
}

export function trackChildProcesses(): ChildProcesses {
  const leaders = new Set<number>()
  const others = new Set<number>()
  return {
    started: (pid, leadsGroup) => {
      ;(leadsGroup ? leaders : others).add(pid)
    },
    ended: (pid) => {
      others.delete(pid)
      // The number of a group is not given away while the group has members.
      if (leaders.has(pid) && !isAlive(-pid)) leaders.delete(pid)
    },
    killAll: () => {
      const descendants = leaders.size + others.size > 0 ? findDescendants([...leaders, ...others]) : []
      for (const pid of leaders) kill(-pid)
      for (const pid of [...others, ...descendants]) kill(pid)
      leaders.clear()
      others.clear()
    },
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    // It has ended by itself.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** `ps` with these columns is the same on Linux and macOS. */
function findDescendants(roots: number[]): number[] {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
  const childrenOf = Map.groupBy(
    (stdout ?? '')
      .trim()
      .split('\n')
      .map((line) => line.trim().split(/\s+/).map(Number) as [number, number]),
    ([, parent]) => parent,
  )
  const found: number[] = []
  const collect = (pid: number) => {
    for (const [child] of childrenOf.get(pid) ?? []) {
      found.push(child)
      collect(child)
    }
  }
  roots.forEach(collect)
  return found
}
