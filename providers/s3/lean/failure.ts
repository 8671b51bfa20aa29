import type { Clock } from './lane.ts';
import type { Answer } from './wire.ts';

/** A signature counts for a quarter of an hour; the SDK corrects its clock from four minutes on. */
const skewMs = 240_000;

interface Timing {
  readonly clock: Clock;
  /** The offset that the refused request was signed by; other answers may have put the clock right since. */
  readonly signedBy: number;
}

/** A refusal in the shape of the SDK's errors. Learns the store's clock from one that may be about it. */
export function readFailure({ status, headers }: Answer, body: Buffer, timing: Timing): Error {
  const text = body.toString();
  const field = (name: string): string | undefined => new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1];
  const name = field('Code') ?? 'Unknown';
  return Object.assign(new Error(field('Message') ?? 'UnknownError'), {
    name,
    Code: name,
    Region: field('Region'),
    $metadata: { httpStatusCode: status, clockSkewCorrected: status === 403 && correct(timing, headers.date) },
    $response: { statusCode: status, headers },
  });
}

/** Whether the request's time was wrong, and the next one's is right. */
function correct({ clock, signedBy }: Timing, date: string | undefined): boolean {
  const offsetMs = Date.parse(date ?? '') - Date.now();
  if (!(Math.abs(offsetMs - signedBy) >= skewMs)) return false;
  clock.offsetMs = offsetMs;
  return true;
}
