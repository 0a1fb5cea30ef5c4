import { readConfig, SETTINGS, type Config } from '../../config.js';
import { StartupError } from '../../errors.js';
import { failed, ok, warning, type Finding } from './finding.js';

const CHECK = 'configuration';

/** Reads the settings. `config` is null when they cannot be used, and then nothing else can be checked. */
export function checkConfiguration(): { readonly config: Config | null; readonly findings: readonly Finding[] } {
  try {
    const config = readConfig();
    const warnings = [
      ...config.warnings.map((saw) => warning(CHECK, saw, 'correct the name, or remove it')),
      ...checkEmbedded(config),
      ...checkEnvironment(config),
    ];
    const fine = ok(CHECK, `${SETTINGS.length} settings fit together, for ${config.environment}`);
    return { config, findings: warnings.length > 0 ? warnings : [fine] };
  } catch (error) {
    if (!(error instanceof StartupError)) throw error;
    const advice = '`fluxgate config` and docs/configuration.md list all settings';
    return { config: null, findings: error.message.split('\n').map((problem) => failed(CHECK, problem, advice)) };
  }
}

function checkEmbedded({ environment, databaseUrl }: Config): Finding[] {
  if (environment !== 'production' || databaseUrl !== null) return [];
  return [
    warning(
      CHECK,
      'production runs on the embedded database: one machine, no replica, back-ups by hand',
      'set DATABASE_URL to a PostgreSQL server before this grows',
    ),
  ];
}

/** Development is the default: whoever forgets to say otherwise finds out here, not from a stranger. */
function checkEnvironment({ environment, publicUrl }: Config): Finding[] {
  if (environment !== 'development' || !publicUrl?.startsWith('https:')) return [];
  return [
    warning(
      CHECK,
      `NODE_ENV is not production, though ${publicUrl} is https: introspection, Sandbox and suggestions are open to all`,
      'set NODE_ENV=production',
    ),
  ];
}
