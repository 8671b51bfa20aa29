import { describe, expect, test } from 'vitest';
import { writeTree } from '../temp.ts';
import { makeProject, parseError, parseJson, waybill } from './waybill.ts';

/** A project whose lock another machine took a moment ago. */
async function makeLocked(): Promise<string> {
  const cwd = makeProject();
  await waybill(cwd, 'deploy');
  const lock = { format: 1, run: 'r1', host: 'other-host', pid: 7, runUrl: null, leaseMs: 30_000, released: false };
  writeTree(cwd, { '.cdn/.waybill/lock': JSON.stringify(lock), 'site/index.html': 'changed' });
  return cwd;
}

describe('a lock that another run holds', () => {
  test('deploy waits no longer than told: exit 5', async () => {
    const cwd = await makeLocked();
    const run = await waybill(cwd, 'deploy --lock-timeout 0 --json');
    expect(run).toMatchObject({ code: 5, stdout: '' });
    expect(parseError(run)).toMatchObject({ code: 'LOCK_HELD', exitCode: 5 });
    const variable = await waybill(cwd, 'deploy', { env: { WAYBILL_LOCK_TIMEOUT: '0' } });
    expect(variable.code).toBe(5);
    expect(variable.stderr).toContain('other-host');
  });
  test('status names the holder', async () => {
    const cwd = await makeLocked();
    expect((await waybill(cwd, 'status')).stdout).toMatch(/lock +held: .*other-host/);
    expect(parseJson(await waybill(cwd, 'status --json'))).toMatchObject({
      lock: { host: 'other-host', expired: false },
    });
  });
  test('reading and planning take no lock', async () => {
    const cwd = await makeLocked();
    for (const line of ['plan', 'versions', 'show', 'url index.html', 'deploy --dry-run']) {
      expect((await waybill(cwd, `${line} --lock-timeout 0`)).code).toBe(0);
    }
  });
  test('unlock releases it, and the next deploy goes on', async () => {
    const cwd = await makeLocked();
    expect((await waybill(cwd, 'unlock')).stdout).toMatch(/^Released the lock of .* in dev\.\n$/);
    expect((await waybill(cwd, 'deploy --lock-timeout 0')).code).toBe(0);
  });
});

test('unlock without a lock is no error', async () => {
  const cwd = makeProject();
  expect(await waybill(cwd, 'unlock')).toMatchObject({ code: 0, stdout: 'There is no lock in dev; nothing to do.\n' });
  expect(parseJson(await waybill(cwd, 'unlock --json'))).toEqual({
    kind: 'unlock',
    format: 1,
    environment: 'dev',
    released: false,
    holder: null,
  });
});
