import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { deploy as deployWith } from '../../src/deploy.ts';
import { deploy, rollback } from '../../src/index.ts';
import { findPort, serve } from '../e2e/waybill.ts';
import { openAt } from '../providers/s3-open.ts';
import { makeRig } from '../rig.ts';
import { startCachingEdge } from '../servers/caching-edge.ts';
import { startS3Server } from '../servers/s3.ts';
import { makeTree, writeTree } from '../temp.ts';
import { afterDeath, applied } from './scenarios.ts';
import { isFull } from './share.ts';
import { tally } from './tally.ts';
import { makeVisitedSite, type Visits, visit } from './visitor.ts';

/** The last one is a deploy. */
const runs = isFull ? 50 : 11;
const visitors = 3;

interface VisitedPlace {
  /** The environment's public URL. */
  readonly url: string;
  deploy(files: Record<string, string>): Promise<unknown>;
  rollback(): Promise<unknown>;
}

/** Deploys, and every third time goes back, while visitors load the page. */
async function runBesideVisitors(place: VisitedPlace): Promise<Visits> {
  const visits: Visits = { pages: 0, fetches: 0, versions: new Set(), problems: [] };
  await place.deploy(makeVisitedSite(0));
  let isOver = false;
  const loading = Array.from({ length: visitors }, () => visit(place.url, visits, () => isOver));
  try {
    for (let run = 1; run <= runs; run++) await (run % 3 === 0 ? place.rollback() : place.deploy(makeVisitedSite(run)));
  } finally {
    isOver = true;
    await Promise.all(loading);
  }
  const last: Visits = { pages: 0, fetches: 0, versions: new Set(), problems: visits.problems };
  await visit(place.url, last, () => true);
  expect([...last.versions]).toEqual([runs]);
  return visits;
}

function report(name: string, visits: Visits): void {
  tally(`pages loaded by visitors at ${name}, over ${runs} deploys and rollbacks`, visits.pages, visits.problems);
  tally(`fetches of these pages at ${name}`, visits.fetches, visits.problems);
  // Else everything was served from one version, and nothing was shown.
  expect(visits.versions.size).toBeGreaterThan(runs / 3);
}

test('through waybill serve over a local folder no page is ever broken or mixed', { timeout: 300_000 }, async () => {
  const url = `http://127.0.0.1:${await findPort()}/static/`;
  const environments = { dev: { origin: { use: 'local', directory: '.cdn' }, url } };
  const config = { project: 'visited', sources: [{ kind: 'directory', path: 'site' }], environments };
  const cwd = makeTree({ 'waybill.config.json': JSON.stringify(config), 'site/x': '' });
  const common = { cwd, variables: { GIT: '\0' } };
  await serve(cwd, url);
  const visits = await runBesideVisitors({
    url,
    async deploy(files) {
      rmSync(join(cwd, 'site'), { recursive: true });
      writeTree(join(cwd, 'site'), files);
      await deploy(common);
    },
    rollback: () => rollback(common),
  });
  report('waybill serve', visits);
});

test('through a caching edge over S3 no page is ever broken or mixed', { timeout: 300_000 }, async () => {
  const server = await startS3Server();
  onTestFinished(() => server.close());
  const edge = await startCachingEdge({ origin: `${server.endpoint}/test-bucket/site/`, base: '/static/' });
  onTestFinished(() => edge.close());
  const origin = await openAt(server.endpoint, { acl: 'public-read' });
  const rig = makeRig({ files: { x: 'x' }, origin, edges: [edge.edge] });
  const visits = await runBesideVisitors({
    url: `${edge.endpoint}/static/`,
    async deploy(files) {
      rig.setFiles(files);
      await deployWith(await rig.session(afterDeath), applied);
    },
    rollback: () => rig.rollback(),
  });
  expect(edge.hits()).toBeGreaterThan(visits.pages);
  report('a caching edge over S3', visits);
});
