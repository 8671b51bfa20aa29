import { type TestContext, test } from 'vitest';
import { skipBecause } from '../skip.ts';
import type { Gap, OpenedOrigin, Suite } from './origin.ts';

/** One test of the contract over a fresh origin; skipped with its reason where the store is known not to do it. */
export function check(
  suite: Suite,
  title: string,
  work: (opened: OpenedOrigin, context: TestContext) => Promise<void>,
  options: { gap?: Gap; timeoutMs?: number } = {},
): void {
  const reason = options.gap && suite.known.gaps?.[options.gap];
  const timeoutMs = options.timeoutMs ?? 30_000;
  test(title, { timeout: timeoutMs }, async (context) => {
    if (reason) skipBecause(context, `${options.gap}: ${reason}`);
    const opened = await suite.open();
    try {
      await work(opened, context);
    } finally {
      await opened.origin.close?.();
    }
  });
}
