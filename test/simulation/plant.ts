/** Loaded before a simulation: `PLANTED` names the mutant whose text replaces the original's. No file is changed. */
import { registerHooks } from 'node:module';
import { mutants } from './mutants.ts';

const planted = mutants.find(({ name }) => name === process.env['PLANTED']);
if (!planted) throw new Error(`There is no mutant "${process.env['PLANTED']}".`);
const target = new URL(`../../${planted.file}`, import.meta.url).href;

registerHooks({
  load(url, context, next) {
    const loaded = next(url, context);
    if (url !== target) return loaded;
    const source = String(loaded.source);
    if (!source.includes(planted.find))
      throw new Error(`${planted.file} no longer holds the text of "${planted.name}".`);
    return { ...loaded, source: source.replace(planted.find, () => planted.replace) };
  },
});
