import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../../bench/contenders/server-process.ts';
import { onRelease } from '../../bench/release.ts';
import { makeFolder, startChild, until } from './child.ts';
import { NGINX } from './programs.ts';

/**
 * Debian's nginx before all gateways. One that does not take a connection is passed over; a request that was sent is not
 * sent again, because nginx cannot know that a mutation may be.
 *
 * @returns its URL
 */
export async function startNginx(gatewayPorts: readonly number[]): Promise<string> {
  const folder = await makeFolder('nginx', null);
  const port = await freePort();
  const gateways = gatewayPorts.map((gateway) => `server 127.0.0.1:${gateway} max_fails=0;`).join(' ');
  const bodies = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path temporary/${name};`,
  );
  await mkdir(join(folder, 'temporary'));
  await writeFile(
    join(folder, 'nginx.conf'),
    `daemon off;
worker_processes 1;
pid nginx.pid;
error_log error.log;
events { worker_connections 4096; }
http {
  access_log off;
  ${bodies.join('\n  ')}
  upstream fluxgate { ${gateways} keepalive 16; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://fluxgate;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $host;
    }
  }
}
`,
  );
  const args = ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', join(folder, 'start.log')];
  const nginx = await startChild(NGINX, args, { account: null, logFile: join(folder, 'log') });
  onRelease(() => nginx.end('SIGTERM'));
  const url = `http://127.0.0.1:${port}`;
  await until(async () => {
    const { ok } = await fetch(`${url}/healthz`);
    if (!ok) throw new Error('nginx does not reach a gateway');
  });
  return url;
}
