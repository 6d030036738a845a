import { describe, expect, it } from 'vitest'
import { run, usage } from '../src/cli/run.ts'

describe('the command', () => {
  it('prints the SQL for tables of the app', () => {
    const { code, out, err } = run(['plain', 'notes', 'tasks', '--deleted=gone', '--version=v', '--owner=user_id'])
    expect([code, err]).toEqual([0, ''])
    for (const part of ['public."notes"', 'public."tasks"', '"gone" boolean', '"v" bigint', '"user_id" uuid']) {
      expect(out).toContain(part)
    }
  })

  it('prints the SQL of the kit under the name given', () => {
    const { code, out } = run(['kit', '--name=mine'])
    expect(code).toBe(0)
    expect(out).toContain('function public.mine_push(')
    expect(out).not.toContain('rowkeep')
  })

  it('prints how it is used', () => {
    expect(run(['--help'])).toEqual({ code: 0, out: usage, err: '' })
  })

  it.each([
    [[]],
    [['other']],
    [['constructor']],
    [['plain']],
    [['plain', 'a b']],
    [['plain', 'notes', '--colour=red']],
    [['plain', 'notes', '--version=v']],
    [['kit', 'notes']],
    [['kit', '--name=Public Schema']],
  ])('ends with 2 on %j', (args) => {
    const { code, out, err } = run(args)
    expect([code, out]).toEqual([2, ''])
    expect(err).toContain('Usage:')
  })
})
