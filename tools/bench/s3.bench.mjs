// Waybill beside s5cmd, rclone, aws and s3cmd at S3, in turn, with none and with 30 ms of round trip.
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describeMachine, timed } from './measure.mjs';
import { measureFactor, referenceResults } from './reference.mjs';
import { printResults } from './results.mjs';
import { bundleServer } from './servers.mjs';
import { changeOne, makeSite, sites } from './sites.mjs';
import { openStore } from './store.mjs';
import { findPeers, forgetCache, waybill } from './tools-of-s3.mjs';

export const usage = `npm run bench -- s3 [--only 10k] [--tool waybill] [--rtt 30] [--rounds 3] [--scale 0.1] [--limit 600] [--all] [--endpoint URL] [--json]
  --only NAME     ${sites.map(({ name, label }) => `${name}: ${label}`).join('; ')}; may be repeated
  --tool NAME     of the tools only this one; may be repeated
  --rtt MS        of round trip; may be repeated; 0 and 30 unless said
  --scale N       share of each site's files
  --limit S       longest run of a peer; all but the best so far are also ended at three times its time
  --all           aws and s3cmd with 100,000 files too
  --endpoint URL  another S3, with AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION`;

const options = {
  only: { type: 'string', multiple: true },
  tool: { type: 'string', multiple: true },
  rtt: { type: 'string', multiple: true, default: ['0', '30'] },
  rounds: { type: 'string', default: '1' },
  scale: { type: 'string', default: '1' },
  limit: { type: 'string', default: '600' },
  all: { type: 'boolean', default: false },
  endpoint: { type: 'string' },
  json: { type: 'boolean', default: false },
};

export async function run(args) {
  const { values } = parseArgs({ args, options });
  const chosen = sites.filter(({ name }) => values.only?.includes(name) ?? true);
  if (chosen.length === 0) throw new Error(usage);
  const parent = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
  const folder = realpathSync(mkdtempSync(join(parent, 'waybill-bench-')));
  try {
    const bench = { folder, values, scale: Number(values.scale), bundle: await bundleServer(folder), results: [] };
    for (const site of chosen) await runSite(bench, scaled(site, bench.scale));
    await addReference(bench, chosen);
    printResults(bench.results, {
      machine: describeMachine(),
      values,
      absent: findPeers().absent,
      factor: bench.factor,
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function scaled(site, scale) {
  if (site.files > 1) return { ...site, files: Math.max(1, Math.round(site.files * scale)) };
  return { ...site, bytes: Math.round(site.bytes * scale) };
}

async function runSite(bench, site) {
  const { folder, values } = bench;
  const directory = join(folder, site.name);
  await makeSite(directory, site);
  const peers = findPeers().found.filter(({ slow }) => !slow || values.all || site.files <= 10_000);
  const tools = [waybill, ...peers].filter(({ name }) => values.tool?.includes(name) ?? true);
  for (const roundTripMs of values.rtt.map(Number)) {
    for (let round = 0; round < Number(values.rounds); round++) {
      for (const tool of tools) {
        await runTool(bench, { site, tool, roundTripMs, directory }).catch((error) => {
          if (tool === waybill) throw error;
          console.error(`${tool.name} is left out: ${error.message}`);
        });
      }
    }
  }
  if (site.name === '10k') bench.factor = await measureFactor(directory, site);
  rmSync(directory, { recursive: true, force: true });
}

/** A first deploy, the same again, and with one file changed; Waybill also without what it remembers of the files, and with it. */
async function runTool(bench, { site, tool, roundTripMs, directory }) {
  const { folder, values, bundle } = bench;
  const work = join(folder, 'work');
  mkdirSync(work, { recursive: true });
  const names = ['first', 'second'].map((name) => `waybill-bench-${name}`);
  const store = await openStore({ endpoint: values.endpoint, bundle, folder, roundTripMs, buckets: names });
  const target = (bucket) => ({ folder: directory, bucket, work, ...store });
  const step = async (name, { bucket = names[0], cache } = {}) => {
    const result = await measure(bench, { tool, store, target: target(bucket), step: name, site, roundTripMs });
    bench.results.push({
      site: site.name,
      files: site.files,
      bytes: site.bytes,
      step: name,
      roundTripMs,
      tool: tool.name,
      cache,
      ...result,
    });
    return result.cut !== true;
  };
  try {
    const isOurs = tool === waybill;
    if (!(await step('first', isOurs ? { cache: 'cold' } : {}))) return;
    if (tool.firstOnly) return;
    if (!(await step('no-op', isOurs ? { cache: 'warm' } : {}))) return;
    if (isOurs) {
      forgetCache({ work });
      await step('no-op', { cache: 'cold' });
      await step('first', { bucket: names[1], cache: 'warm' });
    }
    await changeOne(directory, site.files);
    await step('one changed', isOurs ? { cache: 'warm' } : {});
  } finally {
    await store.close();
    rmSync(work, { recursive: true, force: true });
  }
}

async function measure(bench, { tool, store, target, step, site, roundTripMs }) {
  const env = { ...withoutAws(process.env), ...tool.env(target) };
  const best = bench.results
    .filter(
      (one) =>
        one.site === site.name &&
        one.step === step &&
        one.roundTripMs === roundTripMs &&
        one.tool !== waybill.name &&
        !one.cut,
    )
    .map(({ wall }) => wall);
  const limit = Math.min(Number(bench.values.limit), Math.max(20, 3 * Math.min(...best)));
  await store.ask();
  const { wall, cpu, peakMb, cut } = await timed(tool.command(target), { cwd: target.work, env, limit });
  const counts = Object.entries((await store.ask()) ?? {});
  const sum = (pairs) => pairs.reduce((total, [, count]) => total + count, 0);
  const requests =
    counts.length === 0
      ? {}
      : { requests: sum(counts), writes: sum(counts.filter(([name]) => !/^(Get|Head|List)/i.test(name))) };
  console.error(`${site.name} ${step}, ${roundTripMs} ms, ${tool.name}: ${wall.toFixed(2)} s${cut ? ', ended' : ''}`);
  return { wall, cpu, peakMb, cut, ...requests };
}

/** What a person's own variables say of profiles and certificates is for other stores. */
function withoutAws(env) {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(AWS|RCLONE|WAYBILL|S3)_/.test(name)));
}

/** Where s5cmd is absent, by the time that `openssl` takes here. */
async function addReference(bench, chosen) {
  if (bench.factor === undefined || findPeers().found.some(({ name }) => name === 's5cmd')) return;
  if (!bench.values.rtt.includes('30')) return;
  const names = chosen.map(({ name }) => name);
  for (const one of referenceResults({ factor: bench.factor, scale: bench.scale, names })) bench.results.push(one);
}
