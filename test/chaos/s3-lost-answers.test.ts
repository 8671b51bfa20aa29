import { expect, test } from 'vitest';
import { findInexact, liveOf, versionsOf } from './promise.ts';
import { startS3Worlds } from './s3-world.ts';
import { dep, s1 } from './scenarios.ts';
import { tally } from './tally.ts';

test('S3: with a lost answer at each write in turn no version is skipped or doubled', {
  timeout: 120_000,
}, async () => {
  const worlds = await startS3Worlds({ retryBudgetMs: 20_000 });
  const world = await worlds.open('lost');
  await dep(s1)(world);
  let deploys = 1;
  for (let at = 0, struck = true; struck; at++) {
    struck = false;
    let writes = 0;
    world.fault = ({ method }) => {
      if (method !== 'PUT' || writes++ !== at) return undefined;
      struck = true;
      return { kind: 'lose-answer' };
    };
    await dep({ ...s1, 'index.html': `home ${at}`, [`part-${at}.css`]: `${at}` })(world);
    deploys++;
    const snapshot = await world.snapshot();
    expect(findInexact(snapshot, deploys)).toEqual([]);
    expect(versionsOf(snapshot)).toEqual(Array.from({ length: deploys }, (_, index) => index + 1));
    expect(liveOf(snapshot).history.map(({ version }) => version)).toEqual(versionsOf(snapshot));
  }
  tally('S3: deploys with a lost answer, one write each', deploys - 2, []);
});
