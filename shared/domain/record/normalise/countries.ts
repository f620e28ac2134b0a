/**
 * ISO 3166-1: alpha-2, alpha-3 and the English names in use for each country (its ISO name, its common name, and
 * former or short ones that still stand in warehouses). Kosovo has no code in the standard; XK is the user-assigned
 * one that the platforms know it by. EL and UK are the two-letter codes the European Union writes.
 */
const table = `
AD AND Andorra; AE ARE United Arab Emirates = UAE; AF AFG Afghanistan; AG ATG Antigua and Barbuda;
AI AIA Anguilla; AL ALB Albania; AM ARM Armenia; AO AGO Angola; AQ ATA Antarctica;
AR ARG Argentina; AS ASM American Samoa; AT AUT Austria; AU AUS Australia; AW ABW Aruba;
AX ALA Åland Islands; AZ AZE Azerbaijan; BA BIH Bosnia and Herzegovina; BB BRB Barbados;
BD BGD Bangladesh; BE BEL Belgium; BF BFA Burkina Faso; BG BGR Bulgaria; BH BHR Bahrain;
BI BDI Burundi; BJ BEN Benin; BL BLM Saint Barthélemy = St. Barthélemy; BM BMU Bermuda;
BN BRN Brunei Darussalam = Brunei; BO BOL Bolivia, Plurinational State of = Bolivia;
BQ BES Bonaire, Sint Eustatius and Saba = Caribbean Netherlands; BR BRA Brazil; BS BHS Bahamas;
BT BTN Bhutan; BV BVT Bouvet Island; BW BWA Botswana; BY BLR Belarus; BZ BLZ Belize;
CA CAN Canada; CC CCK Cocos (Keeling) Islands;
CD COD Congo, The Democratic Republic of the = Congo - Kinshasa = DR Congo = Democratic Republic of the Congo;
CF CAF Central African Republic; CG COG Congo = Congo - Brazzaville = Republic of the Congo;
CH CHE Switzerland; CI CIV Côte d'Ivoire = Ivory Coast; CK COK Cook Islands; CL CHL Chile;
CM CMR Cameroon; CN CHN China; CO COL Colombia; CR CRI Costa Rica; CU CUB Cuba;
CV CPV Cabo Verde = Cape Verde; CW CUW Curaçao; CX CXR Christmas Island; CY CYP Cyprus;
CZ CZE Czechia = Czech Republic; DE DEU Germany; DJ DJI Djibouti; DK DNK Denmark; DM DMA Dominica;
DO DOM Dominican Republic; DZ DZA Algeria; EC ECU Ecuador; EE EST Estonia; EG EGY Egypt;
EH ESH Western Sahara; ER ERI Eritrea; ES ESP Spain; ET ETH Ethiopia; FI FIN Finland; FJ FJI Fiji;
FK FLK Falkland Islands (Malvinas) = Falkland Islands;
FM FSM Micronesia, Federated States of = Micronesia; FO FRO Faroe Islands; FR FRA France;
GA GAB Gabon; GB GBR United Kingdom = UK = Great Britain = Britain; GD GRD Grenada;
GE GEO Georgia; GF GUF French Guiana; GG GGY Guernsey; GH GHA Ghana; GI GIB Gibraltar;
GL GRL Greenland; GM GMB Gambia; GN GIN Guinea; GP GLP Guadeloupe; GQ GNQ Equatorial Guinea;
GR GRC Greece = EL;
GS SGS South Georgia and the South Sandwich Islands = South Georgia & South Sandwich Islands;
GT GTM Guatemala; GU GUM Guam; GW GNB Guinea-Bissau; GY GUY Guyana;
HK HKG Hong Kong = Hong Kong SAR China;
HM HMD Heard Island and McDonald Islands = Heard & McDonald Islands; HN HND Honduras;
HR HRV Croatia; HT HTI Haiti; HU HUN Hungary; ID IDN Indonesia; IE IRL Ireland; IL ISR Israel;
IM IMN Isle of Man; IN IND India; IO IOT British Indian Ocean Territory; IQ IRQ Iraq;
IR IRN Iran, Islamic Republic of = Iran; IS ISL Iceland; IT ITA Italy; JE JEY Jersey;
JM JAM Jamaica; JO JOR Jordan; JP JPN Japan; KE KEN Kenya; KG KGZ Kyrgyzstan; KH KHM Cambodia;
KI KIR Kiribati; KM COM Comoros; KN KNA Saint Kitts and Nevis = St. Kitts & Nevis;
KP PRK Korea, Democratic People's Republic of = North Korea;
KR KOR Korea, Republic of = South Korea; KW KWT Kuwait; KY CYM Cayman Islands; KZ KAZ Kazakhstan;
LA LAO Lao People's Democratic Republic = Laos; LB LBN Lebanon; LC LCA Saint Lucia = St. Lucia;
LI LIE Liechtenstein; LK LKA Sri Lanka; LR LBR Liberia; LS LSO Lesotho; LT LTU Lithuania;
LU LUX Luxembourg; LV LVA Latvia; LY LBY Libya; MA MAR Morocco; MC MCO Monaco;
MD MDA Moldova, Republic of = Moldova; ME MNE Montenegro;
MF MAF Saint Martin (French part) = St. Martin; MG MDG Madagascar; MH MHL Marshall Islands;
MK MKD North Macedonia = Macedonia; ML MLI Mali; MM MMR Myanmar = Myanmar (Burma) = Burma;
MN MNG Mongolia; MO MAC Macao = Macao SAR China = Macau; MP MNP Northern Mariana Islands;
MQ MTQ Martinique; MR MRT Mauritania; MS MSR Montserrat; MT MLT Malta; MU MUS Mauritius;
MV MDV Maldives; MW MWI Malawi; MX MEX Mexico; MY MYS Malaysia; MZ MOZ Mozambique; NA NAM Namibia;
NC NCL New Caledonia; NE NER Niger; NF NFK Norfolk Island; NG NGA Nigeria; NI NIC Nicaragua;
NL NLD Netherlands = Holland; NO NOR Norway; NP NPL Nepal; NR NRU Nauru; NU NIU Niue;
NZ NZL New Zealand; OM OMN Oman; PA PAN Panama; PE PER Peru; PF PYF French Polynesia;
PG PNG Papua New Guinea; PH PHL Philippines; PK PAK Pakistan; PL POL Poland;
PM SPM Saint Pierre and Miquelon = St. Pierre & Miquelon; PN PCN Pitcairn = Pitcairn Islands;
PR PRI Puerto Rico; PS PSE Palestine, State of = Palestinian Territories = Palestine;
PT PRT Portugal; PW PLW Palau; PY PRY Paraguay; QA QAT Qatar; RE REU Réunion; RO ROU Romania;
RS SRB Serbia; RU RUS Russian Federation = Russia; RW RWA Rwanda; SA SAU Saudi Arabia;
SB SLB Solomon Islands; SC SYC Seychelles; SD SDN Sudan; SE SWE Sweden; SG SGP Singapore;
SH SHN Saint Helena, Ascension and Tristan da Cunha = St. Helena; SI SVN Slovenia;
SJ SJM Svalbard and Jan Mayen; SK SVK Slovakia; SL SLE Sierra Leone; SM SMR San Marino;
SN SEN Senegal; SO SOM Somalia; SR SUR Suriname; SS SSD South Sudan; ST STP Sao Tome and Principe;
SV SLV El Salvador; SX SXM Sint Maarten (Dutch part) = Sint Maarten;
SY SYR Syrian Arab Republic = Syria; SZ SWZ Eswatini = Swaziland; TC TCA Turks and Caicos Islands;
TD TCD Chad; TF ATF French Southern Territories; TG TGO Togo; TH THA Thailand; TJ TJK Tajikistan;
TK TKL Tokelau; TL TLS Timor-Leste; TM TKM Turkmenistan; TN TUN Tunisia; TO TON Tonga;
TR TUR Türkiye = Turkey; TT TTO Trinidad and Tobago; TV TUV Tuvalu;
TW TWN Taiwan, Province of China = Taiwan; TZ TZA Tanzania, United Republic of = Tanzania;
UA UKR Ukraine; UG UGA Uganda;
UM UMI United States Minor Outlying Islands = U.S. Outlying Islands;
US USA United States = United States of America; UY URY Uruguay; UZ UZB Uzbekistan;
VA VAT Holy See (Vatican City State) = Vatican City = Vatican;
VC VCT Saint Vincent and the Grenadines = St. Vincent & Grenadines;
VE VEN Venezuela, Bolivarian Republic of = Venezuela;
VG VGB Virgin Islands, British = British Virgin Islands;
VI VIR Virgin Islands, U.S. = U.S. Virgin Islands; VN VNM Viet Nam; VU VUT Vanuatu;
WF WLF Wallis and Futuna; WS WSM Samoa; XK XKX Kosovo; YE YEM Yemen; YT MYT Mayotte;
ZA ZAF South Africa; ZM ZMB Zambia; ZW ZWE Zimbabwe`;

/** Case, accents, punctuation, spaces and a leading "the" make no difference. */
const keyOf = (text: string): string =>
  text
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll('&', 'and')
    .replace(/[\p{M}\p{P}\p{S}\p{Z}]/gu, '')
    .replace(/^the/, '');

const codes = new Set<string>();
const byKey = new Map<string, string>();

for (const entry of table.split(';')) {
  const [alpha2 = '', alpha3 = '', ...rest] = entry.trim().split(' ');
  codes.add(alpha2);
  const names = rest.join(' ').split('=');
  for (const name of [alpha2, alpha3, ...names]) byKey.set(keyOf(name), alpha2);
}

/** Whether the text is an alpha-2 code, in upper case. */
export const isCountry = (code: string): boolean => codes.has(code);

/** The alpha-2 code, in upper case, of a code or English name; undefined where none is meant. */
export const countryOf = (text: string): string | undefined =>
  codes.has(text) ? text : byKey.get(keyOf(text));
