import { strict } from '../failure.ts';
import type { RunContext } from '../run-context.ts';
import { coreModule, type CheckCounts } from './core.ts';
import { executionModule } from './execution.ts';
import { httpModule } from './http.ts';
import { metricsModule } from './metrics.ts';

/** The modules of k6 that the stand-in has, by the name that scripts import. */
export type K6Modules = ReadonlyMap<string, object>;

/** Each also as its own default export, as in k6; an unknown member of that ends the run. */
export function k6Modules(context: RunContext, checks: Map<string, CheckCounts>): K6Modules {
  const modules = {
    k6: coreModule(context, checks),
    'k6/http': httpModule(context),
    'k6/metrics': metricsModule(context),
    'k6/execution': executionModule(context),
  };
  return new Map(Object.entries(modules).map(([name, members]) => [name, strict(context.problems, name, members)]));
}
