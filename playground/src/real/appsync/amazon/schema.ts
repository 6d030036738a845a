interface Field {
  readonly name: string
  readonly type: string
  readonly isRequired: boolean
  readonly isArray: boolean
  readonly isReadOnly?: boolean
  readonly attributes: readonly never[]
  readonly isArrayNullable?: boolean
}

const field = (name: string, type: string, more: Partial<Field> = {}): Field => ({
  name,
  type,
  isRequired: false,
  isArray: false,
  attributes: [],
  ...more,
})

const fields: readonly Field[] = [
  field('id', 'ID', { isRequired: true }),
  field('title', 'String'),
  field('done', 'Boolean'),
  field('n', 'Float'),
  field('tags', 'String', { isArray: true, isArrayNullable: true }),
  // An app of Amazon's on the same API has this field in its model, too.
  field('_m', 'String', { isArray: true, isArrayNullable: true }),
  field('createdAt', 'AWSDateTime', { isReadOnly: true }),
  field('updatedAt', 'AWSDateTime', { isReadOnly: true }),
]

const ownerRule = {
  provider: 'userPools',
  ownerField: 'owner',
  allow: 'owner',
  identityClaim: 'cognito:username',
  operations: ['create', 'update', 'delete', 'read'],
}

/** The model `Note` of the double as Amplify's code generator writes it for an app. */
export const schema: object = {
  models: {
    Note: {
      name: 'Note',
      pluralName: 'Notes',
      syncable: true,
      fields: Object.fromEntries(fields.map((one) => [one.name, one])),
      attributes: [
        { type: 'model', properties: {} },
        { type: 'auth', properties: { rules: [ownerRule] } },
      ],
    },
  },
  enums: {},
  nonModels: {},
  version: 'v1',
  codegenVersion: '3.4.4',
}
