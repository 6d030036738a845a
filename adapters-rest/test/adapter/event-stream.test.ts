import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { EventStreamReader, type StreamEvent } from '../../src/event-stream.ts'

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

/** The events of a text that arrives in these pieces. */
function read(...chunks: readonly (string | Uint8Array)[]): readonly StreamEvent[] {
  const reader = new EventStreamReader()
  return chunks.flatMap((chunk) => reader.read(typeof chunk === 'string' ? bytesOf(chunk) : chunk))
}
const event = (type: string, data = ''): StreamEvent => ({ type, data })

describe('an event stream', () => {
  test.each<[string, string, readonly StreamEvent[]]>([
    ['names its events', 'event: up\ndata: 1\n\nevent: poke\ndata: 2\n\n', [event('up', '1'), event('poke', '2')]],
    ['calls an event without a name a message', 'data: x\n\n', [event('message', 'x')]],
    ['forgets the name after the event', 'event: up\ndata\n\ndata\n\n', [event('up'), event('message')]],
    ['joins several data lines', 'data: a\ndata\ndata:b\n\n', [event('message', 'a\n\nb')]],
    ['drops one space after the colon only', 'data:  a\n\n', [event('message', ' a')]],
    ['drops an event without data, and its name', 'event: up\n\ndata: x\n\n', [event('message', 'x')]],
    ['takes data that is empty', 'event: poke\ndata:\n\n', [event('poke')]],
    [
      'ignores comments, ids, retries and fields it does not know',
      ': hi\nid: 7\nretry: 1\nfoo: bar\n Event: up\ndata: x\n\n',
      [event('message', 'x')],
    ],
    ['takes a value with colons', 'data: a: b\n\n', [event('message', 'a: b')]],
    ['drops an event that the end cuts off', 'data: x\n', []],
    ['may begin with a byte order mark', '\ufeffdata: x\n\n', [event('message', 'x')]],
    ['takes the last of several names', 'event: a\nevent: b\ndata\n\n', [event('b')]],
    ['is nothing where there are only blank lines', '\n\r\n\r\r\n\n', []],
  ])('%s', (_, text, wanted) => {
    expect(read(text)).toEqual(wanted)
  })

  test.each(['\n', '\r\n', '\r'])('ends its lines with %j', (end) => {
    const text = ['event: up', 'data: 1', '', 'data: 2', 'data: 3', '', ''].join(end)
    expect(read(text)).toEqual([event('up', '1'), event('message', '2\n3')])
  })

  test('takes CR and LF of one line end from two chunks', () => {
    expect(read('data: a\r', '\ndata: b\r', '\n\r', '\n')).toEqual([event('message', 'a\nb')])
    expect(read('data: a\r', '', '\ndata: b\n\n')).toEqual([event('message', 'a\nb')])
  })

  test('is the same however it is cut', () => {
    const line = fc.oneof(
      fc.constantFrom('', '', 'event: up', 'event: poke', 'data', 'data: é😀', ': comment', 'data:\u2028', 'id: 1'),
      fc.string({ maxLength: 8, unit: 'grapheme' }).filter((text) => !/[\r\n]/.test(text)),
    )
    const lines = fc.array(fc.tuple(line, fc.constantFrom('\n', '\r\n', '\r')), { maxLength: 30 })
    const property = fc.property(lines, fc.array(fc.nat(200), { maxLength: 20 }), (parts, cuts) => {
      const bytes = bytesOf(parts.map(([text, end]) => text + end).join(''))
      const places = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length]
      const chunks = places.slice(1).map((to, index) => bytes.slice(places[index], to))
      expect(read(...chunks)).toEqual(read(bytes))
      expect(read(...Array.from(bytes, (byte) => new Uint8Array([byte])))).toEqual(read(bytes))
    })
    fc.assert(property, { numRuns: 500 })
  })

  test('brings every event that was written, whatever its data', () => {
    const data = fc.array(
      fc.string({ unit: 'grapheme', maxLength: 10 }).filter((text) => !/[\r\n]/.test(text)),
      { minLength: 1, maxLength: 3 },
    )
    const events = fc.array(fc.tuple(fc.constantFrom('up', 'poke', 'other'), data))
    const property = fc.property(events, fc.constantFrom('\n', '\r\n', '\r'), (written, end) => {
      const text = written
        .map(([type, rows]) => [`event: ${type}`, ...rows.map((row) => `data: ${row}`), '', ''].join(end))
        .join('')
      expect(read(text)).toEqual(written.map(([type, rows]) => event(type, rows.join('\n'))))
    })
    fc.assert(property)
  })

  test.each([
    ['a line without an end', ['x'.repeat(40_000), 'x'.repeat(40_000)]],
    ['a long line', [`data: ${'x'.repeat(70_000)}\n\n`]],
    ['an event of many lines', Array.from({ length: 100 }, () => `data: ${'x'.repeat(1000)}\n`)],
  ])('is refused for %s', (_, chunks) => {
    expect(() => read(...chunks)).toThrow(/too long/)
  })

  test('of any length is read where its lines are short', () => {
    const reader = new EventStreamReader()
    const chunk = bytesOf(`event: poke\ndata: ${'x'.repeat(100)}\n\n`.repeat(100))
    const count = Array.from({ length: 100 }, () => reader.read(chunk).length).reduce((sum, one) => sum + one, 0)
    expect(count).toBe(10_000)
  })
})
