// Starts the Cloud Storage part of firebase-tools' storage emulator, which is a server that others wrote. Its rules need Java and are not
// started: the JSON API does not ask them.   NODE_PATH=<folder>/node_modules node .ci/gcs-emulator.cjs PORT
const { createServer } = require('node:http');
const { StorageEmulator } = require('firebase-tools/lib/emulator/storage/index.js');
const { createApp } = require('firebase-tools/lib/emulator/storage/server.js');
const { EmulatorRegistry } = require('firebase-tools/lib/emulator/registry.js');

const port = Number(process.argv[2]);
const host = '127.0.0.1';
const emulator = new StorageEmulator({ projectId: 'demo-waybill', host, port, rules: { name: '', content: '' } });
// Where upload sessions are said to be.
EmulatorRegistry.url = () => new URL(`http://${host}:${port}`);

createApp('demo-waybill', emulator).then((app) => {
  createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    // Half of its routes are known without the prefix only.
    request.url = request.url.replace(/^\/storage\/v1\//, '/');
    app(request, response);
  }).listen(port, host);
});
