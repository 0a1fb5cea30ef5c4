import { Client } from 'pg';

/** Every connection that a server has to spare. */
export interface AllConnections {
  /** Throws everybody else out, and takes those too. */
  take(): Promise<void>;
  letGo(): Promise<void>;
}

export function allConnections(url: string): AllConnections {
  const held: Client[] = [];
  const open = async (): Promise<boolean> => {
    const client = new Client({ connectionString: url });
    client.on('error', () => undefined);
    try {
      await client.connect();
    } catch {
      return false;
    }
    held.push(client);
    return true;
  };
  return {
    async take() {
      while (await open());
      const pids = (
        await Promise.all(held.map((client) => client.query<{ pid: number }>('select pg_backend_pid() pid')))
      ).map(({ rows }) => rows[0]!.pid);
      await held[0]!.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where backend_type = 'client backend' and not pid = any ($1)`,
        [pids],
      );
      while (await open());
    },
    async letGo() {
      await Promise.all(held.splice(0).map((client) => client.end()));
    },
  };
}
