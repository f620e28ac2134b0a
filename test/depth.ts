/**
 * How far a test goes. `npm test` plays a part of what `npm run test:deep` plays, where more of the same would only take
 * longer: a file that imports this runs in both.
 */
export const isDeep = process.env['DEPTH'] === 'deep';

/** So many cases of a property, or more of them. */
export const cases = (usual: number, deep: number): number => (isDeep ? deep : usual);
