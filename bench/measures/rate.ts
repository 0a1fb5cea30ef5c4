import { driveClosedLoop } from '../load/closed-loop.ts';
import type { Conversation } from '../load/conversation.ts';
import { SERIES, type Measure, type SeriesName } from '../series.ts';
import type { BenchSettings } from '../settings.ts';

/**
 * Measures how many a second a server answers. The conversations are prepared outside the measurement; `settle` runs
 * when it has ended, and with it the connections, whose last answers never arrived.
 */
export type Rate = (
  series: SeriesName,
  url: string,
  conversations: () => readonly Conversation[] | Promise<readonly Conversation[]>,
  settle?: () => Promise<void>,
) => Measure;

export function rateOf({ warmUpSeconds, measureSeconds }: BenchSettings): Rate {
  return (series, url, conversations, settle) =>
    direct(series, async () => {
      const perSecond = await driveClosedLoop({
        url,
        conversations: await conversations(),
        warmUpSeconds,
        measureSeconds,
      });
      await settle?.();
      return perSecond;
    });
}

/** A step of one value. */
export function direct(series: SeriesName, value: () => Promise<number>): Measure {
  return { name: SERIES[series].contender, run: async () => [{ series, value: await value() }] };
}
