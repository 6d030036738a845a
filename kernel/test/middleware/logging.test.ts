import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { SyncError } from '../../src/index.ts'
import { type LogEntry, type LoggingOptions, logging } from '../../src/middleware/index.ts'
import { type Device, device } from '../support/device.ts'
import { TestServer } from '../support/server.ts'
import { quiet } from '../support/virtual-env.ts'
import { token, type Wire, wireTo } from '../support/wire.ts'

interface Logged extends Device {
  readonly server: TestServer
  readonly wire: Wire
  readonly lines: string[]
  readonly entries: LogEntry[]
}

function logged(options: LoggingOptions = {}, answer?: Parameters<typeof wireTo>[1]): Logged {
  const server = new TestServer()
  const wire = wireTo(server, answer)
  const lines: string[] = []
  const entries: LogEntry[] = []
  const write = (line: string, entry: LogEntry): void => {
    lines.push(line)
    entries.push(entry)
  }
  const { env, remote } = wire
  const made = device(server, { env, remote, use: [logging({ write, ...options })], resolver: () => 'local' })
  return { ...made, server, wire, lines, entries }
}

const secret = 'canary-value-77aa'

describe('logging', () => {
  it('writes one line for each write, pull, push, request and cycle', async () => {
    const { tasks, sync, lines } = logged()
    await tasks.create({ id: 'a', title: 'x', done: false })
    await tasks.update('a', { title: 'y' })
    await sync()
    await tasks.delete('a')
    expect(lines).toEqual([
      'create collection=tasks fields=id,title,done ms=0',
      'update collection=tasks fields=title ms=0',
      'request method=GET host=api.example.com path=/v1/notes/pull status=204 ms=0',
      'pull collections=notes,tasks kind=snapshot changes=0 more=false ms=0',
      'request method=POST host=api.example.com path=/push/* status=204 ms=0',
      'push operations=1 applied=1 ms=0',
      'sync:finished pushed=1 pulled=0 conflicts=0 durationMs=0',
      'delete collection=tasks ms=0',
    ])
  })

  it('writes a line for a conflict and its answer, with names of fields only', async () => {
    const { server, tasks, sync, lines } = logged({ level: 'debug' })
    server.write('tasks', 'a', { id: 'a', title: 'base' })
    await sync()
    await tasks.update('a', { title: 'mine' })
    server.edit('tasks', 'a', { title: 'theirs' })
    await sync()
    await quiet()
    expect(lines).toContain('conflict:detected collection=tasks fields=title')
    expect(lines).toContain('resolve collection=tasks fields=title answer=local ms=0')
  })

  it('never holds a token or a value of a record, whatever happens [F113]', async () => {
    const { server, tasks, sync, lines } = logged({}, () => new Response(token, { status: 500 }))
    server.write('tasks', 'seen', { id: 'seen', title: secret })
    await tasks.create({ id: secret, title: secret, tags: [secret] })
    await tasks.create({ id: 'f', title: secret, forbidden: true })
    await expect(tasks.create({ id: secret, title: secret })).rejects.toMatchObject({ code: 'SYNC_ID_TAKEN' })
    await expect(tasks.update(secret, { title: Number.NaN as never })).rejects.toThrow()
    await sync()
    server.beforePull = () => {
      throw new SyncError('SYNC_NETWORK', { message: `with ${token} of ${secret}`, details: { token } })
    }
    await expect(sync()).rejects.toMatchObject({ code: 'SYNC_NETWORK' })
    server.beforePull = () => {
      throw new Error(token)
    }
    await expect(sync()).rejects.toMatchObject({ code: 'SYNC_NETWORK' })
    expect(lines.filter((line) => line.includes('operation:quarantined'))).toEqual([
      'operation:quarantined collection=tasks error=SYNC_FORBIDDEN',
    ])
    expect(lines).toContain('pull collections=notes,tasks error=Error ms=0')
    expect(lines.some((line) => line.startsWith('sync:failed') && line.includes('error=SYNC_NETWORK'))).toBe(true)
    expect(lines.some((line) => line.startsWith('request') && line.includes('status=500'))).toBe(true)
    for (const line of lines) {
      expect(line).not.toContain(token)
      expect(line).not.toContain(secret)
    }
  })

  it('shows the values of fields that are named, and ids where `id` is', async () => {
    const { tasks, lines } = logged({ show: ['id', 'title'] })
    await tasks.create({ id: 'a', title: 'two words', n: 4 })
    await tasks.delete('a')
    expect(lines).toEqual([
      'create collection=tasks fields=id,title,n values={"id":"a","title":"two words"} ms=0',
      'delete collection=tasks id=a ms=0',
    ])
  })

  it('hides what `redact` names at any depth, also from `show: all`, however it is spelt', async () => {
    const { entries, tasks } = logged({ show: 'all', redact: ['home-address', 'title'] })
    const extra = { home_address: secret, inner: [{ accessToken: secret, HOMEADDRESS: secret, ok: 1 }] }
    await tasks.create({ id: 'a', title: secret, ...extra } as never)
    expect(entries[0]?.facts['values']).toEqual({
      id: 'a',
      title: '[redacted]',
      home_address: '[redacted]',
      inner: [{ accessToken: '[redacted]', HOMEADDRESS: '[redacted]', ok: 1 }],
    })
  })

  it('keeps every line one line, whatever values are shown', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'binary' }),
        fc.string({ unit: 'binary', minLength: 1 }),
        async (title, field) => {
          const { tasks, lines } = logged({ show: 'all' })
          fc.pre(field !== '__proto__')
          await tasks.create({ id: 'a', title, [field]: `\n${title}\r\u2028` } as never).catch(() => {})
          expect(lines).toHaveLength(1)
          expect(lines[0]).not.toMatch(/[\p{Cc}\u2028\u2029]/u)
          expect(lines[0]?.length).toBeLessThanOrEqual(2001)
        },
      ),
      { numRuns: 60 },
    )
  })

  it('leaves out what is below its level', async () => {
    const { tasks, sync, entries } = logged({ level: 'warn' })
    await tasks.create({ id: 'a', title: 'x' })
    await tasks.create({ id: 'f', title: 'x', forbidden: true })
    await sync()
    expect(entries.map(({ level, event }) => [level, event])).toEqual([['warn', 'operation:quarantined']])
  })

  it('goes to the console by default, by level', async () => {
    const debug = vi.spyOn(console, 'debug').mockImplementation(() => {})
    try {
      const { tasks } = device(new TestServer(), { use: [logging()] })
      await tasks.create({ id: 'a', title: 'x' })
      expect(debug.mock.calls).toEqual([['rowkeep create collection=tasks fields=id,title ms=0']])
    } finally {
      debug.mockRestore()
    }
  })

  it('that cannot write harms no operation, and its error is not lost', async () => {
    const broken = new Error('disk full')
    const { tasks, env } = logged({
      write: () => {
        throw broken
      },
    })
    expect(await tasks.create({ id: 'a', title: 'x' })).toEqual({ id: 'a', title: 'x' })
    await expect(env.advance(0)).rejects.toBe(broken)
  })

  it.each([
    [null, 'takes an object'],
    [{ wirte: () => {} }, 'has no "wirte"'],
    [{ write: 'console' }, 'write'],
    [{ level: 'trace' }, 'level'],
    [{ show: 'title' }, 'show'],
    [{ show: [''] }, 'show'],
    [{ redact: [4] }, 'redact'],
  ])('refuses %o', (options, why) => {
    expect(() => logging(options as never)).toThrow(why)
    expect(() => logging(options as never)).toThrow('[SYNC_CONFIG_INVALID]')
  })
})
