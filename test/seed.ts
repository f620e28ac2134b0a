/** Where chance begins in the tests: the same in every run, so that what passes passes again; `SEED` begins elsewhere. */
export const seed = Number(process.env['SEED'] ?? 1);
