const defaultPort = 4100;
const loopback = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/** The port that the environment's public URL names, where that is this machine; else 4100. */
export function choosePort(publicUrl: string): number {
  const { hostname, port } = new URL(publicUrl);
  return loopback.test(hostname) && port !== '' ? Number(port) : defaultPort;
}

/** Where the embedded edge answers: the path is that of the environment's public URL. */
export function renderServeUrl(publicUrl: string, host: string, port: number): string {
  const name = host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${port}${new URL(publicUrl).pathname}`;
}
