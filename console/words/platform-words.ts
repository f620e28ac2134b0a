/** What the platform said, which stands in quotes at the end of our sentence about it; undefined where it said nothing. */
export const platformWords = (sentence: string | null): string | undefined =>
  /“([^”]+)”\.?$/.exec(sentence ?? '')?.[1];
