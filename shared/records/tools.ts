import countries from 'i18n-iso-countries/package.json' with { type: 'json' };
import libphonenumber from 'libphonenumber-js/package.json' with { type: 'json' };
import type { RecordTools } from '../domain/record/pipeline.ts';
import { country } from './country.ts';
import { hash } from './hash.ts';
import { phone } from './phone.ts';

const { unicode } = process.versions;

/** The record pipeline's tools. Lower-casing and letters come from the Unicode tables of the runtime. */
export const recordTools: RecordTools = {
  hash,
  phone,
  country,
  version: `libphonenumber-js ${libphonenumber.version}, i18n-iso-countries ${countries.version}, Unicode ${unicode}`,
};
