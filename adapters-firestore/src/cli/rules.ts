const recordRules = (collection: string): string => `
    match /users/{user}/${collection}/{id} {
      allow read: if isUser(user);
      allow create: if isUser(user) && isNext(0);
      allow update: if isUser(user) && isNext(resource.data._rev);
      // No delete: a deletion is an update that leaves a tombstone, so that every device hears of it.
    }`

/**
 * Security rules for collections of the default layout. They are a part of the adapter: without them revisions are not
 * compared and a write whose answer was lost counts twice.
 */
export const rulesFor = (collections: readonly string[]): string => `rules_version = '2';

service cloud.firestore {
  match /databases/{database}/documents {
    function isUser(user) {
      return request.auth != null && request.auth.uid == user;
    }

    // The next revision, stamped by the server. This is what refuses a write made for an older version.
    function isNext(revision) {
      let after = request.resource.data;
      return after._rev is int && after._rev == revision + 1
        && after._changedAt == request.time
        && after._deleted is bool;
    }
${collections.map(recordRules).join('\n')}

    // One mark for each operation that is done, written in the commit of its record and never again: a commit that is sent
    // twice is refused as a whole.
    match /users/{user}/mutations/{operation} {
      allow read: if isUser(user);
      allow create: if isUser(user)
        && request.resource.data.keys().hasOnly(['at', 'digest'])
        && request.resource.data.digest is string
        && request.resource.data.at == request.time;
    }
  }
}

// Your own conditions go beside isNext(...), with &&: what they refuse the client is told as SYNC_FORBIDDEN.
//
// Deploy with: firebase deploy --only firestore:rules
// Indexes: none to make. Do not exempt _changedAt from the automatic ones.
// Documents that are there already take part once an admin has given them _rev: 1, _changedAt: <server timestamp>, _deleted: false.
// Marks may be purged by an admin when \`at\` is older than 90 days (option opIdMemoryMs). Do not purge tombstones.
`
