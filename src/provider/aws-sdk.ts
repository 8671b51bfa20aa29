import process from 'node:process';

const variable = 'AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED';

/**
 * Makes a client of the AWS SDK without its announcement on stderr of when it will drop this Node version, which nobody who runs a command
 * can act on. Its only switch is an environment variable that the constructor reads.
 */
export function withoutNodeVersionWarning<T>(create: () => T): T {
  const before = process.env[variable];
  process.env[variable] = 'true';
  try {
    return create();
  } finally {
    if (before === undefined) delete process.env[variable];
    else process.env[variable] = before;
  }
}
