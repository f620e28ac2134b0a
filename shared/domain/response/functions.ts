/**
 * The functions a rule may call, with how many arguments. All are read-only and take time in proportion to their
 * arguments. None gives back an object or a list of the answer: jsonata would run a result that looks like one of its
 * own functions. None takes a function, makes a regular expression or reads a clock.
 */
export const RULE_FUNCTIONS: ReadonlyMap<string, number> = new Map([
  ['$count', 1],
  ['$sum', 1],
  ['$exists', 1],
  ['$not', 1],
  ['$boolean', 1],
  ['$number', 1],
  ['$string', 1],
  ['$length', 1],
  ['$lowercase', 1],
  ['$uppercase', 1],
  ['$trim', 1],
  ['$contains', 2],
  ['$substringBefore', 2],
  ['$substringAfter', 2],
  ['$keys', 1],
]);
