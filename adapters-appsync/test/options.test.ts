import { isSyncError } from '@rowkeep/kernel'
import { describe, expect, it } from 'vitest'
import { type AppsyncOptions, appsyncAdapter } from '../src/index.ts'

const good: AppsyncOptions = {
  client: { graphql: () => Promise.resolve({}), cancel: () => true },
  api: 'https://example.test/graphql',
  models: { tasks: { model: 'Task', fields: ['id', 'title', 'meta'], json: ['meta'] } },
  session: () => ({ user: 'ada' }),
}

function refusal(change: object): string {
  try {
    appsyncAdapter({ ...good, ...change })
  } catch (thrown) {
    if (isSyncError(thrown, 'SYNC_CONFIG_INVALID')) return thrown.message
    throw thrown
  }
  return 'none'
}

const model = (change: object): object => ({ models: { tasks: { ...good.models['tasks'], ...change } } })

describe('appsyncAdapter', () => {
  it('takes good options', () => {
    expect(refusal({})).toBe('none')
    expect(refusal({ session: undefined, authMode: 'apiKey' })).toBe('none')
    expect(refusal(model({ plural: 'Taskae', owner: 'owner', others: ['createdOn'] }))).toBe('none')
    expect(refusal(model({ key: 'title' }))).toBe('none')
    expect(refusal(model({ key: 'title', fields: ['title'], json: [] }))).toBe('none')
  })

  it.each([undefined, null, 5, 'ada', []])('refuses what is no options: %j', (options) => {
    expect(() => appsyncAdapter(options as never)).toThrow(
      expect.objectContaining({
        code: 'SYNC_CONFIG_INVALID',
        message: expect.stringContaining('{ client, api, models, session }'),
      }),
    )
  })

  it.each<[string, object, string]>([
    ['no client', { client: undefined }, 'client'],
    ['a client that is none', { client: { graphql: 1 } }, 'client'],
    ['no name of the API', { api: '' }, 'api'],
    ['a name with a space', { api: 'my api' }, 'api'],
    ['no models', { models: {} }, 'models'],
    ['nobody to ask who is signed in', { session: undefined }, 'session'],
    ['a session that is no function', { session: { user: 'ada' } }, 'session'],
    ['an unknown authMode', { authMode: 'basic' }, 'authMode'],
    ['a refresh that is no function', { refresh: true }, 'refresh'],
    ['a hub that is none', { hub: {} }, 'hub.listen'],
    ['a lifetime that is no number', { baseTableTtlMs: '30d' }, 'baseTableTtlMs'],
    ['a lifetime too short', { baseTableTtlMs: 1000 }, 'baseTableTtlMs'],
    ['a negative overlap', { overlapMs: -1 }, 'overlapMs'],
    ['an overlap longer than the lifetime', { overlapMs: 60_000, baseTableTtlMs: 60_000 }, 'overlapMs'],
    ['a model that is text', { models: { tasks: 'Task' } }, 'models.tasks'],
    ['a model without a name', model({ model: undefined }), 'models.tasks.model'],
    ['a model whose name is syntax', model({ model: 'Task { id } } #' }), 'models.tasks.model'],
    ['a plural whose name is syntax', model({ plural: 'Tasks(' }), 'models.tasks.plural'],
    ['no fields', model({ fields: [] }), 'models.tasks.fields'],
    ['a field whose name is syntax', model({ fields: ['id', 'a b'] }), 'models.tasks.fields'],
    ['a field of introspection', model({ fields: ['__typename'] }), 'models.tasks.fields'],
    ['metadata as a field', model({ fields: ['id', '_version'] }), 'models.tasks.fields'],
    ['an AWSJSON field that is no field', model({ json: ['other'] }), 'models.tasks.json'],
    ['further fields that are no list', model({ others: 'createdAt' }), 'models.tasks.others'],
    ['fields without the id', model({ fields: ['title'], json: [] }), 'models.tasks.fields must list id'],
    ['fields without the key', model({ key: 'code' }), 'models.tasks.fields must list code'],
    ['an AWSJSON list that is none', model({ json: 'meta' }), 'models.tasks.json'],
    [
      'a model option that does not exist',
      model({ feilds: ['id'] }),
      'models.tasks.feilds is not an option: codecs, fields',
    ],
    ['a codec that is none', model({ codecs: { title: 'datetime' } }), 'models.tasks.codecs.title must be one of date'],
    ['codecs in a list', model({ codecs: ['title'] }), 'models.tasks.codecs must be like'],
    ['a codec of a field that is not listed', model({ codecs: { other: 'date' } }), 'models.tasks.codecs has other'],
    ['a codec of an AWSJSON field', model({ codecs: { meta: 'date' } }), 'models.tasks.codecs has meta'],
    ['an option that does not exist', { sesion: () => undefined }, 'sesion is not an option: api, authMode'],
    ['models in a list', { models: ['Task'] }, 'models must name'],
    ['a model in a list', { models: { tasks: ['Task'] } }, 'models.tasks must be'],
    ['a hub that is null', { hub: null }, 'hub.listen'],
    ['a further field whose name is syntax', model({ others: ['a-b'] }), 'models.tasks.others'],
    ['an owner whose name is syntax', model({ owner: 'a-b' }), 'models.tasks.owner'],
  ])('refuses %s and names the option', (_, change, named) => {
    expect(refusal(change)).toContain(`appsyncAdapter: ${named}`)
  })

  it('declares the lifetime of deleted rows as its retention', () => {
    expect(appsyncAdapter({ ...good, baseTableTtlMs: 86_400_000 }).capabilities.limits.retentionMs).toBe(86_400_000)
    expect(appsyncAdapter(good).capabilities.limits.retentionMs).toBe(30 * 86_400_000)
  })
})
