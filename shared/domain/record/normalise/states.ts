/**
 * States, provinces and territories where the post writes them as codes and platforms ask for these: Meta's
 * `st` is the two-letter code in the United States, lower case without punctuation and spaces elsewhere.
 * United States: ANSI INCITS 38 and the abbreviations of before 1963 that people still write. Canada: Canada Post.
 * Australia: Australia Post.
 */
import type { NormaliseRule } from '../../../contracts/normalise.ts';
import { nameKey } from './text.ts';

type StateRule = Extract<NormaliseRule, { rule: 'state' }>;

const tables: Readonly<Record<string, string>> = {
  US: `AL Alabama=Ala; AK Alaska=Alas; AZ Arizona=Ariz; AR Arkansas=Ark; CA California=Calif=Cal; CO Colorado=Colo;
    CT Connecticut=Conn; DE Delaware=Del; DC District of Columbia=Washington DC; FL Florida=Fla; GA Georgia;
    HI Hawaii; ID Idaho=Ida; IL Illinois=Ill; IN Indiana=Ind; IA Iowa; KS Kansas=Kans=Kan; KY Kentucky=Ken;
    LA Louisiana; ME Maine; MD Maryland; MA Massachusetts=Mass; MI Michigan=Mich; MN Minnesota=Minn;
    MS Mississippi=Miss; MO Missouri; MT Montana=Mont; NE Nebraska=Nebr=Neb; NV Nevada=Nev; NH New Hampshire;
    NJ New Jersey; NM New Mexico=N Mex; NY New York; NC North Carolina=N Car; ND North Dakota=N Dak; OH Ohio;
    OK Oklahoma=Okla; OR Oregon=Oreg=Ore; PA Pennsylvania=Penn=Penna; RI Rhode Island; SC South Carolina=S Car;
    SD South Dakota=S Dak; TN Tennessee=Tenn; TX Texas=Tex; UT Utah; VT Vermont; VA Virginia; WA Washington=Wash;
    WV West Virginia=W Va; WI Wisconsin=Wis=Wisc; WY Wyoming=Wyo; AS American Samoa; GU Guam;
    MP Northern Mariana Islands; PR Puerto Rico; VI US Virgin Islands=Virgin Islands; UM US Minor Outlying Islands;
    AA Armed Forces Americas; AE Armed Forces Europe; AP Armed Forces Pacific`,
  CA: `AB Alberta=Alta; BC British Columbia; MB Manitoba=Man; NB New Brunswick;
    NL Newfoundland and Labrador=Newfoundland=Labrador=NF; NS Nova Scotia; NT Northwest Territories; NU Nunavut;
    ON Ontario=Ont; PE Prince Edward Island=PEI; QC Quebec=PQ=Que; SK Saskatchewan=Sask; YT Yukon=Yukon Territory`,
  AU: `ACT Australian Capital Territory; NSW New South Wales; NT Northern Territory; QLD Queensland; SA South Australia;
    TAS Tasmania; VIC Victoria; WA Western Australia`,
};

const codes = new Map(
  Object.entries(tables).map(([country, table]) => [
    country,
    new Map(
      table.split(';').flatMap((entry) => {
        const [code = '', ...words] = entry.trim().split(/\s+/);
        const names = words.join(' ').split('=');
        return [code, ...names].map((name): [string, string] => [nameKey(name), code]);
      }),
    ),
  ]),
);

/** Undefined where the country writes codes and the text is none of its states. `US-CA` is `CA`. */
export function state(text: string, { country, writes }: StateRule): string | undefined {
  const key = nameKey(text);
  const known = country === undefined ? undefined : codes.get(country);
  const own = country?.toLowerCase() ?? '';
  const found = known
    ? (known.get(key) ?? (key.startsWith(own) ? known.get(key.slice(own.length)) : undefined))
    : key;
  return writes === 'upper' ? found?.toUpperCase() : found?.toLowerCase();
}
