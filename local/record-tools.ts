/** The record pipeline's tools, as on AWS; the tables of numbers and countries are loaded when the first is read. */
import { createRequire } from 'node:module';
import type { RecordTools } from '../shared/domain/record/pipeline.ts';
import { hash } from '../shared/records/hash.ts';
import { toolsVersion } from '../shared/records/tools-version.ts';

const load = createRequire(import.meta.url);

export const recordTools: RecordTools = {
  hash,
  phone(text, country) {
    const { phone }: typeof import('../shared/records/phone.ts') = load(
      '../shared/records/phone.ts',
    );
    return phone(text, country);
  },
  country(text) {
    const { country }: typeof import('../shared/records/country.ts') = load(
      '../shared/records/country.ts',
    );
    return country(text);
  },
  version: toolsVersion,
};
