// Walking and hashing 1 GB in 100,000 files, beside one process of `openssl sha256` over the same files, all in memory.
import { existsSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { define, requireBanner } from '../bundle.mjs';
import { root } from '../root.mjs';
import { describeMachine, median, timed } from './measure.mjs';
import { timeOpenssl } from './openssl.mjs';
import { makeSite } from './sites.mjs';

export async function run(args) {
  const { values } = parseArgs({
    args,
    strict: false,
    options: {
      scale: { type: 'string', default: '1' },
      rounds: { type: 'string', default: '3' },
      json: { type: 'boolean' },
    },
  });
  const parent = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
  const folder = realpathSync(mkdtempSync(join(parent, 'waybill-bench-')));
  const site = { files: Math.round(100_000 * Number(values.scale)), bytes: 10_000 };
  try {
    await makeSite(join(folder, 'site'), site);
    writeConfig(folder);
    await bundleCollect(folder);
    const rounds = [];
    for (let round = 0; round < Number(values.rounds); round++) rounds.push(await runRound(folder));
    report(rounds, { site, json: values.json });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** An empty origin. */
function writeConfig(folder) {
  const environments = { dev: { origin: { use: 'local', directory: 'cdn' }, url: 'http://127.0.0.1:1/' } };
  const config = { project: 'bench', sources: [{ kind: 'directory', path: 'site' }], environments };
  writeFileSync(join(folder, 'waybill.config.json'), JSON.stringify(config));
}

/**
 * Collecting alone, in a process whose start counts, as that of openssl does; and the whole of `plan` and `deploy`, which also compare,
 * and describe or write. `plan` reads what is remembered of files and `deploy` writes it.
 */
async function runRound(folder) {
  for (const name of ['cache', 'cdn']) rmSync(join(folder, name), { recursive: true, force: true });
  const options = { cwd: folder, env: { ...process.env, WAYBILL_CACHE_DIR: join(folder, 'cache') } };
  const waybill = (name) =>
    timed([process.execPath, join(root, 'dist', 'bin', 'waybill.js'), name, '--quiet'], options);
  return {
    'openssl sha256': await timeOpenssl(join(folder, 'site')),
    'collect alone': await timed([process.execPath, join(folder, 'main.mjs')], options),
    'first plan': await waybill('plan'),
    'first deploy': await waybill('deploy'),
    'plan again': await waybill('plan'),
  };
}

/** Our own module in a process of its own, beside the threads that it looks for. */
async function bundleCollect(folder) {
  const outfile = join(folder, 'chunks', 'collect.mjs');
  const settings = {
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'bundle',
    logLevel: 'error',
  };
  await build({ ...settings, entryPoints: ['src/collect/collect.ts'], outfile, banner: { js: requireBanner }, define });
  symlinkSync(join(root, 'dist', 'src'), join(folder, 'src'));
  const source = {
    kind: 'directory',
    path: join(folder, 'site'),
    label: 'site',
    prefix: '',
    ignore: [],
    fingerprint: 'auto',
  };
  const options = {
    sources: [source],
    directory: folder,
    ignore: [],
    collisions: 'error',
    classes: [],
    headers: [],
    maxKeyBytes: 1024,
  };
  writeFileSync(
    join(folder, 'main.mjs'),
    `import { collect } from './chunks/collect.mjs';
const options = ${JSON.stringify(options)};
const { signal } = new AbortController();
const { assets } = await collect({ ...options, env: {}, externals: new Map(), edgeInvalidates: false, signal });
if (assets.length === 0) process.exit(1);
`,
  );
}

function report(rounds, { site, json }) {
  const rows = Object.keys(rounds[0]).map((name) => {
    const of = (what) => median(rounds.map((round) => round[name][what]));
    const ratio = median(rounds.map((round) => round[name].wall / round['openssl sha256'].wall));
    return { name, wall: of('wall'), ratio, cpu: of('cpu'), peakMb: of('peakMb') };
  });
  const machine = describeMachine();
  if (json)
    return console.log(
      JSON.stringify({ bench: 'hashing', machine, ...site, rounds: rounds.length, rows }, undefined, 2),
    );
  console.log(
    `${site.files.toLocaleString('en')} files of 10 KB in memory; ${machine}; medians of ${rounds.length} rounds\n`,
  );
  console.log('| run | wall | of `openssl sha256` | user + sys | peak |\n|---|---|---|---|---|');
  for (const { name, wall, ratio, cpu, peakMb } of rows) {
    console.log(
      `| ${name} | ${wall.toFixed(2)} s | ${ratio.toFixed(2)}x | ${cpu.toFixed(2)} s | ${peakMb.toFixed(0)} MB |`,
    );
  }
  console.log('');
}
