/**
 * Countries by every name that i18n-iso-countries has for them, in 77 languages, by the three codes of ISO 3166-1,
 * and by what warehouses and gazetteers call them besides. A name that means two countries is read as none, unless
 * it is English. Kosovo has no code in the standard; XK is the user-assigned one that the platforms know it by.
 */
import countries from 'i18n-iso-countries';
import { nameKey } from '../domain/record/normalise/text.ts';

/**
 * Names the package lacks: CLDR's English ones, those of the standard with the common part first, the codes that the
 * European Union writes (EL, UK), and the countries of the United Kingdom.
 */
const besides = `
BL St. Barthélemy; BO Bolivia, Plurinational State of; BQ Caribbean Netherlands = Bonaire;
CD Congo, The Democratic Republic of the = DR Congo = DRC = Congo - Kinshasa;
CG Congo = Congo - Brazzaville; CI Côte d'Ivoire; CZ Czech Republic; FK Falkland Islands;
FM Micronesia, Federated States of; GB Britain = UK = England = Scotland = Wales = Northern Ireland; GR EL;
GS South Georgia & South Sandwich Islands; HK Hong Kong SAR = Hong Kong SAR China;
HM Heard & McDonald Islands; IR Iran, Islamic Republic of; KN St. Kitts & Nevis = St Kitts;
KP Korea, Democratic People's Republic of; LA Laos; LC St. Lucia; MF St. Martin;
MO Macao SAR = Macao SAR China = Macau; MM Myanmar (Burma); NL Holland; PM St. Pierre & Miquelon;
PS Palestine, State of = Palestinian Territories; SH Saint Helena, Ascension and Tristan da Cunha = St. Helena;
SZ Swaziland; TZ Tanzania, United Republic of; UM U.S. Outlying Islands; US America = The States;
VA Vatican City = Vatican; VC St. Vincent & Grenadines; VE Venezuela, Bolivarian Republic of;
VG British Virgin Islands; VI U.S. Virgin Islands; XK XKX;
AR Argentine Republic; CH Swiss Confederation = Schweizerische Eidgenossenschaft; CY Cypriot Republic; EE Estonian Republic;
FR French Republic = République française; GR Hellenic Republic; IT Italian Republic = Repubblica Italiana;
MX United Mexican States = Estados Unidos Mexicanos; PT Portuguese Republic; SK Slovak Republic; FR Metropolitan France;
NL Kingdom of the Netherlands; RS Republic of Serbia; LA Lao PDR; TW Republic of China; TL East Timor; CV Cape Verde;
KR Republic of Korea = Korea, South; KP DPRK = Korea, North; CN PRC = Mainland China`;

/** What a state calls itself before its name: the Federal Republic *of Germany*, la República *de Colombia*. */
const formOfState = new RegExp(
  `^(?:the )?(?:(?:${[
    'federal|federative|federated|democratic|people\\S*|socialist|islamic|arab|bolivarian|plurinational|co-?operative',
    'independent|united|oriental|hashemite|sovereign|grand|french',
  ].join(
    '|',
  )}) )*(?:republic|kingdom|state|states|commonwealth|principality|duchy|sultanate|union|dominion|federation) of (?:the )?`,
);
const localForm =
  /^(?:bundesrepublik |republik |reino de |república (?:federativa |bolivariana |oriental )?d[eoa] |république (?:fédérale |démocratique )?(?:de |du |d')|repubblica |fürstentum |großherzogtum |königreich )/;

/** Without a leading "the". */
const keyOf = (text: string): string => nameKey(text).replace(/^the/, '');

const pairs = (): [name: string, code: string, isEnglish: boolean][] => [
  ...Object.entries(countries.getAlpha2Codes()).flatMap(([alpha2, alpha3]) =>
    [alpha2, alpha3].map((code): [string, string, boolean] => [code, alpha2, true]),
  ),
  ...Object.entries(countries.getNumericCodes()).map(
    ([number, code]): [string, string, boolean] => [number, code, true],
  ),
  ...besides.split(';').flatMap((entry) => {
    const [code = '', ...words] = entry.trim().split(/\s+/);
    const names = words.join(' ').split('=');
    return [code, ...names].map((name): [string, string, boolean] => [name, code, true]);
  }),
  ...['en', ...countries.getSupportedLanguages().filter((each) => each !== 'en')].flatMap(
    (language) =>
      Object.entries(countries.getNames(language, { select: 'all' })).flatMap(([code, names]) =>
        names.map((name): [string, string, boolean] => [name, code, language === 'en']),
      ),
  ),
];

/** Made when the first country is read: it takes a tenth of a second. */
let known: ReadonlyMap<string, string> | undefined;

function makeKnown(): ReadonlyMap<string, string> {
  const byKey = new Map<string, string>();
  const english = new Set<string>();
  const ambiguous = new Set<string>();
  for (const [name, code, isEnglish] of pairs()) {
    const key = keyOf(name);
    const before = byKey.get(key);
    if (before === undefined) byKey.set(key, code);
    else if (before !== code && !english.has(key)) ambiguous.add(key);
    if (isEnglish) english.add(key);
  }
  for (const key of ambiguous) byKey.delete(key);
  return byKey;
}

/** The alpha-2 code, in upper case; undefined where no one country is meant. `US-CA` (ISO 3166-2) is the US. */
export function country(text: string): string | undefined {
  known ??= makeKnown();
  const plain = text.trim();
  if (/^\d{1,3}(?:\.0+)?$/.test(plain)) return known.get(Number(plain).toString().padStart(3, '0'));
  const found = known.get(keyOf(plain));
  if (found !== undefined) return found;
  const lower = plain.toLowerCase();
  const subdivision = /^([a-z]{2})-[a-z\d]{1,3}$/.exec(lower)?.[1];
  if (subdivision !== undefined) return known.get(subdivision);
  const short = lower.replace(formOfState, '').replace(localForm, '');
  return short === lower ? undefined : known.get(keyOf(short));
}
