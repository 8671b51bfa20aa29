import { expect, test } from 'vitest';
import { activate } from '../../../src/activate.ts';
import { deploy } from '../../../src/deploy.ts';
import { ProviderError } from '../../../src/errors/errors.ts';
import { readLive } from '../../../src/manifest/store.ts';
import { type VerifyingOptions, verified } from '../../../src/verified.ts';
import { createRecordingEdge, makeRig, type Rig, type RigOptions } from '../../rig.ts';
import { type EdgeServer, faults, sendGood, startEdge } from '../../servers/edge.ts';

const site = { 'index.html': 'home', 'app.css': 'a{}' };
const next = { 'index.html': 'home 2', 'app.css': 'b{}' };

/** A site at version 1 behind an edge, with version 2 ready to be deployed. */
async function open(options: Partial<RigOptions> = {}) {
  let rig: Rig | undefined;
  const edge = await startEdge((name) => {
    const found = rig?.objects.get(name);
    return found?.visibility === 'public' ? { headers: found.headers, bytes: found.bytes } : undefined;
  });
  rig = makeRig({ files: site, url: edge.url, retryBudgetMs: 0, ...options });
  const ready = rig;
  const run = async (more: Partial<VerifyingOptions> = {}, session = ready.session()) =>
    verified(deploy, await session, {
      wait: 'submitted',
      waitTimeoutMs: 5000,
      confirm: async () => {},
      verify: true,
      ...more,
    });
  const live = async () => {
    const session = await ready.session();
    return (await readLive(session.state, 'shop', session.call))?.live;
  };
  return { edge, rig, run, live };
}

async function openSecond(options: Partial<RigOptions> = {}) {
  const opened = await open(options);
  await opened.rig.deploy();
  opened.rig.setFiles(next);
  return opened;
}

/** The edge serves version 1 whatever is deployed. */
function freeze(edge: EdgeServer, rig: Rig): void {
  const old = rig.objects.get('app.css');
  edge.faults.set('app.css', (response, good) =>
    sendGood(response, { headers: good?.headers ?? {}, bytes: old?.bytes ?? new Uint8Array() }),
  );
}

const back = { rollbackOnFailure: true };

test('the receipt carries the verification', async () => {
  const { run } = await openSecond();
  expect(await run(back)).toMatchObject({
    kind: 'receipt',
    version: 2,
    previous: 1,
    verification: { kind: 'verification', version: 2, checked: 2, ok: true },
  });
});

test('edges settle first', async () => {
  let polls = 0;
  const edge = { ...createRecordingEdge(), settled: async () => ++polls > 2 };
  const { edge: server, run } = await open({ edges: [edge] });
  const asked: number[] = [];
  server.faults.set('*', (response, good) => {
    asked.push(polls);
    if (good) sendGood(response, good);
    else response.writeHead(404).end();
  });
  await run();
  // The deploy itself looks whether its state is public, once.
  expect(asked.slice(1).every((count) => count > 2)).toBe(true);
  expect(asked.length).toBeGreaterThan(3);
});

test('an edge that does not tell when it has forgotten is given some seconds', async () => {
  const { edge, rig, run } = await openSecond({ edges: [createRecordingEdge()] });
  const old = rig.objects.get('app.css');
  let stale = 2;
  edge.faults.set('app.css', (response, good) =>
    sendGood(response, { headers: {}, bytes: new Uint8Array(), ...(stale-- > 0 ? old : good) }),
  );
  expect(await run(back)).toMatchObject({ version: 2, verification: { ok: true, checked: 2 } });
  expect(edge.requests.filter(({ name }) => name === 'app.css')).toHaveLength(3);
  expect(edge.requests.filter(({ name }) => name === 'index.html')).toHaveLength(1);
});

test('a failure is exit 8 with the receipt, and the version stays live', async () => {
  const { edge, rig, run, live } = await openSecond();
  freeze(edge, rig);
  await expect(run()).rejects.toMatchObject({
    code: 'VERIFICATION_FAILED',
    exitCode: 8,
    message: "Version 2 failed verification (app.css serves version 1's bytes); it is live.",
    hint: expect.stringContaining('`waybill rollback --env test` goes back.'),
    document: { kind: 'receipt', version: 2, verification: { ok: false, problems: [{ code: 'STALE' }] } },
  });
  expect((await live())?.version).toBe(2);
});

test('--rollback-on-failure makes the version before live again, as a run of its own', async () => {
  const { edge, rig, run, live } = await openSecond();
  edge.faults.set('app.css', faults.fallback);
  const error = await run(back).catch((caught: unknown) => caught);
  expect(error).toMatchObject({
    code: 'VERIFICATION_FAILED',
    exitCode: 8,
    message: expect.stringMatching(/^Version 2 failed verification \(.*style sheet\); version 1 is live again\.$/),
    document: {
      kind: 'receipt',
      operation: 'deploy',
      version: 2,
      verification: { ok: false },
      rollback: { kind: 'receipt', operation: 'rollback', version: 1, previous: 2, copied: 2, requests: { copy: 4 } },
    },
  });
  expect(rig.served()).toEqual(site);
  const now = await live();
  expect(now).toMatchObject({ version: 1, owed: [] });
  expect(now?.history.at(-1)).toMatchObject({ version: 1, message: 'version 2 failed verification' });
  expect(now?.run).toMatch(/-back$/);
});

test('without a version before there is nothing to go back to', async () => {
  const { edge, run, live } = await open();
  edge.faults.set('app.css', faults.fallback);
  await expect(run(back)).rejects.toMatchObject({
    exitCode: 8,
    message: expect.stringContaining('there is no version before it to go back to, so it stays live.'),
  });
  expect((await live())?.version).toBe(1);
});

test('a version that this run did not make live is not rolled back', async () => {
  const { edge, rig, run, live } = await openSecond();
  await rig.deploy();
  edge.faults.set('app.css', faults.fallback);
  await expect(run(back)).rejects.toMatchObject({
    exitCode: 8,
    message: expect.stringContaining('it was live before this run, so nothing was rolled back.'),
  });
  expect((await live())?.version).toBe(2);
});

test('a staged version is verified when it is activated', async () => {
  const { edge, rig, live } = await openSecond();
  const options = { wait: 'submitted', waitTimeoutMs: 5000, confirm: async () => {}, verify: true, ...back } as const;
  const before = edge.requests.length;
  const staged = await verified(deploy, await rig.session(), { ...options, stage: true });
  expect(staged).toMatchObject({ staged: true, version: 2 });
  expect(staged).not.toHaveProperty('verification');
  expect(edge.requests.slice(before).filter(({ name }) => name !== '.waybill/live')).toEqual([]);
  edge.faults.set('app.css', faults.truncated);
  await expect(verified(activate, await rig.session(), { ...options, to: 2 })).rejects.toMatchObject({
    exitCode: 8,
    document: { operation: 'activate', version: 2, rollback: { version: 1 } },
  });
  expect((await live())?.version).toBe(1);
});

test('a rollback that fails leads, and both are told', async () => {
  let failing = false;
  const { edge, rig, run, live } = await openSecond({
    memory: {
      failOn: ({ kind, key }) => {
        if (failing && kind === 'copy' && key === 'index.html') throw new ProviderError('rejected', 'No copies today.');
        return undefined;
      },
    },
  });
  edge.faults.set('app.css', (response, good) => {
    failing = true;
    faults.fallback(response, good);
  });
  const error = await run(back).catch((caught: unknown) => caught);
  expect(error).toMatchObject({
    code: 'APPLY_FAILED',
    exitCode: 3,
    message: expect.stringMatching(
      /^No copies today\. Visitors see version 2 .*This was to undo the deploy: Version 2 failed verification \(app\.css /s,
    ),
    receipt: { version: 2, verification: { ok: false }, rollback: { operation: 'rollback', failed: {} } },
  });
  expect((await live())?.version).toBe(2);
  expect(rig.served()['index.html']).toBe('home 2');
});

test('a rollback that cannot begin is told as such', async () => {
  const { edge, rig, run } = await openSecond();
  edge.faults.set('app.css', (response, good) => {
    // The body that version 1 needs is gone.
    for (const key of rig.objects.keys()) if (key.startsWith('.waybill/objects/')) rig.objects.delete(key);
    faults.fallback(response, good);
  });
  await expect(run(back)).rejects.toMatchObject({
    exitCode: 3,
    message: expect.stringMatching(/^The rollback did not begin: .*Version 2 failed verification/s),
    cause: { code: 'NOT_RESTORABLE' },
  });
});

test('a CDN_URL that gives no answer proves nothing: exit 8, and nothing is rolled back', async () => {
  const { rig, run, live } = await openSecond();
  rig.options = { ...rig.options, url: 'http://127.0.0.1:9/' };
  await expect(run(back)).rejects.toMatchObject({
    code: 'VERIFICATION_FAILED',
    message: expect.stringMatching(
      /^Version 2 is live and could not be verified; nothing was undone\. CDN_URL of test/,
    ),
    document: { kind: 'receipt', version: 2, verification: null },
  });
  expect((await live())?.version).toBe(2);
});

test('another run that comes first is not undone', async () => {
  const { edge, rig, run, live } = await openSecond();
  let third: Promise<unknown> | undefined;
  edge.faults.set('app.css', (response, good) => {
    rig.setFiles({ ...next, 'app.css': 'c{}' });
    third ??= rig.deploy();
    void third.then(() => faults.fallback(response, good));
  });
  await expect(run(back)).rejects.toMatchObject({
    exitCode: 8,
    message: expect.stringContaining('version 3 is live now'),
  });
  expect((await live())?.version).toBe(3);
});

test('another run that comes between verification and rollback is not undone', async () => {
  let reads = Number.NaN;
  let rewind = (): void => undefined;
  const { edge, rig, run, live } = await openSecond({
    memory: {
      failOn({ kind, key }) {
        // The first read is the verification's, to see whether it is still about the live version.
        if (kind === 'read' && key === '.waybill/live' && ++reads === 2) rewind();
        return undefined;
      },
    },
  });
  rewind = () => {
    const found = rig.objects.get('.waybill/live');
    if (!found) throw new Error('nothing is live');
    const document = JSON.parse(new TextDecoder().decode(found.bytes));
    const bytes = new TextEncoder().encode(JSON.stringify({ ...document, version: 1, previous: 2 }));
    rig.objects.set('.waybill/live', { ...found, bytes, etag: 'another-run' });
  };
  edge.faults.set('app.css', (response, good) => {
    reads = 0;
    faults.fallback(response, good);
  });
  await expect(run(back)).rejects.toMatchObject({
    exitCode: 8,
    message: expect.stringContaining('another run came first, so nothing was rolled back.'),
    document: { verification: { ok: false } },
  });
  expect(await live()).toMatchObject({ version: 1, run: expect.not.stringMatching(/-back$/) });
});

test('--rollback-on-failure needs --verify', async () => {
  const { run, live } = await openSecond();
  await expect(run({ ...back, verify: false })).rejects.toMatchObject({ code: 'USAGE', exitCode: 2 });
  expect((await live())?.version).toBe(1);
});
