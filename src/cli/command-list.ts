import { parseDuration, parsePositiveInteger } from '../config/settings.ts';
import type { ArgumentSpec, CommandSpec, FlagSpec } from './command.ts';
import { parseChoice, parsePort, parseShard, parseText } from './values.ts';

/** Common to all commands; each, `--yes` apart, has a WAYBILL_* variable. Read in settings.ts. */
export const commonFlags: readonly FlagSpec[] = [
  { flag: '--env <name>', text: 'environment (WAYBILL_ENV; may be left out where there is only one)' },
  { flag: '--config <file>', text: 'configuration file (WAYBILL_CONFIG)' },
  { flag: '--cwd <folder>', text: 'work as if started there (WAYBILL_CWD)' },
  { flag: '--json', text: 'print one JSON document (WAYBILL_JSON)' },
  { flag: '--yes', text: 'answer yes to every question' },
  { flag: '--quiet', text: 'no progress (WAYBILL_QUIET)' },
  { flag: '--debug', text: 'show requests, causes and stacks (WAYBILL_DEBUG)' },
  {
    flag: '--lock-timeout <duration>',
    text: 'how long to wait for the lock; 0: not at all (WAYBILL_LOCK_TIMEOUT, 60s)',
  },
  { flag: '--retry-budget <duration>', text: 'how long one operation may go on retrying (WAYBILL_RETRY_BUDGET, 60s)' },
  { flag: '--concurrency <n>', text: 'operations under way at once (WAYBILL_CONCURRENCY)' },
];

const planning: readonly FlagSpec[] = [
  { flag: '--trust-manifest', text: 'skip the listing of the origin', conflicts: ['deep'] },
  { flag: '--deep', text: 'look at the headers of every object too, and repair them' },
  { flag: '--adopt', text: 'take over objects that others wrote; old bodies are kept' },
  { flag: '--allow-large', text: 'lift the `limits` of the environment' },
  { flag: '--allow-older', text: 'let an older commit replace a newer one' },
];

const waiting: readonly FlagSpec[] = [
  {
    flag: '--wait <state>',
    text: 'until the invalidation is submitted (unless said) or done',
    parse: parseChoice(['submitted', 'done']),
  },
  {
    flag: '--wait-timeout <duration>',
    text: 'how long `--wait done` waits; then it is a warning (10m)',
    parse: parseDuration,
  },
];

const applying: readonly FlagSpec[] = [
  { flag: '--message <text>', text: 'stands in `waybill versions`', parse: parseText },
  ...waiting,
  { flag: '--replan', text: 'plan anew when another run was faster' },
];

const verifying: readonly FlagSpec[] = [
  { flag: '--verify', text: 'wait for the edges, then do what `waybill verify` does' },
  { flag: '--rollback-on-failure', text: 'with --verify: make the version before live again when it fails' },
];

function version(argument: string, text: string): ArgumentSpec {
  return { argument, text, parse: parsePositiveInteger };
}

/** Every command; its code is loaded when it runs. */
export const commands: readonly CommandSpec[] = [
  {
    name: 'init',
    text: 'write a waybill.config file for what is found here',
    load: async () => (await import('./commands/init.ts')).init,
  },
  {
    name: 'plan',
    text: 'show what deploy would do, why, and what the invalidation costs; changes nothing',
    flags: [
      { flag: '--markdown', text: 'print Markdown for a pull request' },
      { flag: '--out <file>', text: 'also write the plan as JSON, for `deploy --plan`', parse: parseText },
      { flag: '--exit-code', text: 'exit with 10 if there is something to do' },
      ...planning,
    ],
    load: async () => (await import('./commands/changing.ts')).plan,
  },
  {
    name: 'deploy',
    text: 'collect, compare, upload, invalidate, make live, write CDN_URL',
    flags: [
      { flag: '--plan <file>', text: 'apply this reviewed plan or nothing', parse: parseText, conflicts: ['expect'] },
      { flag: '--expect <digest>', text: 'apply the plan of this digest or nothing', parse: parseText },
      { flag: '--dry-run', text: 'print the plan and stop', conflicts: ['verify', 'rollbackOnFailure'] },
      {
        flag: '--stage',
        text: 'prepare the version; `waybill activate` makes it live',
        conflicts: ['verify', 'rollbackOnFailure'],
      },
      {
        flag: '--shard <i/n>',
        text: 'with --stage: only part i of n, beside other machines',
        parse: parseShard,
      },
      ...planning,
      ...applying,
      ...verifying,
    ],
    load: async () => (await import('./commands/changing.ts')).deploy,
  },
  {
    name: 'versions',
    text: 'list the versions',
    load: async () => (await import('./commands/looking.ts')).versions,
  },
  {
    name: 'show',
    text: 'show the files of a version (the live one unless said)',
    args: [version('[version]', 'number of the version')],
    load: async () => (await import('./commands/looking.ts')).show,
  },
  {
    name: 'diff',
    text: 'show what changed between two versions',
    args: [version('<from>', 'number of the older version'), version('<to>', 'number of the newer version')],
    load: async () => (await import('./commands/looking.ts')).diff,
  },
  {
    name: 'rollback',
    text: 'make an older version live again, edges included',
    flags: [
      { flag: '--to <version>', text: 'this version (the one before unless said)', parse: parsePositiveInteger },
      ...applying,
      ...verifying.filter(({ flag }) => flag === '--verify'),
    ],
    load: async () => (await import('./commands/changing.ts')).rollback,
  },
  {
    name: 'prune',
    text: 'remove what no kept version needs; the only command that removes',
    flags: [
      {
        flag: '--keep <n>',
        text: 'so many versions stay in any case (`keep.versions`)',
        parse: parsePositiveInteger,
        conflicts: ['removed', 'path'],
      },
      {
        flag: '--older-than <duration>',
        text: 'and those that were live within this time (`keep.days`)',
        parse: parseDuration,
        conflicts: ['removed', 'path'],
      },
      {
        flag: '--removed',
        text: 'instead: stable files that the live version no longer names, at once',
        conflicts: ['path'],
      },
      {
        flag: '--path <pattern>',
        text: 'instead: take these files down, a glob over paths and keys; needs --every-version',
        parse: parseText,
      },
      { flag: '--every-version', text: 'with --path: from all versions, which can then not be restored' },
      { flag: '--dry-run', text: 'list what would be removed and stop' },
    ],
    load: async () => (await import('./commands/changing.ts')).prune,
  },
  {
    name: 'activate',
    text: 'make a staged version live',
    flags: [
      { flag: '--to <version>', text: 'this version', parse: parsePositiveInteger, required: true },
      { flag: '--allow-older', text: 'also where another version became live since it was staged' },
      { flag: '--adopt', text: 'take over objects that others wrote; old bodies are kept' },
      ...applying.filter(({ flag }) => flag !== '--replan'),
      ...verifying,
    ],
    load: async () => (await import('./commands/changing.ts')).activate,
  },
  {
    name: 'promote',
    text: 'make the same bytes a version of another environment, server-side where the vendor can',
    flags: [
      { flag: '--from <name>', text: 'the environment that has the version', parse: parseText, required: true },
      { flag: '--to <version>', text: 'its version (the live one unless said)', parse: parsePositiveInteger },
      { flag: '--dry-run', text: 'print the plan and stop', conflicts: ['verify', 'rollbackOnFailure'] },
      { flag: '--allow-url', text: 'also files that hold the CDN_URL of where they come from' },
      ...planning.filter(({ flag }) => flag !== '--trust-manifest'),
      ...applying,
      ...verifying,
    ],
    load: async () => (await import('./commands/changing.ts')).promote,
  },
  {
    name: 'verify',
    text: 'fetch files of the live version through CDN_URL and compare status, type, headers and bytes',
    flags: [
      {
        flag: '--sample <n>',
        text: 'so many files (all entry files and 50 others unless said)',
        parse: parsePositiveInteger,
        conflicts: ['all'],
      },
      { flag: '--all', text: 'every file' },
    ],
    load: async () => (await import('./commands/looking.ts')).verify,
  },
  {
    name: 'invalidate',
    text: 'make every edge forget paths, or all',
    args: [
      {
        argument: '[path...]',
        text: 'file of the live version, URL or URL path, or the start of one with a last `*`',
        parse: parseText,
      },
    ],
    flags: [{ flag: '--all', text: 'everything below CDN_URL' }, ...waiting],
    load: async () => (await import('./commands/looking.ts')).invalidate,
  },
  {
    name: 'status',
    text: 'show the live version, the lock, what is owed, and drift at the origin',
    flags: [{ flag: '--deep', text: 'look at the headers of every file too' }],
    load: async () => (await import('./commands/looking.ts')).status,
  },
  {
    name: 'url',
    text: "print CDN_URL, or an asset's full URL",
    args: [{ argument: '[asset]', text: 'logical path, e.g. app1/style.css', parse: parseText }],
    load: async () => (await import('./commands/looking.ts')).url,
  },
  {
    name: 'policy',
    text: 'print the least privilege that the configuration needs at its vendors',
    load: async () => (await import('./commands/looking.ts')).policy,
  },
  {
    name: 'strip',
    text: 'list the static files that the live version holds, for .dockerignore or rm',
    flags: [{ flag: '--delete', text: 'delete them here; refused for what git shows as modified or untracked' }],
    load: async () => (await import('./commands/looking.ts')).strip,
  },
  {
    name: 'serve',
    text: 'serve a local origin through the embedded edge',
    flags: [
      { flag: '--port <port>', text: "the port of the environment's url unless said, else 4100", parse: parsePort },
      { flag: '--host <address>', text: 'address to listen at (127.0.0.1)', parse: parseText },
    ],
    load: async () => (await import('./commands/serve.ts')).serve,
  },
  {
    name: 'unlock',
    text: 'release the lock that a dead run left behind',
    load: async () => (await import('./commands/looking.ts')).unlock,
  },
];
