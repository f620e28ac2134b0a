/** Which column a field most likely is, by their names alone. */

const plain = (name: string) => name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');

/** Other names of what platforms ask for. */
const alike: readonly (readonly string[])[] = [
  ['email', 'emailaddress', 'mail', 'em'],
  ['phone', 'phonenumber', 'mobile', 'tel', 'ph'],
  ['firstname', 'givenname', 'first', 'fn'],
  ['lastname', 'surname', 'familyname', 'last', 'ln'],
  ['country', 'countrycode'],
  ['postcode', 'zip', 'zipcode', 'postalcode', 'plz'],
  ['city', 'town', 'ct'],
  ['birthday', 'birthdate', 'dateofbirth', 'dob'],
  ['externalid', 'userid', 'customerid', 'id'],
];

export function columnFor(field: string, columns: readonly string[]): string | undefined {
  const wanted = plain(field);
  const same = columns.find((column) => plain(column) === wanted);
  if (same !== undefined) return same;
  const group = alike.find((names) => names.includes(wanted));
  return columns.find((column) => group?.includes(plain(column)));
}
