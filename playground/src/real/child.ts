/**
 * `execArgv` of a `fork()` whose child must not outlive this process: however that ends, the channel between them closes, and
 * the child goes too.
 */
export const endsWithParent: string[] = [
  '--import',
  'data:text/javascript,process.on("disconnect",()=>process.exit());process.channel.unref()',
]
