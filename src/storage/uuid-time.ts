/** SQL: the least id that can have been made at a moment. Ids are UUIDv7 (RFC 9562 §5.7): their order is that of time. */
export function leastIdAt(moment: string): string {
  return `(lpad(to_hex(floor(extract(epoch FROM ${moment}) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid`;
}
