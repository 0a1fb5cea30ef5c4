/** The `v` flag is newer than ES2022. */
export default function () {
  return /[\p{L}--[a-z]]/v.test('x');
}
