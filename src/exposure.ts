import { liveKey } from './manifest/keys.ts';

/** The answer, as far as it is there when the run ends; nobody waits for it. */
export interface Exposure {
  warning(): string | undefined;
  stop(): void;
}

/**
 * Asks the public URL for the live document while a deploy goes on: state is written without the public ACL, but a bucket policy or an edge
 * may open the whole prefix. Costs no time: an answer that is late is not waited for.
 */
export function watchExposure(url: string, signal: AbortSignal): Exposure {
  const controller = new AbortController();
  let isPublic = false;
  const note = (found: boolean): void => {
    isPublic = found;
  };
  isStatePublic(url, AbortSignal.any([controller.signal, signal])).then(note, () => undefined);
  return {
    warning: () => (isPublic ? describeExposure(url) : undefined),
    stop: () => controller.abort(),
  };
}

/** Whether the public URL answers with the live document. Rejects when there is no answer, or one that is no document of ours. */
export async function isStatePublic(url: string, signal: AbortSignal): Promise<boolean> {
  const answer = await fetch(url + liveKey, { signal, redirect: 'error' });
  // A fallback page answers 200 for everything; only our own document counts.
  const document: unknown = answer.ok ? await answer.json() : undefined;
  if (!answer.bodyUsed) await answer.body?.cancel();
  return typeof document === 'object' && document !== null && 'history' in document && 'owed' in document;
}

export function describeExposure(url: string): string {
  return `Anybody can read ${url}${liveKey}: the state of this environment is public. Keep \`.waybill/\` out of what the edge serves, or give \`state\` a location of its own.`;
}
