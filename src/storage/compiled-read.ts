import { LockMode, type EntityKey, type EntityMetadata, type Loaded, type QueryOrderMap } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { hotStatement, sql, type Statement } from './sql.js';

/** What MikroORM compiles a read from. The entity is called `e` in it, and each relation by its name. */
export interface ReadPlan<Entity extends object, Relation extends string> {
  readonly entity: new () => Entity;
  /** What a connection keeps the statement by. */
  readonly name: string;
  /** To-one relations that come with it. */
  readonly populate?: readonly (EntityKey<Entity> & Relation)[];
  /** Lazy properties that come with it. */
  readonly lazy?: readonly EntityKey<Entity>[];
  /** SQL, its parameters as PostgreSQL writes them: `e.id = $1`. */
  readonly where: string;
  readonly orderBy?: QueryOrderMap<Entity> | readonly QueryOrderMap<Entity>[];
  readonly limitRows?: number;
  /** Takes the rows of the entity, until the transaction ends. */
  readonly lock?: boolean;
}

/**
 * Within a transaction the entities are managed there. Outside they are as they were read, and belong to nobody: two who
 * read one row at once have an entity each, or share one that neither may change.
 */
export type CompiledRead<Entity extends object, Relation extends string> = (
  em: EntityManager,
  parameters: readonly unknown[],
) => Promise<Loaded<Entity, Relation>[]>;

/**
 * A read of entities that happens all the time. MikroORM's QueryBuilder compiles its statement once, from the metadata of
 * the entity; each run then costs the statement, under its name, and MikroORM's hydration of its rows. `em.find` compiles it
 * anew each time, which is most of what it costs.
 */
export function compiledRead<Entity extends object, Relation extends string = never>(
  plan: ReadPlan<Entity, Relation>,
): CompiledRead<Entity, Relation> {
  let compiled: { readonly statement: Statement; readonly toData: (row: Row) => Data } | undefined;

  return async (em, parameters) => {
    compiled ??= compile(em, plan);
    const { statement, toData } = compiled;
    const data = (await sql<Row>(em, statement, parameters)).map(toData);
    const toEntity = em.isInTransaction() ? managedBy(em, plan.entity) : ofNobody(em, plan.entity);
    return data.map(toEntity) as Loaded<Entity, Relation>[];
  };
}

type Row = Readonly<Record<string, unknown>>;
/** Of one entity, by property; of what comes with it, nested. */
type Data = Record<string, unknown>;

/** The data is by property already. */
const BY_PROPERTY: object = { mapped: true };

function managedBy<Entity extends object>(em: EntityManager, entity: new () => Entity): (data: Data) => Entity {
  return (data) => em.map<Entity>(entity, data as never, BY_PROPERTY);
}

/** Out of every identity map, which would cost ten times as much; one that several rows name is one all the same. */
function ofNobody<Entity extends object>(em: EntityManager, entity: new () => Entity): (data: Data) => Entity {
  const metadata = em.getMetadata();
  const hydrator = em.config.getHydrator(metadata);
  const factory = em.getEntityFactory();
  const related = new Map<unknown, object>();

  function create<T extends object>(meta: EntityMetadata<T>, data: Data): T {
    for (const { name, targetMeta } of meta.relations)
      if (data[name] !== undefined) data[name] = relate(targetMeta as EntityMetadata<object>, data[name]);
    const created = Object.create(meta.prototype) as T;
    hydrator.hydrate(created, meta, data as never, factory, 'full', false, true);
    return created;
  }
  /** @param given its data, or, where it does not come along, its id. */
  function relate(meta: EntityMetadata<object>, given: unknown): object {
    const data = typeof given === 'object' ? (given as Data) : { id: given };
    const known = related.get(data['id']) ?? create(meta, data);
    related.set(data['id'], known);
    return known;
  }
  const meta = metadata.get(entity) as EntityMetadata<Entity>;
  return (data) => create(meta, data);
}

function compile<Entity extends object>(em: EntityManager, plan: ReadPlan<Entity, string>) {
  const { entity, name, where, limitRows, populate = [], orderBy = [] } = plan;
  const meta = em.getMetadata().get(entity);
  const isRead = ({ name: property, lazy }: { name: string; lazy?: boolean }) =>
    lazy !== true || plan.lazy?.some((wanted) => wanted === property);
  const properties = columnsOf(meta).filter(isRead);

  const query = em.createQueryBuilder(entity, 'e').select(properties.map((property) => property.name) as never);
  for (const relation of populate) void query.innerJoinAndSelect(`e.${relation}` as never, relation);
  void query.where(where).orderBy(orderBy as never);
  if (limitRows !== undefined) void query.limit(limitRows);
  if (plan.lock) void query.setLockMode(LockMode.PESSIMISTIC_WRITE, ['e']);

  const readOwn = reader(properties, '');
  const relations = populate.map((relation) => {
    const target = columnsOf(meta.properties[relation as EntityKey<Entity>]!.targetMeta!);
    return [
      relation,
      reader(
        target.filter(({ lazy }) => lazy !== true),
        `${relation}__`,
      ),
    ] as const;
  });
  return {
    statement: hotStatement(name, query.getFormattedQuery()),
    toData(row: Row): Data {
      const data = readOwn(row);
      for (const [relation, read] of relations) data[relation] = read(row);
      return data;
    },
  };
}

/** What has a column in a row, or is computed from its columns. */
function columnsOf<Entity>({ props }: EntityMetadata<Entity>) {
  return props.filter(({ fieldNames, persist, formula }) => fieldNames !== undefined && (persist !== false || formula));
}

function reader(properties: readonly { name: string; fieldNames: string[] }[], prefix: string) {
  const columns = properties.map(({ name, fieldNames }) => [name, `${prefix}${fieldNames[0]}`] as const);
  return (row: Row): Data => {
    const data: Data = {};
    for (const [property, column] of columns) data[property] = row[column];
    return data;
  };
}
