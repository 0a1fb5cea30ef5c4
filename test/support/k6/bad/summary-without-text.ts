export default function () {}

export function handleSummary(data: unknown) {
  return { 'summary.json': data };
}
