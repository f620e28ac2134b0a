/** Meta's `ge`: `f` or `m`, and nothing for anybody else. */
import { nameKey } from './text.ts';

const words: Readonly<Record<'f' | 'm', string>> = {
  f: `f female woman women girl lady fem w weiblich frau mevrouw vrouw vrouwelijk femme feminin feminine madame mme
    mujer femenino senora femmina femminile donna signora mulher feminino kvinna kvinde kvinne nainen kobieta zena
    kadin mrs ms miss 女 女性 женский женщина`,
  m: `m male man men boy gentleman masc mannlich maennlich mann herr meneer mannelijk homme masculin masculine monsieur
    hombre masculino senor maschio maschile uomo signore homem kille mand mies mezczyzna muz erkek mr
    男 男性 мужской мужчина`,
};

const genders = new Map(
  Object.entries(words).flatMap(([gender, list]) =>
    list.split(/\s+/).map((word): [string, string] => [nameKey(word), gender]),
  ),
);

/** Undefined for everything that does not say one of the two. Numbers say it differently in each system. */
export const gender = (text: string): string | undefined => genders.get(nameKey(text));
