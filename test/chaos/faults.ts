import { answerS3, type Fault } from '../servers/fault-proxy.ts';

export interface FaultKind {
  readonly name: string;
  readonly fault: Fault;
  /** Whether the store may have done what was asked, with nobody hearing of it. */
  readonly isDoubtful: boolean;
  /** What the run makes of it where it lasts. */
  readonly code: 'PROVIDER_UNAVAILABLE' | 'PROVIDER_THROTTLED' | 'PROVIDER_AUTH';
  /** Whether one such failure is overcome by trying again. */
  readonly passes: boolean;
}

const lost = { isDoubtful: true, code: 'PROVIDER_UNAVAILABLE', passes: true } as const;
const unheard = { isDoubtful: false, code: 'PROVIDER_UNAVAILABLE', passes: true } as const;

/** Every way in which a request can fail at a store behind a network. */
export const faultKinds: readonly FaultKind[] = [
  { name: 'reset', fault: { kind: 'reset' }, ...unheard },
  { name: 'request cut', fault: { kind: 'truncate', of: 'request', afterBytes: 2 }, ...unheard, isDoubtful: true },
  { name: 'request stalled', fault: { kind: 'stall', of: 'request', afterBytes: 0 }, ...unheard },
  { name: 'answer lost', fault: { kind: 'lose-answer' }, ...lost },
  { name: 'answer cut', fault: { kind: 'truncate', of: 'answer', afterBytes: 20 }, ...lost },
  { name: 'answer stalled', fault: { kind: 'stall', of: 'answer', afterBytes: 0 }, ...lost },
  { name: '500', fault: answerS3(500, 'InternalError'), ...unheard },
  { name: '500 after the effect', fault: answerS3(500, 'InternalError', {}, true), ...lost },
  { name: '503 SlowDown', fault: answerS3(503, 'SlowDown'), ...unheard, code: 'PROVIDER_THROTTLED' },
  { name: '403', fault: answerS3(403, 'AccessDenied'), ...unheard, code: 'PROVIDER_AUTH', passes: false },
];
