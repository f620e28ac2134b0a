/** What keeps a sync from being sent to its destination: all of it at once, each with its place and its mend. */

import { platformId } from '../../contracts/destination.ts';
import type { Mapping, Sync } from '../../contracts/sync.ts';
import { didYouMean } from '../words/near.ts';
import { type ConfigurationProblem, pathTo } from '../words/problem.ts';
import { identifying } from './identity.ts';
import { algorithmsOf } from './layout.ts';
import type { RecordTools } from './pipeline.ts';
import { forbiddenNames } from './place.ts';
import { type ActionUse, type FieldUse, fieldUses } from './uses.ts';

export function checkSync(
  sync: Sync,
  uses: readonly ActionUse[],
  tools: RecordTools,
): ConfigurationProblem[] {
  const fields = fieldUses(uses);
  return [
    ...forbiddenNames(Object.keys(sync.mappings), (name) => pathTo('mappings', name)),
    ...unusedMappings(sync, uses),
    ...fields.flatMap((field) => mappingProblems(mappingOf(sync, field.name), field)),
    ...Object.keys(sync.normalise)
      .sort()
      .flatMap((name) => normaliseProblems(sync, name, tools)),
    ...fields.flatMap((field) => prehashedProblems(sync, field)),
    ...identityProblems(sync, uses),
    ...mappedIds(sync, uses),
  ];
}

/** Odd, but nothing is sent wrong for it. */
export function warningsOf(sync: Sync, uses: readonly ActionUse[]): ConfigurationProblem[] {
  return fieldUses(uses).flatMap((field) => {
    const { name, by } = field;
    if (!mappingOf(sync, name)) {
      return by.some(({ settings }) => settings.required) ? [] : [unmapped(name)];
    }
    const comesHashed = !sync.hashPersonalData && algorithmsOf(field).length > 0;
    return comesHashed && Object.hasOwn(sync.normalise, name) ? [idleNormalise(name)] : [];
  });
}

const mappingOf = (sync: Sync, field: string): Mapping | undefined =>
  Object.hasOwn(sync.mappings, field) ? sync.mappings[field] : undefined;

const unmapped = (field: string): ConfigurationProblem => ({
  code: 'field-unmapped',
  path: pathTo('mappings', field),
  message: `The destination's templates have a field ${field} that this sync does not map, so every record goes without it. Map it if it should be sent.`,
});

const idleNormalise = (field: string): ConfigurationProblem => ({
  code: 'normalise-idle',
  path: pathTo('normalise', field),
  message: `Hashing is disabled, so values for field ${field} are passed on as they come and not normalised. Take the normalisation out, or enable hashing.`,
});

function unusedMappings(sync: Sync, uses: readonly ActionUse[]): ConfigurationProblem[] {
  const sent = new Set(uses.flatMap(({ fields }) => fields));
  const used = new Set([...sent, ...uses.flatMap(({ template }) => template.fields)]);
  const unmappedFields = [...sent].filter((name) => !mappingOf(sync, name));
  return Object.keys(sync.mappings)
    .filter((name) => !used.has(name))
    .sort()
    .map((name) => ({
      code: 'mapping-unused',
      path: pathTo('mappings', name),
      message: `Field ${name} is mapped, but no template of the destination names it.${didYouMean(name, unmappedFields)} Map the field that took its place, or take the mapping out.`,
    }));
}

function mappingProblems(
  mapping: Mapping | undefined,
  { name, by }: FieldUse,
): ConfigurationProblem[] {
  const path = pathTo('mappings', name);
  const requiredBy = by.filter(({ settings }) => settings.required);
  const staticFor = by.filter(({ settings }) => settings.static);
  const listOf = (list: FieldUse['by']) => list.map(({ use }) => use.action).join(' and ');
  if (!mapping && requiredBy.length > 0) {
    const mend =
      staticFor.length > 0 ? 'Give it a value.' : 'Map a column to it, or give it a value.';
    const message = `Field ${name} is required for ${listOf(requiredBy)}, but is not mapped. ${mend}`;
    return [{ code: 'mapping-missing', path, message }];
  }
  if (!mapping || 'value' in mapping || staticFor.length === 0) return [];
  const message = `Field ${name} is static for ${listOf(staticFor)}, so it takes one value for all records, but is mapped to a column. Give it a value.`;
  return [{ code: 'mapping-not-static', path, message }];
}

function normaliseProblems(sync: Sync, field: string, tools: RecordTools): ConfigurationProblem[] {
  const path = pathTo('normalise', field);
  if (!mappingOf(sync, field)) {
    const message = `Normalisation is set for field ${field}, which is not mapped. Map it, or take its normalisation out.`;
    return [{ code: 'normalise-unmapped', path, message }];
  }
  return (sync.normalise[field] ?? []).flatMap((rule) => {
    if (!('country' in rule) || rule.country === undefined) return [];
    if (tools.country(rule.country) === rule.country) return [];
    const message = `The country of field ${field} is no code of ISO 3166-1. Use one such as US, DE or BR.`;
    return [{ code: 'normalise-country-unknown', path, message }];
  });
}

/** One value cannot be two hashes. */
function prehashedProblems(sync: Sync, field: FieldUse): ConfigurationProblem[] {
  const algorithms = algorithmsOf(field);
  if (sync.hashPersonalData || algorithms.length < 2) return [];
  const message = `Hashing is disabled, and the actions want field ${field.name} as ${algorithms.join(' and ')}: no value can be both. Enable hashing, or let the actions agree on one hash.`;
  return [{ code: 'hashes-differ', path: pathTo('mappings', field.name), message }];
}

/** Ids come from the platform. */
function mappedIds(sync: Sync, uses: readonly ActionUse[]): ConfigurationProblem[] {
  if (!mappingOf(sync, platformId) || !uses.some(({ namesId }) => namesId)) return [];
  const message = `${platformId} is the platform's id of a record, which the destination learns from the platform. Take the mapping out; ids that the warehouse has can be adopted.`;
  return [{ code: 'platform-id-mapped', path: pathTo('mappings', platformId), message }];
}

function identityProblems(sync: Sync, uses: readonly ActionUse[]): ConfigurationProblem[] {
  if (sync.identity.length === 0) return [];
  const fields = identifying(uses);
  if (!fields) {
    const message =
      'Identity fields are removed with the delete action, which the destination lacks. Add the action, or take the identity out.';
    return [{ code: 'identity-without-delete', path: 'identity', message }];
  }
  return sync.identity.flatMap((name, index) => {
    const path = `identity[${index}]`;
    if (!fields.includes(name)) {
      const message = `Identity field ${name} is not in the delete template, so a person could not be removed by it. Name a field that the template sends; where that is the platform's id, one that the lookup sends, or else the insert.`;
      return [{ code: 'identity-not-sent', path, message }];
    }
    if (!mappingOf(sync, name)) {
      const message = `Identity field ${name} is not mapped. Map a column to it, or take it out of the identity.`;
      return [{ code: 'identity-unmapped', path, message }];
    }
    if (sync.identity.indexOf(name) === index) return [];
    const message = `Identity field ${name} is named twice. Take one out.`;
    return [{ code: 'identity-twice', path, message }];
  });
}
