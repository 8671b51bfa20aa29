import { spawn } from 'node:child_process';
import { cpus } from 'node:os';

/**
 * Runs a command to its end, in seconds. A shell waits for it, since `times` of a shell tells the processor time of all its children: Python
 * started by Waybill counts as well.
 */
export function timed(command, { cwd, env }) {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const script = '"$@" >/dev/null; code=$?; times; exit $code';
    const child = spawn('/bin/sh', ['-c', script, 'sh', ...command], {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      const wall = (performance.now() - started) / 1000;
      if (code !== 0) reject(new Error(`${command.join(' ')} ended with ${code}:\n${stderr}`));
      else resolve({ wall, cpu: childTime(stdout), stderr });
    });
  });
}

/** The second line of `times` is about children: `0m0.321s 0m0.054s`. */
function childTime(text) {
  const [, , user = '', sys = ''] = text.trim().split(/\s+/);
  const seconds = (part) => Number(part.split('m')[0]) * 60 + Number.parseFloat(part.split('m')[1]);
  return seconds(user) + seconds(sys);
}

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export function describeMachine() {
  return `${cpus().length} x ${cpus()[0]?.model}, Node ${process.versions.node}`;
}
