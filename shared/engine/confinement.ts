/**
 * Starts the engine where it finds nothing of the service, on a Linux machine that it shares with it: process, mount and IPC
 * namespaces of its own, made by `unshare` and `mount` of util-linux. Inside, the engine is process 1 and sees no other than
 * its own; folders of the service are empty but for the run's own; devices are the harmless ones; settings of the system
 * cannot be written; and with the engine everything it has started ends, whatever session it made for itself. What has
 * lost its parent and ends earlier stays a zombie until then, since no engine looks after processes that it did not start.
 *
 * The network is not a namespace of its own, since providers need it, and files of the service's user elsewhere stay as
 * they are. A second user namespace, made last, takes away the right to undo any of this.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { shell } from './bounded-process.ts'
import { RunFailure } from './run-failure.ts'

export interface Confinement {
  /** Folders that are empty inside. They exist, and their paths have no symbolic link. */
  readonly hidden: readonly string[]
  /** The one folder that stays as it is, wherever it lies. */
  readonly shown: string
}

type Command = [program: string, args: string[]]

/** Nothing is looked up on a path that a run's environment has a say in. */
const toolFolders = ['/usr/bin', '/bin', '/usr/sbin', '/sbin', '/run/current-system/sw/bin']

/** What is bound into the new `/dev`, beside terminals and shared memory of its own. */
const devices = ['null', 'zero', 'full', 'random', 'urandom']

/** Daemons behind these would do for their user what is not possible inside. */
const daemonFolders = ['/run/user', '/run/dbus']

/** A program that runs as root may write these, namespaces or not: they let it start programs outside. */
const systemSettings = ['/proc/sys', '/proc/sysrq-trigger', '/proc/irq', '/proc/bus', '/proc/fs', '/proc/mtrr']

const setupFailedCode = 125
const setupFailedText = 'rfs-confinement: '

/** `/sys` is the place to build in, and is emptied at the end. Positional: the table, user, group and tools. */
const setup = `
table=$1 user=$2 group=$3 unshare=$4 mount=$5 mkdir=$6 cp=$7; shift 7
folder=$(pwd)
fail() { echo "${setupFailedText}$1" >&2; exit ${setupFailedCode}; }
build() {
  "$mount" -t tmpfs -o mode=755 rfs /sys || return
  "$mkdir" -p -m 755 /sys/dev /sys/dev/shm /sys/dev/pts || return
  "$cp" -P /dev/fd /dev/stdin /dev/stdout /dev/stderr /sys/dev/ || return
  for device in ptmx ${devices.join(' ')}; do : > "/sys/dev/$device" || return; done
  printf '%s' "$table" > /sys/table && "$mount" -a -T /sys/table
}
said=$(build 2>&1) || fail "$said"
cd "$folder" || fail 'the working folder is not visible'
unset OLDPWD
exec "$unshare" --user --map-user="$user" --map-group="$group" -- "$@"`

const setupCommand = [shell, '-c', setup, 'confine']

/**
 * The command that runs `binary` confined. Its process is the parent of the engine, ends as the engine ends, also by a
 * signal, and takes everything with it when it is killed.
 * @throws RunFailure when a tool is missing or the engine itself would be hidden
 */
export function confinedCommand(binary: string, args: readonly string[], confinement: Confinement): Command {
  const { hidden } = confinement
  if (hidden.some((folder) => isWithin(binary, folder))) {
    throw new RunFailure(
      'The deployment engine lies in a folder of the service that is hidden from it; move it elsewhere.',
    )
  }
  const [unshare, mount, mkdir, cp] = ['unshare', 'mount', 'mkdir', 'cp'].map(findTool)
  const namespaces = ['--map-root-user', '--pid', '--fork', '--kill-child', '--mount-proc', '--ipc']
  const ids = [process.geteuid?.(), process.getegid?.()].map(String)
  const settings = [mountTable(confinement), ...ids, unshare!, mount!, mkdir!, cp!]
  return [unshare!, [...namespaces, '--', ...setupCommand, ...settings, binary, ...args]]
}

/** Whether a process with this `/proc/<pid>/cmdline` is still on its way to become the engine. */
export function isSetup(commandLine: string): boolean {
  return commandLine.startsWith(setupCommand.join('\0'))
}

export interface ConfinedEnd {
  /** Null when a signal ended the engine. */
  readonly code: number | null
  readonly errorText: string
  /** Why the engine was not started at all. */
  readonly notStarted?: string
}

/** What the end of the command says about the engine in it. */
export function confinedEnd(code: number | null, errorText: string): ConfinedEnd {
  if (code === setupFailedCode && errorText.startsWith(setupFailedText)) {
    return { code, errorText, notStarted: errorText.slice(setupFailedText.length).trim() }
  }
  // Until version 2.39, `unshare` cannot end by SIGKILL as its child did, and says this instead.
  const killed = code === 1 && /^unshare: sigprocmask unblock failed: .*\n$/m.exec(errorText)
  if (killed) return { code: null, errorText: errorText.slice(0, killed.index) }
  if (code === 1 && errorText.startsWith('unshare: ')) return { code, errorText, notStarted: errorText.trim() }
  return { code, errorText }
}

function findTool(name: string): string {
  const path = toolFolders.map((folder) => join(folder, name)).find(existsSync)
  if (path === undefined) throw new RunFailure(`This machine has no ${name}.`)
  return path
}

/** In the form of fstab(5); its lines are carried out in order. Names of their own: `mount -a` leaves out what is there. */
function mountTable({ hidden, shown }: Confinement): string {
  const bind = (from: string, to: string, options = 'bind') => [from, to, 'none', options]
  const empty = (at: string) => ['rfs-hidden', at, 'tmpfs', 'mode=755,size=64k']
  const lines = [
    ['rfs-shared-memory', '/sys/dev/shm', 'tmpfs', 'mode=1777,size=64m'],
    ['rfs-terminals', '/sys/dev/pts', 'devpts', 'newinstance,ptmxmode=0666,mode=0600'],
    bind('/sys/dev/pts/ptmx', '/sys/dev/ptmx'),
    ...devices.map((name) => bind(`/dev/${name}`, `/sys/dev/${name}`)),
    bind(shown, '/sys/shown', 'bind,X-mount.mkdir'),
    bind('/sys/dev', '/dev', 'rbind'),
    ...systemSettings.filter(existsSync).map((path) => bind(path, path, 'bind,ro')),
    ...[...outermost(hidden), ...daemonFolders.filter(existsSync)].map(empty),
    bind('/sys/shown', shown, 'bind,X-mount.mkdir'),
    ['rfs-nothing', '/sys', 'tmpfs', 'mode=755,size=4k,ro'],
  ]
  return lines.map((fields) => `${fields.map(escaped).join(' ')} 0 0\n`).join('')
}

/** Once a folder is hidden, there is nothing in it to hide. */
function outermost(folders: readonly string[]): string[] {
  const distinct = [...new Set(folders)]
  return distinct.filter((folder) => !distinct.some((other) => other !== folder && isWithin(folder, other)))
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`)
}

const escaped = (field: string) =>
  field.replace(/[ \t\n\\#]/g, (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`)
