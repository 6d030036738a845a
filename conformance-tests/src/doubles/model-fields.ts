import type { JsonObject, LiveRemote, PullPage, RemoteAdapter } from '@rowkeep/kernel'
import { type FieldCodec, type Fields, mapFields } from '@rowkeep/kernel/adapters'
import type { RemoteDefect } from './profile.ts'

/** The fields with a codec of the model's `notes`. */
export const modelCodecs: Readonly<Record<FieldCodec, string>> = {
  date: 'due',
  bigint: 'serial',
  decimal: 'price',
  bytes: 'scan',
}

/** The same, as an adapter is told. */
export const modelFields: Fields = { due: 'date', serial: 'bigint', price: 'decimal', scan: 'bytes' }

/** A record as a client has it that reads numbers as doubles, or takes what is empty for zero. */
function lost(record: JsonObject, defect: RemoteDefect | undefined): JsonObject {
  if (defect === 'digits-lost') {
    return mapFields(record, modelFields, (codec, value) => (codec === 'bigint' ? String(Number(value)) : value))
  }
  if (defect !== 'empty-as-zero') return record
  return { ...record, ...(record['serial'] === null ? { serial: '0' } : {}) }
}

/** The adapter, with what the defect does to values in the fields with a codec. */
export function withLostText<R extends RemoteAdapter & Partial<LiveRemote>>(
  remote: R,
  defect: RemoteDefect | undefined,
): R {
  const pageOf = (page: PullPage): PullPage =>
    page.kind === 'expired'
      ? page
      : {
          ...page,
          changes: page.changes.map((one) =>
            one.kind === 'record' ? { ...one, record: lost(one.record, defect) } : one,
          ),
        }
  return { ...remote, pull: async (request, context) => pageOf(await remote.pull(request, context)) }
}
