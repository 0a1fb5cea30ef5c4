/** As psql fills in a script: :'name' is a literal, :"name" an identifier. Fails where a variable has no value. */
export function interpolate(script: string, variables: Readonly<Record<string, string>>): string {
  return script.replaceAll(/^--.*$|(?<!:):(['"])(\w+)\1/gm, (found, quote: string | undefined, name: string) => {
    if (quote === undefined) return found; // a comment
    const value = variables[name];
    if (value === undefined) throw new Error(`${found} has no value`);
    return quote + value.replaceAll(quote, quote + quote) + quote;
  });
}
