import { ProviderError } from '../../src/errors/errors.ts';
import type { Call, Edge, EdgeTraits, InvalidationRequest } from '../../src/provider/contract.ts';
import type { CloudFrontApi } from './api.ts';
import { maxPathsInProgress, maxWildcardsInProgress, splitIntoBatches } from './batches.ts';
import { type Doing, toProviderError } from './errors.ts';
import { createWait, type Pacing, realPacing, type Wait } from './patience.ts';

const traits: EdgeTraits = {
  scopes: ['paths', 'prefixes', 'everything'],
  encoding: 'cloudfront',
  maxPaths: maxPathsInProgress,
  maxPrefixes: maxWildcardsInProgress,
  // `*` may stand anywhere at the end. https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/invalidation-specifying-objects.html
  prefixEnd: 'anywhere',
  // A wildcard is one path. https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/PayingForInvalidation.html
  // and https://aws.amazon.com/cloudfront/pricing/
  price: { perItemUsd: 0.005, freePerMonth: 1_000 },
};

export interface EdgeOptions {
  readonly name: string;
  readonly distributionId: string;
  readonly queryStrings?: EdgeTraits['queryStrings'];
  readonly close?: () => Promise<void>;
  readonly pacing?: Partial<Pacing>;
}

/**
 * One distribution as an edge. More than one call's worth is sent batch by batch, each after the one before is complete. A
 * distribution that has too many invalidations in progress is waited for; both waits end after `waitLimitMs`.
 */
export function createCloudFrontEdge(api: CloudFrontApi, options: EdgeOptions): Edge {
  const { name, distributionId, queryStrings = 'ignored', close } = options;
  const pacing: Pacing = { ...realPacing, ...options.pacing };
  return {
    name,
    traits: { ...traits, queryStrings },
    async invalidate(request, call) {
      const wait = createWait(pacing, call);
      const ids: string[] = [];
      for (const [index, items] of splitIntoBatches(request.items).entries()) {
        const before = ids.at(-1);
        if (before !== undefined) await waitForCompletion(before, call, wait);
        ids.push(await submit(items, referenceOf(request, index), call, wait));
      }
      return { id: ids.join(' ') };
    },
    async settled(id, call) {
      // The last one was accepted last: while it is under way, the others need not be asked for.
      for (const one of id.split(' ').reverse()) {
        if (one !== '' && !(await isComplete(one, call))) return false;
      }
      return true;
    },
    ...(close === undefined ? {} : { close }),
  };

  /** The same for a retry, so that CloudFront answers with the invalidation it has; no clock in it, so that quick calls differ. */
  function referenceOf({ nonce }: InvalidationRequest, index: number): string {
    return `waybill-${nonce}-${distributionId}-${index}`;
  }

  async function submit(items: readonly string[], reference: string, call: Call, wait: Wait): Promise<string> {
    const doing: Doing = { operation: 'CreateInvalidation', distributionId, endpoint: api.endpoint, items };
    const batch = { CallerReference: reference, Paths: { Quantity: items.length, Items: [...items] } };
    const input = { DistributionId: distributionId, InvalidationBatch: batch };
    const noId = () => new ProviderError('unavailable', 'CloudFront accepted an invalidation but gave it no id.');
    return wait(async () => {
      const made = await ask(doing, call, () => api.create(input, call.signal));
      if (made?.Id === undefined) throw noId();
      return made.Id;
    }, noId);
  }

  async function waitForCompletion(id: string, call: Call, wait: Wait): Promise<void> {
    const minutes = Math.round(pacing.waitLimitMs / 60_000);
    await wait(
      async () => (await isComplete(id, call)) || undefined,
      () =>
        new ProviderError(
          'unavailable',
          `Invalidation ${id} of CloudFront distribution ${distributionId} was not complete after ${minutes} minutes, and the rest needs its place.`,
          { hint: 'Run again later: what is still owed is paid first.' },
        ),
    );
  }

  async function isComplete(id: string, call: Call): Promise<boolean> {
    const doing: Doing = { operation: 'GetInvalidation', distributionId, endpoint: api.endpoint };
    const found = await ask(doing, call, () => api.get({ DistributionId: distributionId, Id: id }, call.signal));
    // AWS says "Completed", servers that imitate it "COMPLETED".
    return found?.Status?.toLowerCase() === 'completed';
  }
}

async function ask<T>(doing: Doing, { signal }: Call, send: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  try {
    return await send();
  } catch (error) {
    signal.throwIfAborted();
    throw toProviderError(error, doing);
  }
}
