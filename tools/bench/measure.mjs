import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';

/** Often enough for the peak of what runs a tenth of a second; the peak itself is kept by the system. */
const lookMs = 20;

/**
 * Runs a command to its end: `wall` and `cpu` in seconds, `peakMb` of all its processes together (Linux). A shell waits for it, since
 * `times` of a shell tells the processor time of all its children: Python started by Waybill counts as well.
 * After `limit` seconds it is ended, and `wall` is the limit and `cut` true.
 */
export function timed(command, { cwd, env, limit }) {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const script = '"$@" >/dev/null; code=$?; times; exit $code';
    const child = spawn('/bin/sh', ['-c', script, 'sh', ...command], {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, so that all of it can be ended.
      detached: limit !== undefined,
    });
    let [stdout, stderr, cut] = ['', '', false];
    const peaks = new Map();
    const looking = setInterval(() => notePeaks(child.pid, peaks), lookMs);
    const end = () => {
      cut = true;
      process.kill(-child.pid, 'SIGKILL');
    };
    const ending = limit === undefined ? undefined : setTimeout(end, limit * 1000);
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr = (stderr + chunk).slice(-10_000);
    });
    child.on('error', reject);
    child.on('close', (code) => {
      const wall = (performance.now() - started) / 1000;
      clearInterval(looking);
      clearTimeout(ending);
      const peakMb = [...peaks.values()].reduce((sum, kib) => sum + kib, 0) / 1024;
      if (cut) resolve({ wall: limit, cut, peakMb, stderr });
      else if (code !== 0) reject(new Error(`${command.slice(0, 8).join(' ')} ended with ${code}:\n${stderr}`));
      else resolve({ wall, cpu: childTime(stdout), peakMb, stderr });
    });
  });
}

/** The second line of `times` is about children: `0m0.321s 0m0.054s`. */
function childTime(text) {
  const [, , user = '', sys = ''] = text.trim().split(/\s+/);
  const seconds = (part) => Number(part.split('m')[0]) * 60 + Number.parseFloat(part.split('m')[1]);
  return seconds(user) + seconds(sys);
}

/** Notes the largest resident set, in KiB, of each process below the shell, which itself does not count. */
function notePeaks(pid, peaks) {
  for (const child of read(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean)) {
    const kib = Number(/^VmHWM:\s+(\d+) kB/m.exec(read(`/proc/${child}/status`))?.[1] ?? 0);
    peaks.set(child, Math.max(kib, peaks.get(child) ?? 0));
    notePeaks(child, peaks);
  }
}

function read(file) {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    // It has ended, or the system is not Linux.
    return '';
  }
}

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export function describeMachine() {
  const memory = Math.round(totalmem() / 1024 ** 3);
  return `${cpus().length} x ${cpus()[0]?.model}, ${memory} GB, ${process.platform} ${release().split('-')[0]}, Node ${process.versions.node}`;
}
