// How each tool is asked to bring a folder to a bucket: with as many connections as pay, and no check beyond its own.
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../root.mjs';

/**
 * `command` and `env` for a target `{folder, bucket, endpoint, credentials, work}`. `slow`: not for 100,000 files unless asked for;
 * `firstOnly`: it differs from another one in the first deploy alone.
 */
const peers = [
  {
    name: 's5cmd',
    binary: 's5cmd',
    // 256 workers are its default. It compares sizes and times.
    command: ({ folder, bucket, endpoint }) => [
      's5cmd',
      '--endpoint-url',
      endpoint,
      'sync',
      `${folder}/`,
      `s3://${bucket}/`,
    ],
    env: awsVariables,
  },
  {
    name: 'rclone',
    binary: 'rclone',
    command: rclone,
    env: rcloneVariables,
  },
  {
    // It trusts the answer to a PUT, as we do, in place of asking for each object.
    name: 'rclone --s3-no-head',
    binary: 'rclone',
    firstOnly: true,
    command: (target) => [...rclone(target), '--s3-no-head'],
    env: rcloneVariables,
  },
  {
    name: 'aws',
    binary: 'aws',
    slow: true,
    command: ({ folder, bucket, endpoint }) => [
      'aws',
      '--endpoint-url',
      endpoint,
      's3',
      'sync',
      folder,
      `s3://${bucket}`,
      '--only-show-errors',
    ],
    env: (target) => {
      const file = join(target.work, 'aws.conf');
      writeFileSync(
        file,
        '[default]\ns3 =\n  max_concurrent_requests = 64\n  max_queue_size = 10000\n  addressing_style = path\n',
      );
      return { ...awsVariables(target), AWS_CONFIG_FILE: file };
    },
  },
  {
    name: 's3cmd',
    binary: 's3cmd',
    slow: true,
    command: ({ folder, bucket, work }) => [
      's3cmd',
      '--config',
      join(work, 's3cmd.conf'),
      '--quiet',
      '--no-mime-magic',
      'sync',
      `${folder}/`,
      `s3://${bucket}/`,
    ],
    env: (target) => {
      const { host } = new URL(target.endpoint);
      const { accessKeyId, secretAccessKey, region } = target.credentials;
      writeFileSync(
        join(target.work, 's3cmd.conf'),
        `[default]\naccess_key = ${accessKeyId}\nsecret_key = ${secretAccessKey}\nbucket_location = ${region}\nhost_base = ${host}\nhost_bucket = ${host}\nuse_https = ${target.endpoint.startsWith('https')}\n`,
      );
      return {};
    },
  },
];

/** Those found on this machine, and the names of the others. */
export function findPeers() {
  const isHere = ({ binary }) => {
    try {
      execFileSync('/bin/sh', ['-c', 'command -v "$1"', 'sh', binary], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  };
  return { found: peers.filter(isHere), absent: peers.filter((peer) => !isHere(peer)).map(({ name }) => name) };
}

/** `cache`: its folder, which lies in `work`. */
export const waybill = {
  name: 'waybill',
  command: ({ work }, subcommand = 'deploy') => [
    process.execPath,
    join(root, 'dist', 'bin', 'waybill.js'),
    subcommand,
    '--quiet',
    '--config',
    join(work, 'waybill.json'),
  ],
  env: (target) => {
    const { folder, bucket, endpoint, credentials, work } = target;
    const origin = { use: 's3', bucket, region: credentials.region, endpoint, pathStyle: true };
    const environments = { dev: { origin, url: 'http://127.0.0.1:1/' } };
    const sources = [{ kind: 'directory', path: folder }];
    mkdirSync(work, { recursive: true });
    writeFileSync(join(work, 'waybill.json'), JSON.stringify({ project: 'bench', sources, environments }));
    return { ...awsVariables(target), WAYBILL_CACHE_DIR: join(work, 'cache') };
  },
};

export function forgetCache({ work }) {
  rmSync(join(work, 'cache'), { recursive: true, force: true });
}

function awsVariables({ credentials: { accessKeyId, secretAccessKey, region } }) {
  return {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}

/** It compares sizes and the store's own times: by its own times it would ask for each object's metadata. */
function rclone({ folder, bucket }) {
  const numbers = ['--transfers', '64', '--checkers', '64', '--s3-upload-concurrency', '16'];
  return [
    'rclone',
    'sync',
    folder,
    `bench:${bucket}`,
    '--fast-list',
    '--update',
    '--use-server-modtime',
    '--s3-no-check-bucket',
    ...numbers,
  ];
}

function rcloneVariables({ endpoint, credentials: { accessKeyId, secretAccessKey, region }, work }) {
  return {
    RCLONE_CONFIG: join(work, 'rclone.conf'),
    RCLONE_CONFIG_BENCH_TYPE: 's3',
    RCLONE_CONFIG_BENCH_PROVIDER: 'Other',
    RCLONE_CONFIG_BENCH_ENDPOINT: endpoint,
    RCLONE_CONFIG_BENCH_REGION: region,
    RCLONE_CONFIG_BENCH_ACCESS_KEY_ID: accessKeyId,
    RCLONE_CONFIG_BENCH_SECRET_ACCESS_KEY: secretAccessKey,
  };
}
