import { isRaw, type Transaction } from '@mikro-orm/core';
import { PostgreSqlConnection, PostgreSqlDriver } from '@mikro-orm/postgresql';
import { CompiledQuery, type Kysely } from 'kysely';

type Query = Parameters<PostgreSqlConnection['execute']>[0];

/**
 * MikroORM writes the values of a statement into its text. That text is what a server logs when the statement fails, and
 * what it shows to whoever watches it: the hash of a password would stand there. Here values travel beside the text.
 */
class ParameterConnection extends PostgreSqlConnection {
  override async execute<T>(
    query: Query,
    params: readonly unknown[] | Readonly<Record<string, unknown>> = [],
    method: 'all' | 'get' | 'run' = 'all',
    ctx?: Transaction,
  ): Promise<T> {
    await this.ensureConnection();
    if (!Array.isArray(params)) throw new TypeError('parameters go by their place');
    const { sql, params: given } = compile(query, params);
    const { text, values } = this.withValuesAside(sql, given);
    const client = (ctx ?? this.getClient()) as Kysely<unknown>;
    const result = await client.executeQuery(CompiledQuery.raw(text, values));
    return this.transformRawResult<T>(result, method);
  }

  /** From MikroORM's `?` placeholders to PostgreSQL's `$1`. A value that is SQL itself stays in the text. */
  private withValuesAside(sql: string, params: readonly unknown[]): { text: string; values: unknown[] } {
    const values: unknown[] = [];
    const platform = Object.create(this.platform) as typeof this.platform;
    platform.quoteValue = (value) =>
      isRaw(value) ? platform.formatQuery(value.sql, value.params) : `$${values.push(value)}`;
    return { text: platform.formatQuery(sql, params), values };
  }
}

function compile(query: Query, params: readonly unknown[]): { sql: string; params: readonly unknown[] } {
  if (typeof query === 'string') return { sql: query, params };
  return isRaw(query) ? query : query.compile();
}

/** As the one of MikroORM, which it is to the types. */
export const ParameterDriver: typeof PostgreSqlDriver = class extends PostgreSqlDriver {
  protected override readonly connection = new ParameterConnection(this.config);
};
