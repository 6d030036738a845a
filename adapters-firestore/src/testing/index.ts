export { type FirestoreDouble, type FirestoreDoubleOptions, firestoreDouble } from './double.ts'
