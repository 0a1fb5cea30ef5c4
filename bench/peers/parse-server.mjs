import { ParseServer } from 'parse-server';

/** With GraphQL mounted, on PostgreSQL; it has no limits unless they are set, and its hash is as it comes. */
const port = Number(process.env.PORT);
await ParseServer.startApp({
  databaseURI: process.env.DATABASE_URL,
  appId: 'bench',
  masterKey: process.env.SECRET,
  maintenanceKey: `${process.env.SECRET}-maintenance`,
  serverURL: `http://127.0.0.1:${port}/parse`,
  host: '127.0.0.1',
  port,
  mountPath: '/parse',
  mountGraphQL: true,
  graphQLPath: '/graphql',
  logLevel: 'warn',
});
