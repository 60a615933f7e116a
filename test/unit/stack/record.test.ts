/** Which blobs a record keeps alive, and how a request finds the stack that it names. */
import { describe, expect, test } from 'vitest'
import { errorEntry, RfsError } from '../../../shared/contract/errors.ts'
import { loadStack } from '../../../shared/stack/load.ts'
import { referencedBlobs, unreferencedBlobs } from '../../../shared/stack/record.ts'
import type { StackStore } from '../../../shared/stack/store.ts'
import { snapshot, stackRecord } from '../../support/stack-records.ts'

describe('the blobs of a stack', () => {
  const target = snapshot('new', { variablesKey: 'variables/new' })
  const stable = snapshot('old', { variablesKey: 'variables/old' })
  const full = stackRecord({ target, stable, previous: stable, stateKey: 'states/2', viewKey: 'views/2' })

  test('are templates, variables, state and view, each once', () => {
    expect([...referencedBlobs(full)].sort()).toEqual(
      [target.templateKey, stable.templateKey, 'variables/new', 'variables/old', 'states/2', 'views/2'].sort(),
    )
    expect([...referencedBlobs(stackRecord())]).toEqual([])
  })

  test('that a change left behind are those that nothing refers to any more', () => {
    const { previous: _gone, ...kept } = full
    expect(unreferencedBlobs(full, { ...kept, stable: target, stateKey: 'states/3' }).sort()).toEqual(
      [stable.templateKey, 'states/2', 'variables/old'].sort(),
    )
    expect(unreferencedBlobs(full, full)).toEqual([])
  })

  test('stay while another part of the record needs them, as a template that is deployed again does', () => {
    const again = snapshot('old', { variablesKey: 'variables/newer' })
    expect(
      unreferencedBlobs({ ...full, target: stable }, { ...full, target: again, stable: again, previous: again }),
    ).toEqual(['variables/old'])
  })
})

describe('the stack that a request names', () => {
  const web = stackRecord({ project: 'p', name: 'web' })
  const stacks = {
    find: async (project, name) => (project === 'p' && name === 'web' ? web : undefined),
  } as Partial<StackStore>
  const load = async (stack_name: string, id?: string) => {
    try {
      return await loadStack(stacks as StackStore, { project_id: 'p', stack_name }, id)
    } catch (error) {
      if (error instanceof RfsError) return errorEntry(error.errorName).code
      throw error
    }
  }

  test('is found by its name, and by its id beside it', async () => {
    expect(await load('web')).toBe(web)
    expect(await load('web', web.id)).toBe(web)
  })

  test('is refused when its name belongs to another stack now', async () => {
    expect(await load('web', 'c2f4a1de-3b5c-4d6e-8f70-112233445566')).toBe('RF.10011015')
  })

  test('is missed, whatever id is given, when there is none', async () => {
    expect(await load('db')).toBe('RF.10013001')
    expect(await load('db', web.id)).toBe('RF.10013001')
  })
})
