/** Where values of a destination's secret go: for these the secret has to be set before the destination may go there. */
const textAt = (from: unknown, name: string): unknown =>
  typeof from === 'object' && from !== null
    ? Object.entries(from).find(([key]) => key === name)?.[1]
    : undefined;

export function originsOf(settings: object): string[] {
  const urls = [
    textAt(settings, 'baseUrl'),
    textAt(textAt(settings, 'authentication'), 'tokenUrl'),
  ];
  return urls.flatMap((url) => (typeof url === 'string' ? (URL.parse(url)?.origin ?? []) : []));
}
