import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { eventually } from './eventually.js';

const PROGRAM = '/usr/sbin/nginx';
const SHIPPED = fileURLToPath(new URL('../../deploy/nginx', import.meta.url));

/** What a system's own nginx.conf is around the shipped file, all within one folder. */
const AROUND = `daemon off;
worker_processes 1;
pid nginx.pid;
error_log error.log;
events {}
http {
  access_log access.log;
  client_body_temp_path temporary/body;
  proxy_temp_path temporary/proxy;
  fastcgi_temp_path temporary/fastcgi;
  uwsgi_temp_path temporary/uwsgi;
  scgi_temp_path temporary/scgi;
  include fluxgate.conf;
}
`;

export interface Nginx {
  /** What `nginx -t` says of the configuration. */
  readonly verdict: string;
  stop(): Promise<void>;
}

/** Ports of 127.0.0.1. */
export interface NginxPorts {
  readonly listen: number;
  readonly gateway: number;
  readonly application: number;
}

/** Debian's nginx with the shipped configuration, other ports aside. */
export async function startNginx(ports: NginxPorts): Promise<Nginx> {
  if (!existsSync(PROGRAM)) throw new Error(`These tests need ${PROGRAM}: apt-get update && apt-get install -y nginx`);
  const folder = await mkdtemp(join(tmpdir(), 'fluxgate-nginx-'));
  await chmod(folder, 0o755); // its workers run as another account, where root starts it
  await cp(SHIPPED, folder, { recursive: true });
  await writeFile(
    join(folder, 'fluxgate.conf'),
    withPorts(await readFile(join(SHIPPED, 'fluxgate.conf'), 'utf8'), ports),
  );
  await writeFile(join(folder, 'nginx.conf'), AROUND);
  await mkdir(join(folder, 'temporary'));

  const args = ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', join(folder, 'start.log')];
  const { stderr: verdict } = await promisify(execFile)(PROGRAM, [...args, '-t']);
  const server = spawn(PROGRAM, args, { stdio: 'ignore' });
  const ended = once(server, 'exit');
  await eventually(
    () => fetch(`http://127.0.0.1:${ports.listen}/auth/verify`).then(({ status }) => status, String),
    (status) => status === 404,
  );
  return {
    verdict,
    async stop() {
      server.kill('SIGTERM');
      await ended;
      await rm(folder, { recursive: true });
    },
  };
}

function withPorts(configuration: string, { listen, gateway, application }: NginxPorts): string {
  const replaced = [
    ['listen 8080;', `listen 127.0.0.1:${listen};`],
    ['server 127.0.0.1:4000;', `server 127.0.0.1:${gateway};`],
    ['server 127.0.0.1:3000;', `server 127.0.0.1:${application};`],
  ] as const;
  return replaced.reduce((text, [shipped, ours]) => {
    if (text.split(shipped).length !== 2) throw new Error(`the shipped configuration does not say ${shipped} once`);
    return text.replace(shipped, ours);
  }, configuration);
}
