/**
 * Records what the real engine writes, for the tests of everything that reads it. Run it again for a new engine version:
 * `node test/unit/engine/golden/record.ts [case...]`. Every case is a folder; its steps run one after the other on one state.
 */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { findEngine } from '../../../../shared/engine/engine-binary.ts'
import { after, before } from './plan-templates.ts'

interface RecordedStep {
  readonly name: string
  readonly files: Readonly<Record<string, string>>
  readonly destroy?: boolean
  /** Only planned; recorded is `show -json` of the saved plan. */
  readonly plan?: boolean
}

const one = (rest: string) => ({ 'main.tf': `resource "terraform_data" "one" {\n${rest}\n}\n` })

const cases: Readonly<Record<string, readonly RecordedStep[]>> = {
  plans: [
    { name: 'first', files: before, plan: true },
    { name: 'made', files: before },
    { name: 'changes', files: after, plan: true },
  ],
  lifecycle: [
    { name: 'create', files: one('  input = "a"\n  triggers_replace = 1') },
    { name: 'update', files: one('  input = "b"\n  triggers_replace = 1') },
    { name: 'replace', files: one('  input = "b"\n  triggers_replace = 2') },
    { name: 'destroy', files: one('  input = "b"\n  triggers_replace = 2'), destroy: true },
  ],
  instances: [
    {
      name: 'create',
      files: {
        'main.tf': `variable "secret" {
  type      = string
  sensitive = true
  default   = "hunter2"
}

resource "terraform_data" "counted" {
  count = 2
  input = { index = count.index, secret = var.secret, big = 12345678901234567890 }
}

module "parts" {
  source = "./parts"
  keys   = ["x", "y z"]
}

data "terraform_remote_state" "other" {
  backend    = "local"
  config     = { path = "other.tfstate" }
  depends_on = [terraform_data.counted]
}

output "text" { value = "abc" }
output "secret" {
  value     = var.secret
  sensitive = true
}
output "mixed" {
  value = { list = tolist(["a"]), map = tomap({ x = true }), tuple = [1, "b"], empty = null, big = 12345678901234567890 }
}
`,
        'parts/main.tf': `variable "keys" { type = set(string) }

resource "terraform_data" "keyed" {
  for_each = var.keys
  input    = [each.key, 2.5, true, null]
}
`,
        'other.tfstate':
          '{"version":4,"terraform_version":"1.11.4","serial":1,"lineage":"l","outputs":{},"resources":[]}',
      },
    },
  ],
  failures: [
    {
      name: 'precondition',
      files: {
        'main.tf': `variable "n" { default = 3 }

resource "terraform_data" "guarded" {
  input = var.n
  lifecycle {
    precondition {
      condition     = var.n > 5
      error_message = "N must be over five."
    }
  }
}
`,
      },
    },
    {
      name: 'provisioner',
      files: {
        'main.tf': `resource "terraform_data" "first" {
  provisioner "local-exec" {
    command = "echo made"
  }
}

resource "terraform_data" "second" {
  depends_on = [terraform_data.first]
  provisioner "local-exec" {
    command = "echo about to fail; exit 7"
  }
}
`,
      },
    },
    { name: 'undeclared', files: one('  input = var.nothing') },
  ],
}

async function record(name: string, steps: readonly RecordedStep[]): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'golden-'))
  const engine = await findEngine({ chosen: process.env.RFS_ENGINE, searchPath: process.env.PATH })
  const run = (...args: string[]) =>
    new Promise<string>((resolve) => {
      const env = { HOME: folder, PATH: '/usr/bin:/bin', TF_IN_AUTOMATION: '1', CHECKPOINT_DISABLE: '1', TZ: 'UTC' }
      execFile(engine, args, { cwd: folder, env }, (_error, stdout) => resolve(stdout))
    })
  try {
    for (const step of steps) {
      for (const [path, content] of Object.entries(step.files)) {
        const target = join(folder, path)
        await mkdir(dirname(target), { recursive: true })
        await writeFile(target, content)
      }
      await run('init', '-input=false')
      if (step.plan) {
        await run('plan', '-input=false', '-out=saved.tfplan')
        await writeFile(
          join(import.meta.dirname, `${name}-${step.name}.plan.jsonl`),
          await run('show', '-json', 'saved.tfplan'),
        )
        continue
      }
      const apply = ['apply', '-auto-approve', '-input=false', '-json', ...(step.destroy ? ['-destroy'] : [])]
      const base = join(import.meta.dirname, `${name}-${step.name}`)
      await writeFile(`${base}.jsonl`, await run(...apply))
      await writeFile(`${base}.show.jsonl`, await run('show', '-json'))
    }
  } finally {
    await rm(folder, { recursive: true })
  }
}

const chosen = process.argv.slice(2)
for (const [name, steps] of Object.entries(cases)) {
  if (chosen.length === 0 || chosen.includes(name)) await record(name, steps)
}
