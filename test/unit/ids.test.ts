import fc from 'fast-check';
import { parse, v4 as uuidv4, validate, version } from 'uuid';
import { newId, newIdOf, SHARD_BITS, shardOf } from '../../src/storage/ids.js';

/** What stands in `rand_a`. */
const shardIn = (id: string) => Number.parseInt(id.slice(15, 18), 16);
const millisecondsIn = (id: string) => Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);

describe('ids', () => {
  it('are UUIDv7 that begin with their time', () => {
    const before = Date.now();
    for (const id of [newId(), newIdOf(newId())]) {
      expect([validate(id), version(id)]).toEqual([true, 7]);
      expect(parse(id)[8]! >> 6).toBe(0b10);
      expect(millisecondsIn(id)).toBeGreaterThanOrEqual(before);
      expect(millisecondsIn(id) - before).toBeLessThan(60_000);
    }
  });

  it('of a user and of what is theirs name one shard, which is known from any of them', () => {
    for (let round = 0; round < 1_000; round += 1) {
      const userId = newId();
      expect([shardIn(userId), shardIn(newIdOf(userId))]).toEqual([shardOf(userId), shardOf(userId)]);
    }
  });

  it('of a user who came from another server leave that as it is', () => {
    const userId = uuidv4();
    expect(shardIn(newIdOf(userId))).toBe(shardOf(userId));
    expect(shardOf(userId.toUpperCase())).toBe(shardOf(userId));
    expect(shardIn(newIdOf('00000000-0000-0000-0000-0000000000ff'))).toBe(
      shardOf('00000000-0000-0000-0000-0000000000ff'),
    );
  });

  it('depend for their shard on everything but the place where it stands', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.integer({ min: 0, max: 0xfff }), (id, randA) => {
        const other = id.slice(0, 15) + randA.toString(16).padStart(3, '0') + id.slice(18);
        expect(shardOf(other)).toBe(shardOf(id));
      }),
    );
  });

  it('spread evenly over 4,096 shards', () => {
    const counts = new Array<number>(2 ** SHARD_BITS).fill(0);
    const each = 20;
    for (let made = 0; made < counts.length * each; made += 1) counts[shardIn(newId())]! += 1;
    const chiSquared = counts.reduce((sum, count) => sum + (count - each) ** 2 / each, 0);
    expect(chiSquared / counts.length).toBeGreaterThan(0.8);
    expect(chiSquared / counts.length).toBeLessThan(1.2);
  });

  it('of one user keep the order in which they were made, thousands in a millisecond', () => {
    const userId = newId();
    const made = Array.from({ length: 20_000 }, () => newIdOf(userId));
    expect(made.toSorted()).toEqual(made);
    expect(new Set(made).size).toBe(made.length);
  });
});
