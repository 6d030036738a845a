import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')
const contract = read('CONTRACT.md')
const part = (title: string): string => contract.split(`\n## ${title}\n`)[1]?.split('\n## ')[0] ?? ''

describe('the engine rules of CONTRACT.md', () => {
  const rules = part('Engine rules').split('\n### ').slice(1)

  it('are numbered 1 to 15', () => {
    const numbers = rules.map((rule) => /^EN-(\d+) /.exec(rule)?.[1])
    expect(numbers).toEqual(Array.from({ length: 15 }, (_, index) => `${index + 1}`))
  })

  it.each(rules.map((rule) => [rule.split('\n')[0] as string, rule] as const))('%s', (_, rule) => {
    expect(rule).toMatch(/^- An app may rely on: .+\.$/m)
    const proof = /^- Proved by: (.+)$/m.exec(rule)?.[1] ?? ''
    const files = [...proof.matchAll(/`(test\/[^`]+)`/g)].map(([, file]) => file as string)
    expect(files).not.toEqual([])
    expect(files.filter((file) => !existsSync(new URL(`../${file}`, import.meta.url)))).toEqual([])
  })
})

it('the stored shapes of CONTRACT.md are those of the code', () => {
  const interfaces = read('src/model/stored.ts').matchAll(/^export interface \w+.*\{\n([\s\S]*?)^\}/gm)
  const fields = [...interfaces].flatMap(([, body = '']) =>
    [...body.matchAll(/^ {2}readonly (\w+\??):/gm)].map(([, field]) => field as string),
  )
  const text = part('Stored shapes')
  expect(fields.length).toBeGreaterThan(20)
  expect(fields.filter((field) => !text.includes(`\`${field}\``))).toEqual([])
})
