import { expect, it } from 'vitest'
import { run } from '../src/cli/run.ts'

it('prints rules with a block for each collection', () => {
  const { code, out, err } = run(['notes', 'tasks', 'notes'])
  expect([code, err]).toEqual([0, ''])
  const matched = [...out.matchAll(/^ {4}match (\S+) \{/gm)].map(([, path]) => path)
  expect(matched).toEqual([
    '/users/{user}/notes/{id}',
    '/users/{user}/tasks/{id}',
    '/users/{user}/mutations/{operation}',
  ])
  expect(out.split('{').length).toBe(out.split('}').length)
})

it('explains itself', () => {
  expect(run(['--help'])).toMatchObject({ code: 0, out: expect.stringContaining('Usage:') })
  expect(run(['-h'])).toEqual(run(['--help']))
  expect(run(['--help']).out).toMatch(/exit.* 0.* 2/is)
})

it.each([[], ['--rules'], ['a/b'], [''], ['mutations'], ['__x__'], ["notes'"]])(
  'wrong use is an error: %j',
  (...args) => {
    expect(run(args)).toMatchObject({ code: 2, out: '', err: expect.stringContaining('Usage:') })
  },
)
