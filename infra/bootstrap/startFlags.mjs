/** The options among `args` that the usage text does not name. */
export function unknownFlags(usage, args) {
  const known = new Set(usage.match(/(?<![\w-])--[a-z-]+/g));
  return args.filter((arg) => arg.startsWith("-")).filter((arg) => !known.has(arg.split("=")[0]) && arg !== "-h");
}
