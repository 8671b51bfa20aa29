// What a file costs as files grow: processor time and peak memory of a first deploy to a local folder, and of one with nothing changed.
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../root.mjs';
import { describeMachine, median, timed } from './measure.mjs';

const filesPerFolder = 500;

/** Tells the peak of the process itself, in KiB, after everything that Waybill has to say; its threads load it as well. */
const tellPeak =
  "data:text/javascript,process.on('exit',()=>process.stderr.write('\\npeak '+process.resourceUsage().maxRSS+'\\n'))";

export async function run(args) {
  const { values } = parseArgs({
    args,
    options: {
      files: { type: 'string', default: '1000,10000,100000' },
      rounds: { type: 'string', default: '3' },
    },
  });
  console.log(`${describeMachine()}; medians of ${values.rounds} rounds\n`);
  console.log('| files | run | wall | CPU | CPU a file | peak |\n|---|---|---|---|---|---|');
  for (const files of values.files.split(',').map(Number)) await measure(files, Number(values.rounds));
}

async function measure(files, rounds) {
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'waybill-bench-'));
  try {
    writeSite(folder, files);
    const first = [];
    const again = [];
    for (let round = 0; round < rounds; round++) {
      for (const made of ['out', 'cache']) rmSync(join(folder, made), { recursive: true, force: true });
      first.push(await deploy(folder));
      again.push(await deploy(folder));
    }
    report(files, 'first deploy', first);
    report(files, 'nothing changed', again);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function writeSite(folder, files) {
  for (let at = 0; at < files; at++) {
    const part = join(folder, 'site', `part-${Math.floor(at / filesPerFolder)}`);
    if (at % filesPerFolder === 0) mkdirSync(part, { recursive: true });
    writeFileSync(join(part, `file-${at}.js`), `export default ${at};\n`);
  }
  const config = {
    project: 'growth',
    sources: [{ kind: 'directory', path: 'site' }],
    environments: { dev: { origin: { use: 'local', directory: 'out' }, url: 'http://127.0.0.1:4100/static/' } },
  };
  writeFileSync(join(folder, 'waybill.config.json'), JSON.stringify(config));
}

async function deploy(folder) {
  const command = [process.execPath, '--import', tellPeak, join(root, 'dist', 'bin', 'waybill.js'), 'deploy'];
  const env = { ...process.env, WAYBILL_CACHE_DIR: join(folder, 'cache') };
  const { wall, cpu, stderr } = await timed(command, { cwd: folder, env });
  return { wall, cpu, peak: Number(/peak (\d+)\s*$/.exec(stderr)?.[1]) * 1024 };
}

function report(files, what, runs) {
  const of = (name) => median(runs.map((one) => one[name]));
  const micros = Math.round((of('cpu') / files) * 1e6);
  const peak = `${Math.round(of('peak') / 1e6)} MB`;
  console.log(
    `| ${files} | ${what} | ${of('wall').toFixed(2)} s | ${of('cpu').toFixed(2)} s | ${micros} µs | ${peak} |`,
  );
}
