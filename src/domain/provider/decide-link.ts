/** Whether a signed-in user may add an identity. @param ownerId whose it is already, or null. */
export function decideLink(ownerId: string | null, userId: string): 'link' | 'linked_already' | 'taken' {
  if (ownerId === null) return 'link';
  return ownerId === userId ? 'linked_already' : 'taken';
}

/** Whether an identity may be taken away: not when nothing else lets its owner in. */
export function decideUnlink(left: {
  readonly hasPassword: boolean;
  readonly otherIdentities: number;
}): 'unlink' | 'last_way_in' {
  return left.hasPassword || left.otherIdentities > 0 ? 'unlink' : 'last_way_in';
}
