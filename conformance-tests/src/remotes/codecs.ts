import type { FilterOperator, Json, JsonObject } from '@rowkeep/kernel'
import { type FieldCodec, matches } from '@rowkeep/kernel/adapters'
import { expectThat } from '../core/expect.ts'
import { Inapplicable, type Scenario } from '../core/scenario.ts'
import type { RemoteBench, Row } from './bench.ts'
import { all, conditions } from './needs.ts'
import { creation, update } from './operations.ts'
import { expectApplied, expectDelivered, expectRecord } from './records.ts'
import { newest } from './remote.ts'
import { expectedOf } from './writing.ts'

type Codecs = Readonly<Record<FieldCodec, string>>

const declared = ({ codecs }: RemoteBench): string | undefined =>
  codecs === undefined ? 'the harness declares no fields with a codec' : undefined

function codecsOf({ codecs }: RemoteBench): Codecs {
  if (codecs === undefined) throw new Inapplicable('the harness declares no fields with a codec')
  return codecs
}

// The last two of the numbers come in another order as text. What doubles, local time zones, 64 bits and lax decoders lose.
const texts: Readonly<Record<FieldCodec, readonly string[]>> = {
  date: [
    '2026-01-31T09:30:00.000Z',
    '1969-12-31T23:59:59.999Z',
    '2026-06-30T23:59:59.120Z',
    '9999-12-30T00:00:00.001Z',
  ],
  bigint: ['9007199254740993', '-9223372036854775808', '10', '9'],
  decimal: ['12345678901234567890.123456789', '-0.1', '10', '9.5'],
  bytes: ['', '/+8=', 'AA==', 'AAECA/7/'],
}

const wrong: Readonly<Record<FieldCodec, string>> = { date: 'tomorrow', bigint: '1.5', decimal: '1e3', bytes: 'AR==' }

const codecs: readonly FieldCodec[] = ['date', 'bigint', 'decimal', 'bytes']

const rowWith = (fields: Codecs, at: number): Row => ({
  id: `n${at}`,
  title: 'x',
  ...(Object.fromEntries(codecs.map((codec) => [fields[codec], texts[codec].at(at) ?? null])) as JsonObject),
})

const operators: readonly FilterOperator[] = ['eq', 'ne', 'gt', 'gte', 'lt', 'lte']

async function expectAgreement(
  bench: RemoteBench,
  row: Row,
  test: { readonly field: string; readonly is: FilterOperator; readonly value: Json },
): Promise<void> {
  const { field, is, value } = test
  const expected = await expectedOf(bench, row.id)
  const [verdict] = await bench.ada.push([update(row, expected, { set: { title: is } }, { condition: test })])
  const wanted = matches(test, row) ? 'applied' : 'rejected'
  const what = `${field} ${is} ${JSON.stringify(value)} on ${JSON.stringify(row[field])} to be ${wanted}, as the kernel's matcher has it`
  expectThat(verdict?.kind === wanted, what, verdict)
}

/** Every operator, on the text that the row has and on another. */
async function expectAgreements(bench: RemoteBench, row: Row, field: string, values: readonly string[]): Promise<void> {
  const can = bench.capabilities.conditions
  for (const is of operators.filter((one) => can.includes(one))) {
    for (const value of values) await expectAgreement(bench, row, { field, is, value })
  }
  if (can.includes('in')) await expectAgreement(bench, row, { field, is: 'in', value: values })
}

/** RA-16: fields with a codec. */
export const fieldCodecs: readonly Scenario<RemoteBench>[] = [
  {
    clause: 'RA-16.1',
    title: 'dates, big numbers, decimals and bytes come back as the text that was written',
    needs: declared,
    async run(bench) {
      const fields = codecsOf(bench)
      const rows = texts.date.map((_, at) => rowWith(fields, at))
      for (const row of rows) {
        const [verdict] = await bench.ada.push([creation(row)])
        expectApplied(verdict, 'a create')
        const told = verdict?.kind === 'applied' && verdict.row?.kind === 'record' ? verdict.row.record : row
        expectRecord(bench.capabilities, told, row, 'the row of the verdict')
      }
      const found = newest((await bench.device('ada').run()).changes)
      for (const row of rows) expectDelivered(bench.capabilities, found.get(row.id), row)
    },
  },
  {
    clause: 'RA-16.2',
    title: 'a field with a codec is changed, and emptied',
    needs: declared,
    async run(bench) {
      const fields = codecsOf(bench)
      const row = rowWith(fields, 0)
      expectApplied((await bench.ada.push([creation(row)]))[0], 'a create')
      const { id: _, title: __, ...values } = rowWith(fields, 1)
      const first = update(row, await expectedOf(bench, row.id), { set: values })
      expectApplied((await bench.ada.push([first]))[0], 'an update')
      expectRecord(bench.capabilities, (await bench.ada.current(row.id))?.record, { ...row, ...values }, 'the row')
      const empty = Object.fromEntries(codecs.map((codec) => [fields[codec], null]))
      const second = update({ ...row, ...values }, await expectedOf(bench, row.id), { set: empty })
      expectApplied((await bench.ada.push([second]))[0], 'an update to null')
      expectRecord(bench.capabilities, (await bench.ada.current(row.id))?.record, { ...row, ...empty }, 'the row')
    },
  },
  {
    clause: 'RA-16.3',
    title: 'text that is none of the codec is refused, and nothing is stored',
    needs: declared,
    async run(bench) {
      const fields = codecsOf(bench)
      for (const codec of codecs) {
        const row: Row = { id: `n${codec}`, title: 'x', [fields[codec]]: wrong[codec] }
        const [verdict] = await bench.ada.push([creation(row)])
        expectThat(
          verdict?.kind === 'rejected',
          `a ${codec} of ${JSON.stringify(wrong[codec])} to be rejected`,
          verdict,
        )
        expectThat((await bench.truth(row.id)) === undefined, 'nothing to be stored', await bench.truth(row.id))
      }
    },
  },
  {
    clause: 'RA-16.4',
    title: "a condition on such a field is tested on its text, as the kernel's matcher does",
    needs: all(declared, conditions),
    async run(bench) {
      const fields = codecsOf(bench)
      const row = rowWith(fields, 2)
      expectApplied((await bench.ada.push([creation(row)]))[0], 'a create')
      for (const codec of codecs) await expectAgreements(bench, row, fields[codec], texts[codec].slice(2))
    },
  },
]
