/** Stands where the hashing thread's code does, and tells what it inherited. */
export function hash() {
  return JSON.stringify(process.env);
}
