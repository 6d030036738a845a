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

  it('takes another schema and other names, with = or a space', () => {
    const same = run(['plain', 'notes', '--schema=app', '--id=key', '--updated-at=changed', '--owner=user_id'])
    expect([same.code, same.err]).toEqual([0, ''])
    for (const part of ['app."notes"', '("user_id", "changed", "key")']) {
      expect(same.out.replaceAll('"app"', 'app')).toContain(part)
    }
    expect(same.out).not.toContain('public.')
    expect(run(['plain', '--owner', 'user_id', 'app.notes', '--id', 'key', '--updated-at', 'changed'])).toEqual(same)
  })

  it.each([
    [['plain', 'notes', '--owner']],
    [['plain', 'notes', '--owner=']],
    [['plain', 'notes', '--owner', '--deleted=gone']],
  ])('says that an option needs a value: %j', (args) => {
    expect(run(args)).toMatchObject({ code: 2, err: expect.stringContaining('--owner needs a value: --owner=user_id') })
  })

  it('says of a table of another schema that the schema has to be exposed', () => {
    expect(run(['plain', 'app.notes']).out).toContain('exposed schemas')
    expect(run(['plain', 'notes']).out).not.toContain('exposed schemas')
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
    [['plain', 'a.b.c']],
    [['plain', '.notes']],
    [['plain', 'app.notes', '--schema=other']],
    [['plain', 'notes', '--deleted=gone', '--deleted=done']],
    [['plain', 'notes', '-x']],
    [['kit', 'notes']],
    [['kit', '--name=Public Schema']],
  ])('ends with 2 on %j', (args) => {
    const { code, out, err } = run(args)
    expect([code, out]).toEqual([2, ''])
    expect(err).toContain('Usage:')
  })
})
