/** How CSV files of this machine are read, as options say it. */
import { z } from 'zod';
import { buckets } from '../local/aws/identity.ts';
import { CsvDialect, Source } from '../shared/contracts/sync.ts';
import { ConfigurationError } from '../shared/domain/words/errors.ts';

export const csvGiven = {
  delimiter: z.string().optional(),
  quote: z.string().optional(),
  escape: z.string().optional(),
  encoding: z.string().optional(),
  null: z.array(z.string()).default([]),
};
const Given = z.object(csvGiven);

/** As the source says; what the options say goes before it. @throws ConfigurationError `option-invalid` */
export function readingOf(given: z.infer<typeof Given>, source?: Source): Source {
  const { delimiter, quote, escape: mark, encoding, null: nulls } = given;
  const said = {
    ...source?.csv,
    ...(delimiter !== undefined && { delimiter: delimiter === 'tab' ? '\t' : delimiter }),
    ...(quote !== undefined && { quote }),
    ...(mark !== undefined && { escape: mark }),
    ...(encoding !== undefined && { encoding }),
    ...(nulls.length > 0 && { null: nulls }),
  };
  const parsed = CsvDialect.safeParse(said);
  if (!parsed.success) {
    throw new ConfigurationError(
      'option-invalid',
      'One of --delimiter, --quote, --escape, --encoding and --null does not fit: the first three are one character each, the encoding is utf-8, utf-16, windows-1252 or latin1. Correct it.',
    );
  }
  return {
    ...(source ?? Source.parse({ bucket: buckets.snapshots, prefix: '' })),
    csv: parsed.data,
  };
}
