/**
 * Planted bugs: each takes one promise of the design out of the code. The simulator must catch every one; a
 * mutant that survives fails the check, and so does one whose text is no longer in its file.
 */
export interface Mutant {
  readonly name: string;
  /** Of a history shortly before the first that catches it, for those that hide well: the suite begins there. */
  readonly seed?: number;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

export const mutants: readonly Mutant[] = [
  {
    name: 'the mirror follows the plan, whatever became of it',
    file: 'shared/domain/plan/mirror.ts',
    find: 'switch (outcome) {',
    replace: "switch ('delivered' as Outcome) {",
  },
  {
    name: 'a time-out counts as not applied',
    file: 'shared/domain/plan/mirror.ts',
    find: "case 'uncertain':\n      return afterDoubt(action, before, false);",
    replace:
      "case 'uncertain':\n      return before && { ...before, record: 'old', previous: 'keep' };",
  },
  {
    name: 'a refusal makes an uncertain key certain',
    file: 'shared/domain/plan/mirror.ts',
    find: "return afterDoubt(action, before, !retryFailed && action !== 'delete');",
    replace: "return before && { ...before, state: 'certain', record: 'old', previous: 'keep' };",
  },
  {
    name: 'a refused removal is parked',
    file: 'shared/domain/plan/mirror.ts',
    find: "return before && { record: 'old', state: 'maybe', parked, previous: 'keep' };",
    replace: 'return undefined;',
  },
  {
    name: 'an uncertain key that looks the same is not sent again',
    file: 'shared/domain/plan/plan.ts',
    find: "if (same && isSettled && sends === 'differences')",
    replace: "if (same && sends === 'differences')",
  },
  {
    name: 'a run is unchanged though something is uncertain',
    seed: 150,
    file: 'shared/flow/start-run.ts',
    find: '(mirror?.uncertain ?? 0) === 0',
    replace: 'true',
  },
  {
    name: 'a run that left changes unsent counts as mirrored',
    file: 'shared/domain/run/run.ts',
    find: "return totalOf(counts, 'unsent') === 0 ? mirrored : undefined;",
    replace: 'return counts && mirrored;',
  },
  {
    name: 'an edit of the configuration goes unnoticed',
    file: 'shared/domain/run/run.ts',
    find: '`${sync.id}@${sync.version} to ${destination.id}@${destination.version}`',
    replace: '`${sync.id} to ${destination.id}`',
  },
  {
    name: 'digests of another configuration count',
    file: 'functions/plan-run/plan-run.ts',
    find: 'ports.digest(delivery.records.fingerprint + identityOf(delivery))',
    replace: "''",
  },
  {
    name: 'no fence: close-run does not wait for a sender',
    seed: 580,
    file: 'functions/close-run/close-run.ts',
    find: 'wait(Math.max((until ?? now) - now, 1_000));',
    replace:
      'await storeOutcomes(ports.state, address, new ChunkAccount(10_000, true, []).close(neverSent));\n        await ports.runs.deletePending(run, attempt, { phase, chunk });',
  },
  {
    name: 'what a lost sender may have sent counts as unsent',
    seed: 200,
    file: 'shared/domain/request/account.ts',
    find: "outcome: this.#clean ? ('unsent' as const) : ('uncertain' as const)",
    replace: "outcome: 'unsent' as const",
  },
  {
    name: 'what was tried in vain counts as unsent',
    seed: 710,
    file: 'shared/domain/request/account.ts',
    find: "reason: fault.reason,\n      outcome: 'uncertain',",
    replace: "reason: fault.reason,\n      outcome: 'unsent',",
  },
  {
    name: 'the chunk leaves the pending ones before its outcomes are stored',
    file: 'functions/send-chunk/send-chunk.ts',
    find: "case 'settled':\n    case 'ended':",
    replace:
      "case 'settled':\n    case 'ended':\n      await ports.runs.deletePending(run, address.attempt, address);",
  },
  {
    name: 'the idempotency key changes between tries',
    file: 'shared/domain/request/request.ts',
    find: '-${from}-${to}`;',
    replace: '-${from}-${to}-${Math.random()}`;',
  },
  {
    name: 'stored progress is not looked at',
    file: 'functions/send-chunk/send-chunk.ts',
    find: '? await accountOf(ports.state, address, pending)',
    replace: '? new ChunkAccount(pending.changes, pending.clean, [])',
  },
  {
    name: 'attempts at planning share one prefix',
    seed: 135,
    file: 'functions/plan-run/plan-run.ts',
    find: 'const attempt = `p${run.attempts}`;',
    replace: "const attempt = 'p1';",
  },
  {
    name: 'a phase is left while chunks are pending',
    file: 'shared/flow/queue-chunks.ts',
    find: 'if (left.items.length + left.unreadable.length === 0) await leavePhase(ports, run, config, phase);',
    replace: 'await leavePhase(ports, run, config, phase);',
  },
  {
    name: 'nobody sweeps sending runs',
    file: 'functions/sweep/sweep.ts',
    find: 'return requeueOrStop(ports, run, run.phase, quiet);',
    replace: 'return;',
  },
  {
    name: 'an export is read while it is written',
    seed: 170,
    file: 'shared/domain/words/snapshot.ts',
    find: 'if (now - youngest < rest * 1000) {',
    replace: 'if (now + rest < 0) {',
  },
  {
    name: 'no barrier: additions are queued with the removals',
    file: 'shared/domain/plan/plan.ts',
    find: "action === 'delete' ? 'deleting' : 'upserting'",
    replace: "'upserting'",
  },
  {
    name: 'without a setting nobody has an identity',
    file: 'shared/domain/record/identity.ts',
    find: 'return isWhole && saysTheKey(inFull, sync.key) ? [] : filled;',
    replace: 'return isWhole || filled ? [] : filled;',
  },
  {
    name: 'whom a refusal names counts as delivered',
    file: 'functions/send-chunk/deliver-chunk.ts',
    find: "outcome: 'rejected', fault: own };",
    replace: "outcome: 'delivered', fault: own };",
  },
  {
    name: 'an identity that another member has is removed',
    file: 'shared/domain/plan/planner.ts',
    find: 'if (holder) return holder;',
    replace: '',
  },
  {
    name: 'an identity that only an unchanged member has is removed',
    file: 'shared/domain/plan/planner.ts',
    find: 'if (holder) return holder;',
    replace: "if (holder && holder !== 'held') return holder;",
  },
  {
    name: 'the old identity is not removed',
    file: 'shared/domain/plan/planner.ts',
    find: 'taken.removals.push(...old);',
    replace: '',
  },
  {
    name: 'of a member that leaves only the last identity is removed',
    file: 'shared/domain/plan/removal.ts',
    find: 'otherIdentities([...mirror.previous], last, of)',
    replace: 'otherIdentities([], last, of)',
  },
  {
    name: 'an addition counts as delivered whatever became of its removals',
    seed: 570,
    file: 'shared/domain/plan/mirror.ts',
    find: 'const all = new Set(own ? [own, ...removals] : removals);',
    replace: 'const all = new Set(own ? [own] : removals);',
  },
  {
    name: 'a key whose rows contradict each other counts as gone',
    file: 'shared/domain/plan/planner.ts',
    find: 'taken.rows.push(this.#invalid(candidate, row.conflict, conflict, 0));',
    replace: 'this.#leave(key, mirror, taken);',
  },
  {
    name: 'the guard of deletes looks away',
    file: 'shared/domain/plan/guard.ts',
    find: 'if (deletes <= deletesAbove || !isAbove(deletes, before, deletesShare)) return undefined;',
    replace: 'if (deletes >= 0) return undefined;',
  },
  {
    name: 'an approval waives the guards of whatever snapshot is the newest',
    seed: 525,
    file: 'shared/flow/start-run.ts',
    find: 'if (isApproved && isHeld && isSetAside(config, state)) return;',
    replace: 'if (isApproved && isHeld) return;',
  },
  {
    name: 'the rest does not wait for the canary',
    file: 'shared/flow/queue-chunks.ts',
    find: 'const window = canaryOf(config) ? 1 : windowOf(config);',
    replace: 'const window = windowOf(config);',
  },
  {
    name: 'sweep queues past a canary that is not settled',
    file: 'functions/sweep/sweep.ts',
    find: 'isFirst && canaryOf(config) ? all.slice(0, 1) : all',
    replace: 'all',
  },
  {
    name: 'a canary that failed stops nothing',
    seed: 155,
    file: 'shared/flow/canary.ts',
    find: 'if (counted?.isFine) return false;',
    replace: 'if (counted) return false;',
  },
  {
    name: 'what a given-up chunk may have sent counts as unsent',
    seed: 376,
    file: 'functions/sweep/dead-letters.ts',
    find: '{ ...pending, clean: false }',
    replace: '{ ...pending, clean: true }',
  },
  {
    name: 'the lease is freed before the end of a run is told',
    file: 'shared/flow/finish-run.ts',
    find: 'await ports.ended?.(run, run.result);\n  await ports.runs.freeLease(run, run.result);',
    replace:
      'await ports.runs.freeLease(run, run.result);\n  await ports.ended?.(run, run.result);',
  },
  {
    name: 'who is erased stays in the mirrors of earlier runs',
    seed: 386,
    file: 'functions/close-run/scrub.ts',
    find: '[runsPrefix(sync), mirrorPrefix(sync), historyPrefix(sync)]',
    replace: '[runsPrefix(sync), historyPrefix(sync)]',
  },
  {
    name: 'nobody goes on with an erasure',
    file: 'shared/flow/erasure-runs.ts',
    find: 'if (await isGoneOnWith(ports, sync, id)) started.add(sync);',
    replace: '',
  },
  {
    name: 'the oldest mirrors are kept instead of the last',
    file: 'shared/domain/run/retention.ts',
    find: '[...closed.slice(0, retain), ...needed]',
    replace: '[...closed.slice(-retain), ...needed]',
  },
  {
    name: 'the mirror the pointer names is let go of, and with it what an open run began with',
    file: 'shared/domain/run/retention.ts',
    find: 'return !needed.has(key);',
    replace: 'return needed.size >= 0;',
  },
  {
    name: 'of a mirror only the newest object is kept',
    file: 'shared/domain/run/mirror-objects.ts',
    find: '  layersOf(mirror).flatMap(',
    replace: '  layersOf(mirror).slice(-1).flatMap(',
  },
  {
    name: 'what changed since the base is not read',
    file: 'shared/domain/run/mirror-objects.ts',
    find: '  ...deltas,\n];',
    replace: '];',
  },
  {
    name: 'of what changed since the base only the last counts',
    file: 'shared/domain/run/mirror-objects.ts',
    find: 'deltas: [...deltas, ...delta]',
    replace: 'deltas: delta.length > 0 ? [...delta] : [...deltas]',
  },
  {
    name: 'what is read first of a mirror counts most',
    file: 'shared/domain/run/mirror-objects.ts',
    find: '  ...base,\n  ...deltas,\n];',
    replace: '  ...deltas,\n  ...base,\n];',
  },
  {
    name: 'nobody notes what an erasure made of a mirror',
    seed: 140,
    file: 'shared/erased.ts',
    find: 'if (await state.putIfAbsent(name, written([content]))) return;',
    replace: 'return;',
  },
  {
    name: 'the objects of a run that is open are let go of',
    file: 'shared/domain/run/retention.ts',
    find: "id === state.openRun?.run || !runs.has(id)) return true;\n  const run = runs.get(id);\n  if (!run) return false;\n  if (run.phase !== 'closed') return true;",
    replace: '!runs.has(id)) return true;\n  const run = runs.get(id);\n  if (!run) return false;',
  },
  {
    name: 'bad rows of a run that sends nothing are not logged',
    file: 'functions/plan-run/plan-run.ts',
    find: 'planner.isEmpty && !isClosed(config, counts)',
    replace: 'planner.isEmpty',
  },
  {
    name: 'the log lies by the day it is written, so that a second try leaves two',
    file: 'functions/close-run/close-run.ts',
    find: 'location: logObject(observability.logRetentionDays, run),',
    replace:
      'location: logObject(observability.logRetentionDays, { ...run, startedAt: run.startedAt + run.attempts * 86_400_000 }),',
  },
];
