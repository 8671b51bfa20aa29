import type { PhaseName, Plan, Step } from './plan/types.ts';

/** What the engine tells while it works; only `cli/` draws it. */
export type Event =
  | { readonly kind: 'collecting'; readonly files: number; readonly bytes: number }
  | { readonly kind: 'collected'; readonly files: number; readonly bytes: number }
  | { readonly kind: 'planned'; readonly plan: Plan }
  | { readonly kind: 'waiting-for-lock'; readonly holder: string; readonly waitedMs: number }
  | { readonly kind: 'locked' }
  | { readonly kind: 'phase-started'; readonly phase: PhaseName; readonly steps: number; readonly bytes: number }
  | { readonly kind: 'bytes-sent'; readonly count: number }
  | { readonly kind: 'step-done'; readonly phase: PhaseName; readonly step: Step }
  | { readonly kind: 'phase-done'; readonly phase: PhaseName }
  | { readonly kind: 'invalidated'; readonly edge: string; readonly id: string; readonly items: readonly string[] }
  | { readonly kind: 'waiting-for-edge'; readonly edge: string; readonly waitedMs: number }
  | { readonly kind: 'retrying'; readonly operation: string; readonly reason: string; readonly delayMs: number }
  | { readonly kind: 'request'; readonly operation: string; readonly durationMs: number }
  | { readonly kind: 'live'; readonly version: number }
  | { readonly kind: 'removed'; readonly count: number; readonly total: number }
  | { readonly kind: 'output-written'; readonly path: string; readonly changed: boolean }
  /** Files of the live version that were asked for through CDN_URL. */
  | { readonly kind: 'verifying'; readonly done: number; readonly total: number }
  | { readonly kind: 'warning'; readonly message: string };

export type Emit = (event: Event) => void;
