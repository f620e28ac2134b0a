import countries from 'i18n-iso-countries/package.json' with { type: 'json' };
import libphonenumber from 'libphonenumber-js/package.json' with { type: 'json' };

const { unicode } = process.versions;

/** Of all that records depend on. Lower-casing and letters come from the Unicode tables of the runtime. */
export const toolsVersion = `libphonenumber-js ${libphonenumber.version}, i18n-iso-countries ${countries.version}, Unicode ${unicode}`;
