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
  const ask = async (): Promise<void> => {
    const answer = await fetch(url + liveKey, {
      signal: AbortSignal.any([controller.signal, signal]),
      redirect: 'error',
    });
    // A fallback page answers 200 for everything; only our own document counts.
    const document: unknown = answer.ok ? await answer.json() : undefined;
    isPublic = typeof document === 'object' && document !== null && 'history' in document && 'owed' in document;
    if (!answer.bodyUsed) await answer.body?.cancel();
  };
  ask().catch(() => undefined);
  return {
    warning: () =>
      isPublic
        ? `Anybody can read ${url}${liveKey}: the state of this environment is public. Keep \`.waybill/\` out of what the edge serves, or give \`state\` a location of its own.`
        : undefined,
    stop: () => controller.abort(),
  };
}
