import { createInterface } from 'node:readline/promises';
import { WaybillError } from '../errors/errors.ts';
import type { Plan } from '../plan/types.ts';
import type { Display } from './display.ts';
import type { Io } from './io.ts';
import { renderPlan } from './render/plan.ts';
import type { Settings } from './settings.ts';
import { type Paint, paintFor } from './style.ts';

export interface ConfirmOptions {
  readonly io: Io;
  readonly settings: Settings;
  readonly display: Display;
  readonly signal: AbortSignal;
}

/** A run that a protected environment asks about. */
export interface Question {
  readonly environment: string;
  /** `Deploy this plan?` */
  readonly text: string;
  /** What to look at before answering yes. */
  readonly review: string;
  /** The plan, for people. */
  readonly render: (paint: Paint) => string;
}

/**
 * What a protected environment asks before a run. Returns when --yes was given or the answer is yes; throws WaybillError PROTECTED
 * when the answer is no, or nobody can be asked.
 */
export async function confirmProtected(
  { io, settings, display, signal }: ConfirmOptions,
  { environment, text, review, render }: Question,
): Promise<void> {
  if (settings.yes) return;
  const what = `environment ${environment} is protected`;
  if (!canAsk(io)) {
    throw new WaybillError('PROTECTED', `The ${what}, and there is nobody here to confirm.`, {
      hint: `Look at \`${review}\`, then pass --yes.`,
    });
  }
  await display.pause();
  io.stderr.write(`${render(paintFor(io.stderr, io.env))}\n\n`);
  if (await askYes(io, `The ${what}. ${text} [y/N] `, signal)) return;
  throw new WaybillError('PROTECTED', `The ${what}, and the answer was no. Nothing was changed.`);
}

/** The question of a deploy or rollback. */
export function makeConfirm(options: ConfirmOptions): (plan: Plan) => Promise<void> {
  return (plan) =>
    confirmProtected(options, {
      environment: plan.environment,
      text: `${capitalize(plan.operation)} this plan?`,
      review: 'waybill plan',
      render: (paint) => renderPlan(plan, { paint }),
    });
}

/** Whether somebody sits at a terminal. */
export function canAsk(io: Io): boolean {
  return io.stdin.isTTY === true && io.stderr.isTTY === true;
}

/** Whether the answer is yes. Throws the signal's reason. */
export async function askYes(io: Io, question: string, signal: AbortSignal): Promise<boolean> {
  const answer = await ask(io, question, signal);
  // At the end of the input the cursor still stands behind the question.
  if (answer === '\n') io.stderr.write(answer);
  return /^y(es)?$/i.test(answer.trim());
}

/** The line that was typed; a line break when the input ended instead. Throws the signal's reason. */
async function ask(io: Io, text: string, signal: AbortSignal): Promise<string> {
  // Without line editing the terminal itself turns Ctrl-C into a signal.
  const lines = createInterface({ input: io.stdin, output: io.stderr, terminal: false });
  const ended = new Promise<string>((resolve) => lines.once('close', () => resolve('\n')));
  try {
    return await Promise.race([lines.question(text, { signal }), ended]);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    lines.close();
  }
}

function capitalize(word: string): string {
  return `${word.charAt(0).toUpperCase()}${word.slice(1)}`;
}
