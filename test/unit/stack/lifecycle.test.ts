/**
 * What a stack may do in which status. The two tables below are written from the API reference (SEMANTICS 2.1 and 2.2) and the
 * decisions where it is silent, by hand: they are what the code is held against, cell by cell.
 */
import { describe, expect, test } from 'vitest'
import { type StackStatus, stackStatuses } from '../../../shared/contract/enums.ts'
import { errorEntry } from '../../../shared/contract/errors.ts'
import {
  canRollBack,
  decide,
  isFailed,
  isInFlight,
  type JobOutcome,
  jobOutcomes,
  type StackCommand,
  settle,
  stackCommands,
  statusesAllowing,
} from '../../../shared/stack/lifecycle.ts'

/** `yes` where the command is allowed. */
const allowed = `
                        deploy  continueDeploy  continueRollback  update  enableAutoRollback  delete  retain  createPlan  applyPlan  cancel  cancelAndRollBack
CREATION_COMPLETE       yes     no              no                yes     yes                 yes     yes     yes         yes      no      no
DEPLOYMENT_IN_PROGRESS  no      no              no                no      no                  no      no      no          no       yes     yes
DEPLOYMENT_COMPLETE     yes     no              no                yes     yes                 yes     yes     yes         yes      no      no
DEPLOYMENT_FAILED       yes     yes             no                yes     no                  yes     yes     yes         yes      no      no
ROLLBACK_IN_PROGRESS    no      no              no                no      no                  no      no      no          no       yes     no
ROLLBACK_COMPLETE       yes     no              no                yes     yes                 yes     yes     yes         yes      no      no
ROLLBACK_FAILED         yes     no              yes               yes     no                  yes     yes     yes         yes      no      no
DELETION_IN_PROGRESS    no      no              no                no      no                  no      no      no          no       yes     no
DELETION_FAILED         yes     no              no                yes     no                  yes     yes     yes         yes      no      no
`

/** The status after a job of a stack in the status of the row; `-` where no job can end so. */
const endings = `
                        succeed              fail               failAndRollBack
CREATION_COMPLETE       -                    -                  -
DEPLOYMENT_IN_PROGRESS  DEPLOYMENT_COMPLETE  DEPLOYMENT_FAILED  ROLLBACK_IN_PROGRESS
DEPLOYMENT_COMPLETE     -                    -                  -
DEPLOYMENT_FAILED       -                    -                  -
ROLLBACK_IN_PROGRESS    ROLLBACK_COMPLETE    ROLLBACK_FAILED    -
ROLLBACK_COMPLETE       -                    -                  -
ROLLBACK_FAILED         -                    -                  -
DELETION_IN_PROGRESS    GONE                 DELETION_FAILED    -
DELETION_FAILED         -                    -                  -
`

/** What an allowed command makes of the stack, and the job it starts; `same` and `-` for what changes no resource. */
const effects: Record<StackCommand, readonly [next: string, job: string, code: string]> = {
  deploy: ['DEPLOYMENT_IN_PROGRESS', 'deploy', 'RF.10012571'],
  continueDeploy: ['DEPLOYMENT_IN_PROGRESS', 'deploy', 'RF.10012547'],
  continueRollback: ['ROLLBACK_IN_PROGRESS', 'rollback', 'RF.10012548'],
  update: ['same', '-', 'RF.10012519'],
  enableAutoRollback: ['same', '-', 'RF.10012546'],
  delete: ['DELETION_IN_PROGRESS', 'delete', 'RF.10012544'],
  retain: ['DELETION_IN_PROGRESS', 'forget', 'RF.10012544'],
  createPlan: ['same', '-', 'RF.10012572'],
  applyPlan: ['DEPLOYMENT_IN_PROGRESS', 'deploy', 'RF.10012542'],
  cancel: ['same', '-', 'RF.10012578'],
  cancelAndRollBack: ['same', '-', 'RF.10012578'],
}

interface Cell {
  readonly status: StackStatus
  readonly column: string
  readonly cell: string
}

function cellsOf(table: string): Cell[] {
  const [head = '', ...rows] = table.trim().split('\n')
  const columns = head.trim().split(/\s+/)
  return rows.flatMap((row) => {
    const [status, ...cells] = row.trim().split(/\s+/)
    return cells.map((cell, at) => ({ status: status as StackStatus, column: columns[at] ?? '', cell }))
  })
}

const commandCells = cellsOf(allowed)
const endingCells = cellsOf(endings)
const stack = (status: StackStatus, enableDeletionProtection = false) => ({ status, enableDeletionProtection })

test('the tables of this test have a cell for every status and every command or ending', () => {
  const pairs = (rows: readonly string[], columns: readonly string[]) =>
    rows.flatMap((row) => columns.map((column) => `${row} ${column}`)).sort()
  const keys = (cells: Cell[]) => cells.map(({ status, column }) => `${status} ${column}`).sort()
  expect(keys(commandCells)).toEqual(pairs(stackStatuses, stackCommands))
  expect(keys(endingCells)).toEqual(pairs(stackStatuses, jobOutcomes))
})

describe('a command', () => {
  test.each(commandCells.filter(({ cell }) => cell === 'yes'))(
    '$column is allowed in $status',
    ({ status, column }) => {
      const [next, job] = effects[column as StackCommand]
      expect(decide(stack(status), column as StackCommand)).toEqual({
        ok: true,
        next: next === 'same' ? status : next,
        ...(job === '-' ? {} : { job }),
      })
    },
  )

  test.each(commandCells.filter(({ cell }) => cell === 'no'))('$column is refused in $status', ({ status, column }) => {
    const decision = decide(stack(status), column as StackCommand)
    if (decision.ok) throw new Error('it was allowed')
    expect(errorEntry(decision.error)).toMatchObject({ status: 403, code: effects[column as StackCommand][2] })
    expect(decision.detail).toContain(`The stack is ${status};`)
  })

  test('that is refused tells in which statuses it would be allowed', () => {
    for (const command of stackCommands) {
      const there = commandCells.filter(({ column, cell }) => column === command && cell === 'yes')
      expect(statusesAllowing(command)).toEqual(there.map(({ status }) => status))
      const decision = decide(stack(command.startsWith('cancel') ? 'DELETION_FAILED' : 'DELETION_IN_PROGRESS'), command)
      for (const { status } of there) expect(decision).toHaveProperty('detail', expect.stringContaining(status))
    }
  })
})

describe('a stack with deletion protection', () => {
  test.each(commandCells.filter(({ cell }) => cell === 'yes'))(
    'may $column in $status as without it, unless that deletes',
    ({ status, column }) => {
      const decision = decide(stack(status, true), column as StackCommand)
      if (column !== 'delete' && column !== 'retain')
        expect(decision).toEqual(decide(stack(status), column as StackCommand))
      else {
        expect(decision).toMatchObject({ ok: false, error: 'DeletionProtected' })
        expect(decision).toHaveProperty('detail', expect.stringContaining('enable_deletion_protection'))
      }
    },
  )

  test('that is at work is refused a deletion for its status, which comes first', () => {
    expect(decide(stack('DEPLOYMENT_IN_PROGRESS', true), 'delete')).toMatchObject({ error: 'DeleteInWrongStatus' })
  })
})

describe('a job', () => {
  test.each(endingCells.filter(({ cell }) => cell !== '-'))(
    'in $status that ends with $column makes it $cell',
    ({ status, column, cell }) => {
      expect(settle(status, column as JobOutcome)).toBe(cell)
    },
  )

  test.each(endingCells.filter(({ cell }) => cell === '-'))(
    'cannot end with $column in $status: that is a defect, not an answer',
    ({ status, column }) => {
      expect(() => settle(status, column as JobOutcome)).toThrow(
        `no job of a stack in ${status} can end with ${column}`,
      )
    },
  )
})

describe('a status', () => {
  test.each(stackStatuses)(
    '%s says whether a job runs, whether it failed, and whether a rollback may follow',
    (status) => {
      expect(isInFlight(status)).toBe(status.endsWith('_IN_PROGRESS'))
      expect(isFailed(status)).toBe(status.endsWith('_FAILED'))
      expect(canRollBack(status)).toBe(status === 'DEPLOYMENT_IN_PROGRESS')
    },
  )

  test('is never one that no job can leave', () => {
    for (const status of stackStatuses.filter(isInFlight)) {
      expect(settle(status, 'succeed')).not.toMatch(/_IN_PROGRESS$/)
      expect(settle(status, 'fail')).not.toMatch(/_IN_PROGRESS$/)
    }
  })
})
