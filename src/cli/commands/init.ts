import { applyInit, planInit } from '../../init.ts';
import type { RunCommand } from '../command.ts';
import { renderName } from '../render/text.ts';

export const init: RunCommand<object> = async ({ settings, terminal }) => {
  const planned = await planInit(settings.cwd);
  await applyInit(planned);
  const { file, found, notes } = planned;
  terminal.print({ kind: 'init', format: 1, file, found, notes }, (paint) => {
    const lines = [
      paint('bold', `Wrote ${renderName(file)} for ${renderName(found)}.`),
      ...notes.map((note) => `- ${note}`),
    ];
    return [lines.join('\n'), 'Next: waybill deploy --env dev'].join('\n\n');
  });
  return 0;
};
