import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parse } from 'graphql'
import { describe, expect, it } from 'vitest'
import { sketchesOf, UsageError } from '../src/cli/arguments.ts'
import { setupOf } from '../src/cli/setup.ts'

const setup = (...args: readonly string[]): string => setupOf(sketchesOf(args) ?? [])

describe('the set-up', () => {
  const text = setup('Task=id:ID!,title:String,tags:[String],place:AWSJSON', 'Note=title:String')

  it('has a type for each model, with the marker list', () => {
    const types = [...text.matchAll(/^type (\w+) @model @auth.*\{\n([^}]*)\}/gm)].map(([, name, body]) => [name, body])
    expect(types).toEqual([
      ['Task', '  id: ID!\n  title: String\n  tags: [String]\n  place: AWSJSON\n  _m: [String]\n'],
      ['Note', '  id: ID!\n  title: String\n  _m: [String]\n'],
    ])
  })

  it('is a schema as it stands: the rest of it are comments', () => {
    expect(parse(text).definitions.map(({ kind }) => kind)).toEqual(['ObjectTypeDefinition', 'ObjectTypeDefinition'])
    const outside = text.replaceAll(/^type .*\n( {2}.*\n)*\}$/gm, '').split('\n')
    expect(outside.filter((line) => line !== '' && !line.startsWith('#'))).toEqual([])
    expect(text).toMatch(/^# {3}tasks: /m)
  })

  it('takes fields that must be there, and says what that asks of the app', () => {
    const required = setup('Task=title:String!,tags:[String!]!,place:AWSJSON!')
    expect(required).toContain('  title: String!\n  tags: [String!]!\n  place: AWSJSON!\n  _m: [String]\n')
    expect(required).toContain("json: ['place']")
    expect(required).toContain('# Task.title, Task.tags, Task.place must be in every record')
    expect(text).not.toContain('must be in every record')
  })

  it('has the option models, with the fields that hold JSON', () => {
    expect(text).toContain(
      "tasks: { model: 'Task', fields: ['id', 'title', 'tags', 'place'], json: ['place'], owner: 'owner' },",
    )
    expect(text).toContain("notes: { model: 'Note', fields: ['id', 'title'], owner: 'owner' },")
  })

  it('says to check versions and not to merge', () => {
    expect(text).toContain('OPTIMISTIC_CONCURRENCY')
    expect(text).not.toContain('"ConflictHandler": "AUTOMERGE"')
  })
})

describe('the command line', () => {
  it.each([
    [[]],
    [['--what']],
    [['Task']],
    [['Task=']],
    [['1Task=title:String']],
    [['Task=title']],
    [['Task=title:Text']],
    [['Task=title:String!!']],
    [['Task=tags:[String']],
    [['Task=title:String,title:Int']],
    [['Task=__typename:String']],
    [['Task=_m{}:String']],
  ])('%j is refused', (args) => {
    expect(() => sketchesOf(args)).toThrow(UsageError)
  })

  it('explains why a model begins with a capital', () => {
    expect(() => sketchesOf(['task=title:String'])).toThrow(/"task".*Task.*createTask/)
  })

  const call = (
    ...args: readonly string[]
  ): Promise<{ readonly code: unknown; readonly out: string; readonly err: string }> =>
    new Promise((resolve) => {
      const main = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))
      execFile(process.execPath, [main, ...args], (error, out, err) => resolve({ code: error?.code ?? 0, out, err }))
    })

  it('prints help, prints the set-up, and exits with 2 on wrong use', async () => {
    expect(await call('--help')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^Usage: npx @rowkeep\/adapters-appsync <Model.*exit codes: 0 .* 2 /is),
    })
    expect(await call('Task=title:String')).toMatchObject({ code: 0, out: setup('Task=title:String') })
    expect(await call('Task')).toMatchObject({ code: 2, out: '', err: expect.stringContaining('"Task" is no model') })
  })
})
