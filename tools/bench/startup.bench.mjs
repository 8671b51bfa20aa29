// How long Waybill takes before it does anything, beside Node itself.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../root.mjs';
import { describeMachine, median, timed } from './measure.mjs';

export async function run(args) {
  const { values } = parseArgs({
    args,
    strict: false,
    options: {
      node: { type: 'string', default: process.execPath },
      rounds: { type: 'string' },
      json: { type: 'boolean' },
    },
  });
  const folder = mkdtempSync(join(tmpdir(), 'waybill-bench-'));
  try {
    writeSite(folder);
    const waybill = [values.node, join(root, 'dist', 'bin', 'waybill.js')];
    const commands = {
      'node -e 0': [values.node, '-e', '0'],
      'waybill --version': [...waybill, '--version'],
      'waybill plan, one file, local': [...waybill, 'plan', '--quiet'],
      'waybill deploy, nothing changed, local': [...waybill, 'deploy', '--quiet'],
    };
    // The first round fills caches.
    const rounds = [];
    for (let round = 0; round <= Math.max(10, Number(values.rounds ?? 20)); round++)
      rounds.push(await runRound(folder, commands));
    report(rounds.slice(1), values);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function writeSite(folder) {
  mkdirSync(join(folder, 'site'));
  writeFileSync(join(folder, 'site', 'index.js'), 'let a = 1;');
  const environments = { dev: { origin: { use: 'local', directory: 'cdn' }, url: 'http://127.0.0.1:1/' } };
  const config = { project: 'bench', sources: [{ kind: 'directory', path: 'site' }], environments };
  writeFileSync(join(folder, 'waybill.config.json'), JSON.stringify(config));
}

async function runRound(folder, commands) {
  const env = { ...process.env, WAYBILL_CACHE_DIR: join(folder, 'cache') };
  const results = {};
  for (const [name, command] of Object.entries(commands)) results[name] = await timed(command, { cwd: folder, env });
  return results;
}

function report(rounds, { json, node }) {
  const rows = Object.keys(rounds[0]).map((name) => {
    const of = (what) => median(rounds.map((round) => round[name][what]));
    const ratio = median(rounds.map((round) => round[name].wall / round['node -e 0'].wall));
    return { name, wall: of('wall'), ratio, cpu: of('cpu'), peakMb: of('peakMb') };
  });
  if (json)
    return console.log(
      JSON.stringify({ bench: 'startup', machine: describeMachine(), node, rounds: rounds.length, rows }, undefined, 2),
    );
  const which = node === process.execPath ? '' : `; measured: ${node}`;
  console.log(`${describeMachine()}${which}; medians of ${rounds.length} rounds\n`);
  console.log('| run | wall | of `node -e 0` | user + sys | peak |\n|---|---|---|---|---|');
  for (const { name, wall, ratio, cpu, peakMb } of rows) {
    console.log(
      `| ${name} | ${(wall * 1000).toFixed(0)} ms | ${ratio.toFixed(2)}x | ${(cpu * 1000).toFixed(0)} ms | ${peakMb.toFixed(0)} MB |`,
    );
  }
  console.log('');
}
