import fc from 'fast-check'

// Property tests try the same cases in every run, so that a red run is red for a reason in the change. To search for more,
// `FC_SEED=$RANDOM npm test`; what it finds becomes a test of its own.
fc.configureGlobal({ seed: Number(process.env['FC_SEED'] ?? 20_261_120) })
