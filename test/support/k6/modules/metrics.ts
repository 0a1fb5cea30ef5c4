import { addSample, requirePhase, requireTags, type RunContext } from '../run-context.ts';
import type { MetricType } from '../metrics.ts';

const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;

/** `k6/metrics`: the four types of metric that a script may declare. */
export function metricsModule(context: RunContext) {
  return {
    Counter: metricClass(context, 'counter'),
    Gauge: metricClass(context, 'gauge'),
    Rate: metricClass(context, 'rate'),
    Trend: metricClass(context, 'trend'),
  };
}

function metricClass(context: RunContext, type: MetricType) {
  return class {
    readonly name: string;

    constructor(name: string, isTime = false) {
      requirePhase(context, `a new ${type} '${name}'`, 'init');
      if (!NAME.test(name)) context.problems.refuse('script', `'${name}' is no name for a metric`);
      if (!context.metrics.declare(name, type, isTime))
        context.problems.refuse('script', `'${name}' is declared as a ${type} and as something else`);
      this.name = name;
    }

    add(value: unknown, tags: Readonly<Record<string, unknown>> = {}): void {
      requirePhase(context, `${this.name}.add()`, 'setup', 'vu', 'teardown');
      const number = Number(value);
      if (Number.isNaN(number)) context.problems.refuse('script', `${this.name}.add() got no number`);
      const known = requireTags(context, this.name, tags);
      addSample(context, this.name, type === 'rate' ? Number(number !== 0) : number, known);
    }
  };
}
