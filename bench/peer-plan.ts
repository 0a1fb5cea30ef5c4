import { startBetterAuth } from './contenders/better-auth.ts';
import { startParseServer } from './contenders/parse-server.ts';
import type { DatabaseServer } from './database.ts';
import type { Rate } from './measures/rate.ts';
import { onRelease } from './release.ts';
import type { Measure } from './series.ts';
import type { BenchSettings } from './settings.ts';

export interface PeerPlan {
  readonly signIn: readonly Measure[];
  readonly whoAmI: readonly Measure[];
  readonly listSessions: readonly Measure[];
  readonly endSession: readonly Measure[];
}

/** Starts the peers on databases of their own on the same server, and tells where they stand in a round. */
export async function planPeers(
  database: DatabaseServer,
  { connections }: BenchSettings,
  rate: Rate,
  revocations: number,
): Promise<PeerPlan> {
  const betterAuth = await startBetterAuth(database, connections);
  onRelease(() => betterAuth.server.stop());
  const parse = await startParseServer(database, connections);
  onRelease(() => parse.server.stop());

  return {
    signIn: [
      rate('betterAuthSignIn', betterAuth.server.url, () => betterAuth.signIn()),
      rate('parseLogIn', parse.server.url, () => parse.logIn()),
    ],
    whoAmI: [
      rate('betterAuthGetSession', betterAuth.server.url, () => betterAuth.getSession()),
      rate('parseViewer', parse.server.url, () => parse.viewer()),
    ],
    listSessions: [rate('betterAuthListSessions', betterAuth.server.url, () => betterAuth.listSessions())],
    endSession: [rate('betterAuthRevokeSession', betterAuth.server.url, () => betterAuth.revokeSession(revocations))],
  };
}
