import type { Environment } from '../../config/types.ts';
import { InterruptedError, UsageError } from '../../errors/errors.ts';
import type { Origin } from '../../provider/contract.ts';
import { canServe } from '../../provider/serving.ts';
import { startServe } from '../../serve/serve.ts';
import type { RunCommand } from '../command.ts';
import { loadTarget } from '../context.ts';
import { renderDuration } from '../render/quantity.ts';
import { renderName } from '../render/text.ts';
import { choosePort, renderServeUrl } from '../serve-address.ts';

interface ServeFlags {
  readonly port?: number;
  readonly host?: string;
}

export const serve: RunCommand<ServeFlags> = async (invocation) => {
  const { io, flags, terminal, signal } = invocation;
  const { config, environment } = await loadTarget(invocation);
  const origin = await environment.origin.provider.open(environment.origin.options, {
    env: io.env,
    directory: config.directory,
  });
  if (!canServe(origin)) throw await cannotServe(origin, environment);
  const host = flags.host ?? '127.0.0.1';
  const running = await startServe({
    serving: origin.serving,
    url: environment.url,
    host,
    port: flags.port ?? choosePort(environment.url),
    signal,
    onRequest: ({ method, path, status, cache, durationMs }) =>
      terminal.say(`${method} ${renderName(path)} ${status} ${cache ?? '-'} ${renderDuration(durationMs)}`),
  });
  const url = renderServeUrl(environment.url, host, running.port);
  terminal.print({ kind: 'serve', format: 1, environment: environment.name, url, port: running.port }, () => url);
  if (url !== environment.url)
    terminal.say(`CDN_URL of ${environment.name} is ${environment.url}, which is not this address.`);
  terminal.say(`Serving ${environment.name} until Ctrl-C.`);
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await running.close();
  await origin.close?.();
  return signal.reason instanceof InterruptedError ? signal.reason.exitCode : 0;
};

async function cannotServe(origin: Origin, environment: Environment): Promise<UsageError> {
  await origin.close?.();
  const { id } = environment.origin.provider;
  return new UsageError(
    'USAGE',
    `Environment ${environment.name} is kept at ${id}, which has no embedded edge to serve.`,
    {
      hint: 'Choose an environment with a local origin, with --env.',
    },
  );
}
