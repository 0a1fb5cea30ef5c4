import { validate as isUuid } from 'uuid';
import { AuthError } from '../errors.js';
import { renameDevice as rename, type Device } from '../domain/device/device.js';
import { parseDeviceName } from '../domain/device/device-name.js';
import { recordEvents } from '../domain/security-event.js';
import type { Deps } from './deps.js';
import type { RequestMeta, Viewer } from './request-meta.js';

export type { Device };

const NO_SUCH_DEVICE = { what: 'You have no such device.' };

/** Gives one of the viewer's devices another name. @throws AuthError NOT_FOUND | INVALID_INPUT | RATE_LIMITED */
export async function renameDevice(
  deps: Pick<Deps, 'em' | 'limits'>,
  meta: RequestMeta,
  viewer: Viewer,
  input: { readonly deviceId: string; readonly name: string },
): Promise<Device> {
  // 1. Within limits: what is malformed takes nothing from the user's other sessions.
  const { userId, sessionId } = viewer;
  await deps.limits.consume('session.write', sessionId);
  const name = parseDeviceName(input.name);
  if (!name.ok) throw new AuthError('INVALID_INPUT', { issues: [{ path: ['name'], message: name.message }] });
  if (!isUuid(input.deviceId)) throw new AuthError('NOT_FOUND', NO_SUCH_DEVICE);
  await deps.limits.consume('account.write', userId);

  // 2. The name and its event.
  const device = await deps.em.transactional(async (tx) => {
    const renamed = await rename(tx, userId, input.deviceId, name.name);
    const details = { deviceId: input.deviceId, name: name.name };
    if (renamed) await recordEvents(tx, meta, [{ type: 'device.renamed', userId, sessionId, details }]);
    return renamed;
  });
  if (!device) throw new AuthError('NOT_FOUND', NO_SUCH_DEVICE);
  return device;
}
