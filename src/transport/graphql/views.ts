import {
  cursorOf,
  type Device,
  type EventPage,
  type Identity,
  type SecurityEvent,
  type SessionOnDevice,
  type User,
} from '../../auth/queries.js';
import type { DeviceObject, IdentityObject, SessionObject, UserObject } from './types/account.js';
import type { SecurityEventConnectionObject, SecurityEventObject } from './types/events.js';

/** Entities as clients may see them, column by column: what is not written here does not leave. */
export function userView(user: User): UserObject {
  return {
    id: user.id,
    email: user.email,
    emailVerified: Boolean(user.emailVerifiedAt),
    name: user.name,
    userType: user.userType,
    roles: user.roles,
    createdAt: user.createdAt,
  };
}

export function deviceView(device: Device): DeviceObject {
  return {
    id: device.id,
    name: device.name,
    browser: device.browser,
    os: device.os,
    firstSeenAt: device.firstSeenAt,
    lastSeenAt: device.lastSeenAt,
  };
}

export function identityView(identity: Identity): IdentityObject {
  return {
    id: identity.id,
    provider: identity.provider,
    email: identity.email ?? null,
    createdAt: identity.createdAt,
    lastUsedAt: identity.lastUsedAt,
  };
}

export function sessionView(session: SessionOnDevice, currentSessionId: string | undefined): SessionObject {
  const device = deviceView(session.device);
  return {
    id: session.id,
    status: session.status,
    isCurrent: session.id === currentSessionId,
    device,
    deviceName: device.name,
    ipAddress: session.lastIp,
    createdAt: session.createdAt,
    lastUsedAt: session.lastUsedAt,
    expiresAt: session.idleExpiresAt,
    absoluteExpiresAt: session.absoluteExpiresAt,
    authenticatedAt: session.authenticatedAt,
    revokedAt: session.revokedAt,
    endReason: session.endReason,
  };
}

export function eventsView(
  { events, hasNextPage }: EventPage,
  hasPreviousPage: boolean,
): SecurityEventConnectionObject {
  const edges = events.map((event) => ({ cursor: cursorOf(event), node: eventView(event) }));
  return {
    edges,
    nodes: edges.map((edge) => edge.node),
    pageInfo: {
      hasNextPage,
      hasPreviousPage,
      startCursor: edges.at(0)?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}

function eventView(event: SecurityEvent): SecurityEventObject {
  return {
    id: event.id,
    type: event.type,
    severity: event.severity,
    occurredAt: event.occurredAt,
    userId: event.userId ?? null,
    sessionId: event.sessionId ?? null,
    ipAddress: event.ip ?? null,
    userAgent: event.userAgent ?? null,
    details: event.details,
    risk: null,
  };
}
