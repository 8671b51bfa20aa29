import http from 'node:http';
import { types } from 'mime-types';

/** Getters that load a whole other client (undici), which nobody here uses. */
const costly = new Set(['WebSocket', 'CloseEvent', 'MessageEvent', 'default']);
const names = Object.keys(http).filter((name) => !costly.has(name));

/**
 * Takes `node:http` from `process.getBuiltinModule`. An `import` of it reads all its properties to make a module of them, and from Node 22 on
 * one of these is `WebSocket`, which takes 30 ms of processor time.
 */
export const lightHttp = {
  name: 'light-http',
  setup(build) {
    build.onResolve({ filter: /^(?:node:)?http$/ }, ({ kind }) =>
      kind === 'import-statement' ? { path: 'node:http', namespace: 'light' } : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: 'light' }, () => ({
      contents: `const http = process.getBuiltinModule('node:http');
export default http;
${names.map((name) => `export const ${name} = http.${name};`).join('\n')}`,
    }));
  },
};

/** Packages that come into the bundle by this file alone. */
export const takenFrom = ['node_modules/mime-db'];

/** Content types by extension, as `mime-types` works them out of a larger table at each start. */
export const readyTypes = {
  name: 'ready-types',
  setup(build) {
    const table = JSON.stringify(JSON.stringify(types));
    build.onLoad({ filter: /[\\/]node_modules[\\/]mime-types[\\/]index\.js$/ }, () => ({
      contents: `export const types = JSON.parse(${table});`,
    }));
  },
};
