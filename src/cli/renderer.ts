import type { Variables } from './io.ts';

/** `live` redraws lines in place, `plain` prints them one after the other. */
export type RendererKind = 'silent' | 'plain' | 'live';

export interface RendererFacts {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly debug: boolean;
  /** Whether stderr, where progress goes, is a terminal. */
  readonly isTTY: boolean;
  readonly env: Variables;
}

/** How progress is drawn. */
export function chooseRenderer({ json, quiet, debug, isTTY, env }: RendererFacts): RendererKind {
  // Lines of requests would tear what is redrawn in place; and who asks for them wants them, with --json too.
  if (debug) return 'plain';
  if (json || quiet) return 'silent';
  if (!isTTY || env.TERM === 'dumb' || isCi(env)) return 'plain';
  return 'live';
}

function isCi(env: Variables): boolean {
  return env.CI !== undefined && env.CI !== '' && env.CI !== '0' && env.CI !== 'false';
}
