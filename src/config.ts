import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { nearestName } from './config/nearest-name.js';
import { rules } from './config/rules.js';
import type { EnvironmentName, Setting, SettingsOf } from './config/setting.js';
import { settings, type Config } from './config/settings.js';
import { GOOGLE_ISSUER, providerSettings, type ProviderConfig } from './config/settings/providers.js';
import { tracesUrlOf } from './config/settings/traces.js';
import { StartupError } from './errors.js';

export type { Config } from './config/settings.js';

export type Environment = Readonly<Record<string, string | undefined>>;

const PREFIX = 'FLUXGATE_';
const QUOTED_CHARACTERS = 100;

/** What the documentation tells of a setting. `default` is Markdown. */
export interface SettingDescription {
  readonly name: string;
  readonly default: string;
  readonly meaning: string;
  readonly isSecret: boolean;
}

/** How the documentation names the settings that each provider has. */
const ANY_PROVIDER = '<NAME>';

/** Every setting there is, for the table in docs/configuration.md. */
export const SETTINGS: readonly SettingDescription[] = [
  ...Object.values(settings),
  ...Object.values(providerSettings(ANY_PROVIDER)),
].map((setting: Setting<unknown>) => ({
  name: setting.name,
  default: setting.default ?? `\`${String(setting.unset('development'))}\``,
  meaning: setting.meaning,
  isSecret: setting.isSecret ?? false,
}));

/** What the settings have to be enough for: a job that migrates needs a database, and no secret. */
export type Purpose = 'serve' | 'migrate';

/**
 * Reads the settings from the environment; the only place that does. An empty variable counts as unset.
 *
 * @throws StartupError with every problem at once, one sentence a line. Secrets are never repeated in it.
 */
export function readConfig(
  environmentVariables: Environment = process.env,
  purpose: Purpose = 'serve',
  overrides: Environment = {},
): Config {
  const env = { ...environmentVariables, ...overrides };
  const problems: string[] = [];
  const environment = readEnvironment(env);
  const { values, refused } = readRows(settings, env, environment, problems);
  const providers = values.providerNames.map((name) => readProvider(name, env, environment, problems));

  const again = providers.find(
    ({ issuer }, at) => issuer !== '' && providers.slice(0, at).some((it) => isSameIssuer(it.issuer, issuer)),
  );
  if (again)
    problems.push(`${providerSettings(again.name).issuer.name} is the issuer of another provider too: name it once.`);

  for (const rule of rules) {
    if (rule.onlyToServe && purpose !== 'serve') continue;
    // A value that was refused has had its complaint; what it would have meant together with others is unknown.
    const problem = rule.joins.some((key) => refused.has(key)) ? null : rule.problem(values);
    if (problem) problems.push(problem);
  }
  if (problems.length > 0) throw new StartupError(problems.join('\n'));

  return Object.freeze({
    ...values,
    providers: Object.freeze(providers),
    hashThreads: values.hashThreads ?? Math.max(1, Math.floor(availableParallelism() / values.workers)),
    sandbox: values.environment === 'development',
    explorer: values.environment !== 'production' || values.introspection,
    tracesUrl: tracesUrlOf(values),
    warnings: Object.freeze(unknownNames(env, values.providerNames)),
  });
}

interface Rows<V> {
  readonly values: V;
  /** Whose complaint is among the problems; they have their value of an unset variable. */
  readonly refused: ReadonlySet<keyof V>;
}

function readRows<V extends object>(
  rows: SettingsOf<V>,
  env: Environment,
  environment: EnvironmentName,
  problems: string[],
): Rows<V> {
  const refused = new Set<keyof V>();
  const read = <K extends keyof V>(key: K): V[K] => {
    const setting: Setting<V[K]> = rows[key];
    const found = lookUp(env, setting);
    if ('problem' in found) problems.push(found.problem);
    else if (found.text === null) return setting.unset(environment);
    else {
      const parsed = setting.parse(found.text);
      if ('value' in parsed) return parsed.value;
      problems.push(complaint(setting, found.text, parsed.refused));
    }
    refused.add(key);
    return setting.unset(environment);
  };
  const keys = Object.keys(rows) as (keyof V)[];
  return { values: Object.fromEntries(keys.map((key) => [key, read(key)])) as V, refused };
}

function readProvider(
  name: string,
  env: Environment,
  environment: EnvironmentName,
  problems: string[],
): ProviderConfig {
  const rows = providerSettings(name);
  const { values, refused } = readRows(rows, env, environment, problems);
  for (const key of ['issuer', 'clientId'] as const)
    if (values[key] === null && !refused.has(key))
      problems.push(`${rows[key].name} is not set: FLUXGATE_PROVIDERS names ${name}, which needs it.`);
  const { issuer, clientId, emailDomains } = values;
  if (environment === 'production' && emailDomains === null && issuer !== GOOGLE_ISSUER && !refused.has('emailDomains'))
    problems.push(
      `${rows.emailDomains.name} is not set: list the domains whose e-mail addresses ${name} may vouch for, ` +
        'as in example.com, or use none, or * for all of them.',
    );
  const said = { issuer: issuer ?? '', clientId: clientId ?? '', emailDomains: emailDomains ?? ('*' as const) };
  return Object.freeze({ ...values, ...said, name });
}

/** An issuer that ends in a slash is spelt otherwise, and no other. */
function isSameIssuer(one: string, other: string): boolean {
  return one.replace(/\/$/, '') === other.replace(/\/$/, '');
}

/** A setting as it is in force, for operators. */
export interface SettingInForce {
  readonly name: string;
  /** As the variable spells it; masked where it is a secret. */
  readonly value: string;
  readonly source: 'default' | 'environment' | 'file';
}

/** What every setting is and where it comes from. @throws StartupError as readConfig does. */
export function settingsInForce(env: Environment = process.env): readonly SettingInForce[] {
  const config = readConfig(env);
  return [
    ...rowsInForce(settings, config, env),
    ...config.providers.flatMap((provider) => rowsInForce(providerSettings(provider.name), provider, env)),
  ];
}

function rowsInForce<V extends object>(rows: SettingsOf<V>, values: V, env: Environment): SettingInForce[] {
  return (Object.keys(rows) as (keyof V)[]).map((key) => {
    const setting: Setting<V[keyof V]> = rows[key];
    const found = lookUp(env, setting);
    const value = values[key];
    const spelt = value === null ? '' : (setting.spell?.(value) ?? String(value)); // a list: with commas
    return {
      name: setting.name,
      value: setting.isSecret && spelt !== '' ? '********' : spelt,
      source: 'source' in found ? found.source : 'default',
    };
  });
}

type Found =
  | { readonly text: string; readonly source: 'environment' | 'file' }
  | { readonly text: null }
  | { readonly problem: string };

/** A secret may also be in a file that NAME_FILE names, as orchestrators mount them; its last line break is not part of it. */
function lookUp(env: Environment, { name, isSecret }: Setting<unknown>): Found {
  const text = env[name];
  const path = isSecret ? env[`${name}_FILE`] : undefined;
  if (text && path) return { problem: `${name} and ${name}_FILE are both set: keep one.` };
  if (text) return { text, source: 'environment' };
  if (!path) return { text: null };
  try {
    return { text: readFileSync(path, 'utf8').replace(/\r?\n$/, ''), source: 'file' };
  } catch (error) {
    return { problem: `${name}_FILE is ${quoted(path)}, which cannot be read: ${(error as Error).message}.` };
  }
}

/** Defaults depend on it, so it is read before the others. A bad one is reported with them. */
function readEnvironment(env: Environment): EnvironmentName {
  const { name, parse, unset } = settings.environment;
  const parsed = parse(env[name] ?? '');
  return 'value' in parsed ? parsed.value : unset('development');
}

function complaint(setting: Setting<unknown>, text: string, refused: string): string {
  return `${setting.name} ${setting.isSecret ? 'cannot be used' : `is ${quoted(text)}`}: ${refused}.`;
}

/** On one line, of bounded length, and without the password that a mistaken URL may hold. */
function quoted(text: string): string {
  const shown = text.replace(/\/\/.*@/s, '//…@');
  return JSON.stringify(shown.length > QUOTED_CHARACTERS ? `${shown.slice(0, QUOTED_CHARACTERS)}…` : shown);
}

function unknownNames(env: Environment, providers: readonly string[]): string[] {
  const rows: readonly Setting<unknown>[] = [
    ...Object.values(settings),
    ...providers.flatMap((name) => Object.values(providerSettings(name))),
  ];
  const known = rows.flatMap(({ name, isSecret }) => (isSecret ? [name, `${name}_FILE`] : [name]));
  return Object.keys(env)
    .filter((name) => name.startsWith(PREFIX) && !known.includes(name))
    .map((name) => {
      const nearest = known.find((other) => PREFIX + other === name) ?? nearestName(name, known);
      return `${name} is not a setting${nearest ? `: did you mean ${nearest}?` : ', so it has no effect.'}`;
    });
}
