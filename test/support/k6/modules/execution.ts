import { strict } from '../failure.ts';
import { requirePhase, type RunContext } from '../run-context.ts';

/** `k6/execution`: who runs, and where. The objects are there in their phase only, as in k6. */
export function executionModule(context: RunContext) {
  const { state, problems } = context;
  return {
    get vu() {
      requirePhase(context, 'exec.vu', 'setup', 'vu', 'teardown');
      return strict(problems, 'exec.vu', { idInTest: state.vuId, iterationInScenario: state.iteration });
    },
    get scenario() {
      requirePhase(context, 'exec.scenario', 'vu');
      return strict(problems, 'exec.scenario', { name: state.scenario });
    },
  };
}
